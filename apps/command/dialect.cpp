#include "command/dialect.hpp"

#include <algorithm>

namespace hawser::command {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kReasonBytesMax = 500;

/// A message with its version in front; `fill` writes the rest, at most `room` bytes.
template <class Fill>
Octets written(std::size_t room, Fill fill) {
    Octets octets(1 + room);
    wire::Writer out{octets};
    out.u8(kVersion);
    fill(out);
    octets.resize(out.written());
    return octets;
}

/// Reads the version off the front.
Result<wire::Reader> opened(Bytes bytes) {
    wire::Reader in{bytes};
    const std::uint8_t version = in.u8();
    if (!in.ok()) return fail(Errc::malformed, "an empty message");
    if (version != kVersion) return fail(Errc::unsupported, "from a hawser of another version");
    return in;
}

void write_text(wire::Writer& out, const std::string& text, std::size_t bytes_max) {
    const Bytes bytes = as_bytes(text).first(std::min(text.size(), bytes_max));
    out.u16(static_cast<std::uint16_t>(bytes.size()));
    out.bytes(bytes);
}

std::string read_text(wire::Reader& in) {
    return std::string{as_text(in.bytes(in.u16()))};
}

} // namespace

Octets Ping::write() const {
    Octets octets = written(std::max(bytes, kBytesMin), [this](wire::Writer& out) {
        out.u32(sequence);
        out.u64(token);
        write_marking(out, back);
    });
    octets.resize(std::max(bytes, kBytesMin));
    return octets;
}

Result<Ping> Ping::read(Bytes bytes) {
    auto in = opened(bytes);
    if (!in) return std::unexpected{in.error()};
    Ping ping;
    ping.sequence = in->u32();
    ping.token = in->u64();
    ping.back = read_marking(*in);
    ping.bytes = bytes.size();
    return in->finish(ping);
}

Octets Pong::write() const {
    Octets octets = written(std::max(bytes, Ping::kBytesMin), [this](wire::Writer& out) {
        out.u32(sequence);
        out.u64(token);
        write_marking(out, seen);
        write_marking(out, sent);
    });
    octets.resize(std::max(bytes, Ping::kBytesMin));
    return octets;
}

Result<Pong> Pong::read(Bytes bytes) {
    auto in = opened(bytes);
    if (!in) return std::unexpected{in.error()};
    Pong pong;
    pong.sequence = in->u32();
    pong.token = in->u64();
    pong.seen = read_marking(*in);
    pong.sent = read_marking(*in);
    pong.bytes = bytes.size();
    return in->finish(pong);
}

Octets BenchAsk::write() const {
    return written(1, [this](wire::Writer& out) { out.u8(reset ? 1 : 0); });
}

Result<BenchAsk> BenchAsk::read(Bytes bytes) {
    auto in = opened(bytes);
    if (!in) return std::unexpected{in.error()};
    const BenchAsk ask{.reset = in->u8() == 1};
    return in->finish(ask);
}

Octets BenchAnswer::write() const {
    return written(20, [this](wire::Writer& out) {
        out.u64(messages);
        out.u64(bytes);
        write_marking(out, seen);
    });
}

Result<BenchAnswer> BenchAnswer::read(Bytes octets) {
    auto in = opened(octets);
    if (!in) return std::unexpected{in.error()};
    BenchAnswer answer;
    answer.messages = in->u64();
    answer.bytes = in->u64();
    answer.seen = read_marking(*in);
    return in->finish(answer);
}

Octets FilesHello::write() const {
    return written(12, [this](wire::Writer& out) {
        out.u32(files);
        out.u64(bytes);
    });
}

Result<FilesHello> FilesHello::read(Bytes octets) {
    auto in = opened(octets);
    if (!in) return std::unexpected{in.error()};
    FilesHello hello;
    hello.files = in->u32();
    hello.bytes = in->u64();
    return in->finish(hello);
}

Octets FilesWelcome::write() const {
    return written(3 + kReasonBytesMax, [this](wire::Writer& out) {
        out.u8(accepted ? 1 : 0);
        write_text(out, reason, kReasonBytesMax);
    });
}

Result<FilesWelcome> FilesWelcome::read(Bytes bytes) {
    auto in = opened(bytes);
    if (!in) return std::unexpected{in.error()};
    FilesWelcome welcome;
    welcome.accepted = in->u8() == 1;
    welcome.reason = read_text(*in);
    return in->finish(std::move(welcome));
}

Octets FileBegin::write() const {
    return written(18 + kNameBytesMax, [this](wire::Writer& out) {
        out.u32(number);
        out.u64(bytes);
        write_marking(out, marking);
        write_text(out, name, kNameBytesMax);
    });
}

Result<FileBegin> FileBegin::read(Bytes octets) {
    auto in = opened(octets);
    if (!in) return std::unexpected{in.error()};
    FileBegin begin;
    begin.number = in->u32();
    begin.bytes = in->u64();
    begin.marking = read_marking(*in);
    begin.name = read_text(*in);
    return in->finish(std::move(begin));
}

Octets FileEnd::write() const {
    return written(40, [this](wire::Writer& out) {
        out.u64(bytes);
        out.bytes(digest);
    });
}

Result<FileEnd> FileEnd::read(Bytes octets) {
    auto in = opened(octets);
    if (!in) return std::unexpected{in.error()};
    FileEnd end;
    end.bytes = in->u64();
    const Bytes digest = in->bytes(end.digest.size());
    std::ranges::copy(digest, end.digest.begin());
    return in->finish(end);
}

Octets FileResult::write() const {
    return written(8 + kArrivedMax * 12 + kReasonBytesMax, [this](wire::Writer& out) {
        const std::size_t kinds = std::min(arrived.size(), kArrivedMax);
        out.u32(number);
        out.u8(static_cast<std::uint8_t>(code));
        out.u8(static_cast<std::uint8_t>(kinds));
        for (std::size_t i = 0; i < kinds; ++i) {
            write_marking(out, arrived[i].marking);
            out.u64(arrived[i].messages);
        }
        write_text(out, reason, kReasonBytesMax);
    });
}

Result<FileResult> FileResult::read(Bytes bytes) {
    auto in = opened(bytes);
    if (!in) return std::unexpected{in.error()};
    FileResult result;
    result.number = in->u32();
    const std::uint8_t code = in->u8();
    const std::size_t kinds = in->u8();
    if (kinds > kArrivedMax) return fail(Errc::malformed, "more markings than there may be");
    switch (code) {
    case 0: result.code = Code::ok; break;
    case 4: result.code = Code::integrity; break;
    case 5: result.code = Code::file; break;
    default: result.code = Code::protocol;
    }
    for (std::size_t i = 0; i < kinds; ++i) {
        const Marking marking = read_marking(*in);
        result.arrived.push_back({marking, in->u64()});
    }
    result.reason = read_text(*in);
    return in->finish(std::move(result));
}

} // namespace hawser::command
