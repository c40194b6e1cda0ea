// A whole packet: its header comes back, its checksum is right once written and wrong with any bit
// flipped, and every chunk that its codec accepts comes back.
#include "sctp_round_trips.hpp"

#include <hawser/wire/sctp/packet.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hawser;
    using namespace hawser::fuzz;
    const Bytes input = input_of(data, size);
    const Result<CommonHeader> header = CommonHeader::parse(input);
    HAWSER_ASSERT(header.has_value() == (size >= kCommonHeaderBytes));
    if (!header) {
        HAWSER_ASSERT(!checksum_is_right(input));
        return 0;
    }
    const std::vector<std::byte> again = written([&](wire::Writer& out) { header->write(out); });
    HAWSER_ASSERT(same(again, input.first(kCommonHeaderBytes)));

    std::vector<std::byte> packet(input.begin(), input.end());
    wire::sctp::write_checksum(packet);
    HAWSER_ASSERT(checksum_is_right(packet));
    const std::size_t bit = std::to_underlying(header->tag) % (size * 8);
    packet[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    HAWSER_ASSERT(!checksum_is_right(packet));

    Chunks chunks{input.subspan(kCommonHeaderBytes)};
    while (const auto chunk = chunks.next()) {
        round_trip_chunk(chunk->type, chunk->flags, chunk->value);
    }
    return 0;
}
