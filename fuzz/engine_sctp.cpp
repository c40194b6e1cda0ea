// The whole SCTP engine against a peer made of bytes: some packets come as they are, some with the
// right tag and checksum, and some answer what the engine has said, so that every state is reached.
//
// It must not crash, answer a stranger with much more than was asked, say that it is due when it
// has nothing to do, talk without end, or keep memory after its death.
#include "fuzzing.hpp"

#include <hawser/sctp/endpoint.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/packet.hpp>

#include <array>
#include <chrono>
#include <utility>

namespace hawser::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 5000;
constexpr std::uint16_t kPeerPort = 7000;
constexpr int kRoundsMax = 100'000;
constexpr std::size_t kIpAndUdpBytes = 28;
/// Counted with its headers no answer to a stranger is larger than this many questions.
constexpr std::size_t kAmplificationMax = 3;

/// The input, as a list of small numbers and byte strings that ends in zeros.
class Script {
public:
    explicit Script(Bytes bytes) : bytes_{bytes} {}
    bool ended() const { return bytes_.empty(); }
    std::uint8_t u8() {
        if (bytes_.empty()) return 0;
        const auto value = std::to_integer<std::uint8_t>(bytes_[0]);
        bytes_ = bytes_.subspan(1);
        return value;
    }
    Bytes string() {
        const std::size_t wanted = u8(); // first, whatever the compiler
        const std::size_t size = std::min(wanted, bytes_.size());
        const Bytes taken = bytes_.first(size);
        bytes_ = bytes_.subspan(size);
        return taken;
    }

private:
    Bytes bytes_;
};

class Peer {
public:
    Peer(std::uint8_t choice, PacketPool& packets, BufferPool& buffers)
        : random_{choice},
          sends_i_data_{(choice & 16) != 0},
          engine_{
              options(choice), {.random = random_, .packets = packets, .buffers = buffers}, now_} {
        HAWSER_ASSERT(engine_.listen(kPort));
    }
    void play(Script& script);

private:
    static sctp::Options options(std::uint8_t choice) {
        sctp::Options options = choice & 1 ? sctp::Options::rfc9260() : sctp::Options::modern();
        if (choice & 2) options.window_credit = sctp::WindowCredit::on_release;
        if (choice & 4) options.receive_window_bytes = 4000;
        options.forward_tsn = (choice & 8) != 0;
        options.interleaving = (choice & 16) != 0;
        options.reconfiguration = (choice & 32) != 0;
        if (choice & 64) options.authentication = authentication();
        options.message_bytes_max = 20'000;
        options.send_queue_bytes_max = 50'000;
        return options;
    }

    /// The script cannot make an HMAC: what it sends in clear is not wanted authenticated.
    static sctp::Authentication authentication() {
        return {.chunks = {sctp::ChunkType::asconf, sctp::ChunkType::error},
                .keys = {{.id = sctp::KeyId{0}, .secret = {}},
                         {.id = sctp::KeyId{1}, .secret = std::vector<std::byte>(20)}}};
    }

    void step(Script& script);
    void receive(Bytes packet);
    void receive_chunks(std::uint32_t tag, Bytes chunks);
    void drain();
    void read(Bytes packet);
    void read_chunk(std::uint8_t type, Bytes chunk);
    void receive_data(Script& script);
    void receive_sack(Script& script);
    void receive_response(std::uint8_t result);
    void pass_time(std::uint8_t amount);
    void reset_streams(std::uint8_t choice);
    void send(Script& script);

    SeededRandom random_;
    bool sends_i_data_; ///< which is right when the INIT of the script lists it
    Instant now_{1h};
    sctp::Endpoint engine_;

