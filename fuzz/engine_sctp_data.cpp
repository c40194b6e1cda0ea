// A whole association fed with DATA, and another one fed with the same as I-DATA: every flag
// combination, on few streams and few TSNs, so that fragments meet in every order, some for a
// stream beyond those negotiated.
//
// It must not crash; what is held stays consistent (HAWSER_COSTLY_ASSERT); whatever is delivered
// has one first and one last fragment, counts against the window until it is taken, and leaves
// nothing behind.
#include "fuzzing.hpp"

#include <hawser/sctp/endpoint.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/sctp/packet.hpp>
#include <hawser/wire/sctp/parameters.hpp>
#include <hawser/wire/sctp/tlv.hpp>

#include <array>
#include <chrono>
#include <vector>

namespace hawser::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 5000;
constexpr std::uint16_t kPeerPort = 7000;
constexpr std::uint32_t kFirstTsn = 0xffff'fffa; // it wraps on the way
constexpr std::uint16_t kStreams = 3;
constexpr std::size_t kMessageBytesMax = 40;
/// A packet holds so many chunks; SACKs come between packets.
constexpr std::size_t kChunksPerPacket = 4;

std::vector<std::byte> packet(std::uint32_t tag, Bytes chunks) {
    std::vector<std::byte> whole = written([&](wire::Writer& out) {
        wire::sctp::CommonHeader{kPeerPort, kPort, wire::sctp::VerificationTag{tag}, 0}.write(out);
        out.bytes(chunks);
    });
    wire::sctp::write_checksum(whole);
    return whole;
}

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

enum class Kind { data, i_data };

class Association {
public:
    Association(Kind kind, PacketPool& packets, BufferPool& buffers)
        : kind_{kind},
          engine_{
              options(kind), {.random = random_, .packets = packets, .buffers = buffers}, now_} {
        HAWSER_ASSERT(engine_.listen(kPort));
        const auto init = written([](wire::Writer& out) {
            for (const std::uint32_t word : {0x0a0a'0a0au, 65'536u, 0x0003'0003u, kFirstTsn})
                out.u32(word);
            wire::sctp::write_forward_tsn_supported(out);
            wire::sctp::write_supported_extensions(out, kExtensions);
        });
        const auto answer = ask(0, chunk(1, 0, init));
        const auto first = wire::sctp::Chunks{Bytes{answer}.subspan(12)}.next();
        wire::Reader in{first->value};
        tag_ = in.u32();
        constexpr std::size_t kBeforeCookie = 16 + 4; // the fixed part, the parameter's header
        in.bytes(kBeforeCookie - 4 - 2);
        const std::size_t cookie_bytes = in.u16() - 4u;
        static_cast<void>(
            ask(tag_, chunk(10, 0, first->value.subspan(kBeforeCookie, cookie_bytes))));
        HAWSER_ASSERT(engine_.association_count() == 1);
    }

    void play(Bytes script) {
        while (script.size() >= 2 && engine_.association_count() > 0) {
            std::vector<std::byte> chunks;
            for (std::size_t i = 0; i < kChunksPerPacket && script.size() >= 2; ++i) {
                const auto one = data(std::to_integer<std::uint8_t>(script[0]),
                                      std::to_integer<std::uint8_t>(script[1]));
                chunks.insert(chunks.end(), one.begin(), one.end());
                script = script.subspan(2);
            }
            static_cast<void>(ask(tag_, chunks));
        }
    }

private:
    static constexpr std::array kExtensions{wire::sctp::ChunkType::i_data,
                                            wire::sctp::ChunkType::i_forward_tsn};

    static sctp::Options options(Kind kind) {
        sctp::Options options = sctp::Options::modern();
        options.inbound_streams_max = kStreams;
        options.forward_tsn = true;
        options.interleaving = kind == Kind::i_data;
        options.message_bytes_max = kMessageBytesMax;
        options.receive_window_bytes = 4000;
        return options;
    }

    /// The first byte: TSN and stream. The second: flags, SSN or MID, and how long; or that so much
    /// is given up. The FSN is one of few, by the TSN.
    std::vector<std::byte> data(std::uint8_t where, std::uint8_t what) const {
        const std::uint32_t step = (where & 0x3f) % 24;
        const auto stream = static_cast<std::uint16_t>(where >> 6);
        const auto number = static_cast<std::uint16_t>(what >> 4 & 3);
        const bool interleaves = kind_ == Kind::i_data;
        if ((what & 0xc0) == 0xc0)
            return chunk(interleaves ? 194 : 192, 0, written([&](wire::Writer& out) {
                             out.u32(kFirstTsn + step);
                             out.u16(stream);
                             if (interleaves) out.u16(what >> 2 & 1);
                             interleaves ? out.u32(number) : out.u16(number);
                         }));
        return chunk(interleaves ? 64 : 0, what & 0x0f, written([&](wire::Writer& out) {
                         out.u32(kFirstTsn + step);
                         out.u16(stream);
                         out.u16(interleaves ? std::uint16_t{0} : number);
                         if (interleaves) out.u32(number);
                         out.u32(interleaves ? step % 5 : 0);
                         for (int i = what & 0x80 ? 9 : what & 0x40 ? 3 : 1; i > 0; --i)
                             out.u8('x');
                     }));
    }

    std::vector<std::byte> ask(std::uint32_t tag, Bytes chunks) {
        std::vector<std::byte> question = packet(tag, chunks);
        const Path path{.local = Address::ipv4({10, 0, 0, 1}, 9899),
                        .remote = Address::ipv4({10, 0, 0, 2}, 9899)};
        const Ancillary ancillary;
        Datagram datagram{.id = {}, .path = path, .ancillary = ancillary, .payload = question};
        static_cast<void>(engine_.receive(datagram, now_));
        now_ += 1ms;
        engine_.advance(now_);
        std::vector<std::byte> answer;
        while (const auto transmit = engine_.poll_transmit(now_, {})) {
            const Bytes bytes = transmit->segment(0);
            HAWSER_ASSERT(wire::sctp::checksum_is_right(bytes));
            answer.assign(bytes.begin(), bytes.end());
        }
        while (const auto event = engine_.poll_event()) {
            const auto* const message = std::get_if<sctp::Message>(&*event);
            if (message == nullptr) continue;
            HAWSER_ASSERT(message->payload.size() > 0);
            HAWSER_ASSERT(message->payload.size() <= kMessageBytesMax);
            HAWSER_ASSERT(std::to_underlying(message->stream) < kStreams);
        }
        return answer;
    }

    const Kind kind_;
    SeededRandom random_{1};
    Instant now_{1h};
    sctp::Endpoint engine_;
    std::uint32_t tag_ = 0;
};

} // namespace
} // namespace hawser::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hawser::PacketPool packets;
    hawser::BufferPool buffers;
    for (const auto kind : {hawser::fuzz::Kind::data, hawser::fuzz::Kind::i_data}) {
        hawser::fuzz::Association association{kind, packets, buffers};
        association.play(hawser::fuzz::input_of(data, size));
    }
    HAWSER_ASSERT(packets.in_use() == 0 && buffers.in_use() == 0);
    return 0;
}
