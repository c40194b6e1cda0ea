#include "command/answering.hpp"

#include <algorithm>

namespace hawser::command {
namespace {

/// An answer is as long as its question, up to this.
constexpr std::size_t kPongBytesMax = std::size_t{1024} * 1024;

} // namespace

bool Answering::take(const Message& message) {
    if (!is_dialect(message.ppid)) return false;
    switch (static_cast<Kind>(static_cast<std::uint32_t>(message.ppid) & 0xff)) {
    case Kind::ping: answer_ping(message); return true;
    case Kind::bench_data:
        ++bench_.messages;
        bench_.bytes += message.payload.size();
        bench_.seen = Marking::of(message.ancillary);
        return true;
    case Kind::bench_ask: answer_bench(message); return true;
    case Kind::pong:
    case Kind::bench_answer:
    case Kind::files_welcome:
    case Kind::file_result: return true;
    default: return false;
    }
}

void Answering::refuse_files(std::string_view reason) {
    const FilesWelcome refusal{.accepted = false, .reason = std::string{reason}};
    static_cast<void>(answer(refusal.write(), Kind::files_welcome, sctp::StreamId{0}, {}));
}

void Answering::answer_ping(const Message& message) {
    const auto ping = Ping::read(message.bytes());
    if (!ping) return;
    Pong pong{.sequence = ping->sequence,
              .token = ping->token,
              .seen = Marking::of(message.ancillary),
              .sent = ping->back,
              .bytes = std::min(ping->bytes, kPongBytesMax)};
    const auto sent = answer(pong.write(), Kind::pong, message.stream, ping->back.ancillary());
    if (sent || sent.error().code != Errc::unsupported) return;
    pong.sent = {}; // this kernel cannot mark it as asked, and the answer says so
    static_cast<void>(answer(pong.write(), Kind::pong, message.stream, {}));
}

void Answering::answer_bench(const Message& message) {
    const auto ask = BenchAsk::read(message.bytes());
    if (!ask) return;
    if (ask->reset) bench_ = {};
    static_cast<void>(answer(bench_.write(), Kind::bench_answer, message.stream, {}));
}

Result<> Answering::answer(Bytes octets, Kind kind, sctp::StreamId stream,
                           const Ancillary& ancillary) {
    sctp::SendOptions options;
    options.stream = stream;
    options.ppid = ppid_of(kind);
    options.unordered = kind == Kind::pong;
    options.sack_immediately = true;
    options.ancillary = ancillary;
    return connection_.send(octets, options);
}

} // namespace hawser::command