    sctp::AssociationId association_{};
    Path path_{.local = Address::ipv4({10, 0, 0, 1}, 9899),
               .remote = Address::ipv4({10, 0, 0, 2}, 9899)};
    std::uint16_t engine_port_ = kPort;
    std::uint32_t engine_tag_ = 0;
    std::uint32_t engine_tsn_ = 0; ///< the highest seen
    std::uint32_t tsn_ = 1;        ///< ours
    std::uint32_t request_number_ = 0;
    std::uint16_t ssn_ = 0;
    std::vector<std::byte> cookie_;
    std::vector<std::byte> heartbeat_;
    std::size_t answered_bytes_ = 0;
};

std::vector<std::byte> chunk(std::uint8_t type, std::uint8_t flags, Bytes value) {
    return written([&](wire::Writer& out) {
        out.u8(type);
        out.u8(flags);
        out.u16(static_cast<std::uint16_t>(4 + value.size()));
        out.bytes(value);
        while (out.written() % 4 != 0)
            out.u8(0);
    });
}

void Peer::play(Script& script) {
    while (!script.ended())
        step(script);
}

void Peer::step(Script& script) {
    const std::uint8_t operation = script.u8();
    switch (operation % 16) {
    case 0: return receive(script.string());
    case 1: return receive_chunks(engine_tag_, script.string());
    case 2: return receive_chunks(0, script.string());
    case 3: { // a right INIT, with the script's parameters
        std::vector<std::byte> value = written([&](wire::Writer& out) {
            for (const std::uint32_t word : {0x0a0a'0a0au, 65'536u, 0x000a'000au, tsn_})
                out.u32(word);
            out.bytes(script.string());
        });
        const bool answers = (operation & 0x80) != 0; // an INIT ACK
        return receive_chunks(answers ? engine_tag_ : 0, chunk(answers ? 2 : 1, 0, value));
    }
    case 4: return receive_chunks(engine_tag_, chunk(10, 0, cookie_));
    case 5:
        if (operation & 0x80) return receive_response(script.u8());
        return receive_chunks(engine_tag_, chunk(11, 0, {}));
    case 6: return receive_data(script);
    case 7: return receive_sack(script);
    case 8: return receive_chunks(engine_tag_, chunk(5, 0, heartbeat_));
    case 9: return pass_time(script.u8());
    case 10: return send(script);
    case 11: {
        const auto made = engine_.connect(
            path_, kPeerPort, {.local_port = operation & 0x80 ? kPort : std::uint16_t{0}}, now_);
        if (made) association_ = *made;
        return drain();
    }
    case 12:
        if (operation & 0x80) {
            static_cast<void>(engine_.shutdown(association_, now_));
        } else {
            static_cast<void>(engine_.abort(association_, script.string(), now_));
        }
        return drain();
    case 13: {
        std::array<std::byte, 4> tsn{};
        wire::store_big(tsn.data(), engine_tsn_);
        return receive_chunks(engine_tag_, chunk(7, 0, tsn));
    }
    case 14:
        return receive_chunks(engine_tag_,
                              chunk(operation & 0x80 ? 8 : 14, operation >> 6 & 1, {}));
    default: {
        const auto kind = static_cast<PathEvent::Kind>(script.u8() % 5);
        engine_.path_event(
            {.kind = kind, .path = path_, .os_errno = 111, .mtu_bytes = script.u8() * 8u}, now_);
        engine_.release(association_, script.u8() * 100u, now_);
        static_cast<void>(engine_.heartbeat(association_, 1, {}, now_));
        if (operation & 0x80) reset_streams(script.u8());
        return drain();
    }
    }
}

void Peer::receive_chunks(std::uint32_t tag, Bytes chunks) {
    std::vector<std::byte> packet = written([&](wire::Writer& out) {
        wire::sctp::CommonHeader{kPeerPort, engine_port_, wire::sctp::VerificationTag{tag}, 0}
            .write(out);
        out.bytes(chunks);
    });
    wire::sctp::write_checksum(packet);
    receive(packet);
}

void Peer::receive(Bytes packet) {
    std::vector<std::byte> copy{packet.begin(), packet.end()};
    const Ancillary ancillary{.dscp = Dscp::ef, .ecn = Ecn::ce};
    Datagram datagram{.id = {}, .path = path_, .ancillary = ancillary, .payload = copy};
    const bool stranger = engine_.association_count() == 0;
    static_cast<void>(engine_.receive(datagram, now_));
    answered_bytes_ = 0;
    drain();
    if (stranger && engine_.association_count() == 0) {
        const std::size_t question = packet.size() + kIpAndUdpBytes;
        HAWSER_ASSERT(answered_bytes_ <= kAmplificationMax * question);
    }
}

void Peer::receive_data(Script& script) {
    const std::uint8_t flags = script.u8();
    const std::uint8_t ahead = script.u8();
    std::vector<std::byte> value = written([&](wire::Writer& out) {
        out.u32(tsn_ + (ahead & 7));
        out.u16(ahead >> 6);
        if (sends_i_data_) {
            out.u16(0);
            out.u32(ssn_);
            out.u32(ahead >> 3 & 7); // the FSN, or the PPID
        } else {
            out.u16(ssn_);
            out.u32(0);
        }
        out.bytes(script.string());
    });
    if ((ahead & 7) == 0) ++tsn_;
    if (flags & 1) ++ssn_;
    receive_chunks(engine_tag_, chunk(sends_i_data_ ? 64 : 0, flags & 0x0f, value));
}

void Peer::receive_sack(Script& script) {
    const std::uint8_t behind = script.u8();
    const std::uint8_t window = script.u8();
    const Bytes gaps = script.string();
    receive_chunks(engine_tag_, chunk(3, 0, written([&](wire::Writer& out) {
                                          out.u32(engine_tsn_ - (behind & 15));
                                          out.u32(window * 256u);
                                          out.u16(static_cast<std::uint16_t>(gaps.size() / 2));
                                          out.u16(0);
                                          for (std::size_t i = 0; i + 1 < gaps.size();
                                               i += 2) { // small offsets: they are likely
                                              out.u16(std::to_integer<std::uint8_t>(gaps[i]));
                                              out.u16(std::to_integer<std::uint8_t>(gaps[i + 1]));
                                          }
                                      })));
}

/// A RE-CONFIG that answers the last request, with new TSNs in the upper half.
void Peer::receive_response(std::uint8_t result) {
    const bool with_tsns = (result & 0x80) != 0;
    receive_chunks(engine_tag_, chunk(130, 0, written([&](wire::Writer& out) {
                                          out.u16(16);
                                          out.u16(with_tsns ? 20 : 12);
                                          out.u32(request_number_);
                                          out.u32(result & 0x7f);
                                          if (!with_tsns) return;
                                          out.u32(tsn_);
                                          out.u32(engine_tsn_ + (1u << 31));
                                      })));
}

void Peer::pass_time(std::uint8_t amount) {
    const Instant due = engine_.deadline();
    if (amount < 128 && due != kNever) {
        HAWSER_ASSERT(due >= now_);
        now_ = due;
    } else {
        now_ += amount * 10ms;
    }
    engine_.advance(now_);
    drain();
}

void Peer::reset_streams(std::uint8_t choice) {
    if (choice == 0xff) {
        static_cast<void>(engine_.reset_association(association_, now_));
        return;
    }
    sctp::StreamReset reset;
    if (choice & 1) reset.direction = sctp::StreamDirection::incoming;
    if (choice & 2) reset.streams = {sctp::StreamId{static_cast<std::uint16_t>(choice >> 2 & 3)}};
    static_cast<void>(engine_.reset_streams(association_, reset, now_));
    const auto count = static_cast<std::uint16_t>(choice >> 4);
    static_cast<void>(
        engine_.add_streams(association_, {.direction = reset.direction, .count = count}, now_));
}

void Peer::send(Script& script) {
    const std::uint8_t flags = script.u8();
    sctp::SendOptions options{.stream = static_cast<sctp::StreamId>(flags & 3),
                              .unordered = (flags & 4) != 0};
    if (flags & 8) options.ancillary.dscp = Dscp::af41;
    if (flags & 16) options.lifetime = 50ms;
    if (flags & 32) options.ancillary.send_at = SendTime{now_ + 30ms};
    const std::vector<std::byte> message(1 + std::size_t{script.u8()} * (flags & 64 ? 100 : 1));
    static_cast<void>(engine_.send(association_, message, options, now_));
    drain();
}

void Peer::drain() {
    int rounds = 0;
    const auto count = [&rounds] { HAWSER_ASSERT(++rounds < kRoundsMax); };
    while (const auto transmit = engine_.poll_transmit(now_, {})) {
        count();
        for (std::size_t i = 0; i < transmit->segment_count(); ++i)
            read(transmit->segment(i));
    }
    while (auto event = engine_.poll_event()) {
        count();
        if (const auto* up = std::get_if<sctp::Connected>(&*event)) association_ = up->association;
    }
    // What is due has been done: a second call finds nothing to do at this instant.
    for (int i = 0; engine_.deadline() <= now_; ++i) {
        HAWSER_ASSERT(i < 100);
        engine_.advance(now_);
        while (const auto transmit = engine_.poll_transmit(now_, {})) {
            count();
            for (std::size_t k = 0; k < transmit->segment_count(); ++k)
                read(transmit->segment(k));
        }
        while (engine_.poll_event())
            count();
    }
}

/// Learns from what the engine says what a peer has to know.
void Peer::read(Bytes packet) {
    answered_bytes_ += packet.size() + kIpAndUdpBytes;
    HAWSER_ASSERT(wire::sctp::checksum_is_right(packet));
    engine_port_ = wire::sctp::CommonHeader::parse(packet)->source_port;
    Bytes rest = packet.subspan(wire::sctp::kCommonHeaderBytes);
    while (rest.size() >= 4) {
        const std::size_t length = wire::load_big<std::uint16_t>(rest.data() + 2);
        HAWSER_ASSERT(length >= 4 && length <= rest.size()); // we write what we would read
        read_chunk(std::to_integer<std::uint8_t>(rest[0]), rest.first(length));
        rest = rest.subspan(std::min(rest.size(), (length + 3) / 4 * 4));
    }
    HAWSER_ASSERT(rest.empty());
}

void Peer::read_chunk(std::uint8_t type, Bytes bytes) {
    const auto word = [bytes](std::size_t at) {
        return at + 4 <= bytes.size() ? wire::load_big<std::uint32_t>(bytes.data() + at) : 0;
    };
    if (type == 0 || type == 64) engine_tsn_ = word(4);
    if (type == 130) request_number_ = word(8);
    if (type == 4) heartbeat_.assign(bytes.begin() + 4, bytes.end());
    if (type != 1 && type != 2) return;
    engine_tag_ = word(4);
    engine_tsn_ = word(16) - 1;
    for (std::size_t at = 20; at + 4 <= bytes.size();) {
        const std::uint32_t header = word(at);
        const std::size_t length = std::max<std::size_t>(header & 0xffff, 4);
        if (header >> 16 == 7) {
            const Bytes value = bytes.subspan(at).first(length).subspan(4);
            cookie_.assign(value.begin(), value.end());
        }
        at += (length + 3) / 4 * 4;
    }
}

} // namespace
} // namespace hawser::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hawser::fuzz::Script script{hawser::fuzz::input_of(data, size)};
    hawser::PacketPool packets;
    hawser::BufferPool buffers;
    {
        hawser::fuzz::Peer peer{script.u8(), packets, buffers};
        peer.play(script);
    }
    HAWSER_ASSERT(packets.in_use() == 0 && buffers.in_use() == 0);
    return 0;
}
