// A whole packet: its header comes back, its checksum is right once written and wrong with any bit
// flipped, and every chunk that its codec accepts comes back.
#include "sctp_round_trips.hpp"

#include <hawser/wire/sctp/packet.hpp>

namespace hawser::wire::sctp {
namespace {

void try_packet(Bytes input) {
    const Result<CommonHeader> header = CommonHeader::parse(input);
    HAWSER_ASSERT(header.has_value() == (input.size() >= kCommonHeaderBytes));
    if (!header) {
        HAWSER_ASSERT(!checksum_is_right(input));
        return;
    }
    const std::vector<std::byte> again = written([&](Writer& out) { header->write(out); });
    HAWSER_ASSERT(same(again, input.first(kCommonHeaderBytes)));

    std::vector<std::byte> packet(input.begin(), input.end());
    write_checksum(packet);
    HAWSER_ASSERT(checksum_is_right(packet));
    const std::size_t bit = std::to_underlying(header->tag) % (input.size() * 8);
    packet[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    HAWSER_ASSERT(!checksum_is_right(packet));

    Chunks chunks{input.subspan(kCommonHeaderBytes)};
    while (const auto chunk = chunks.next()) {
        round_trip_chunk(chunk->type, chunk->flags, chunk->value);
    }
}

} // namespace
} // namespace hawser::wire::sctp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hawser::wire::sctp::try_packet(hawser::fuzz::input_of(data, size));
    return 0;
}
