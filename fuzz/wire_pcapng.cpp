// A pcapng file: no input may crash the reader, every view stays inside the input, and a block that
// was read says the same once it is written and read again.
#include "fuzzing.hpp"

#include <hawser/wire/ip.hpp>
#include <hawser/wire/pcapng.hpp>
#include <hawser/wire/pcapng_link.hpp>
#include <hawser/wire/pcapng_upper_pdu.hpp>

namespace hawser::wire::pcapng {
namespace {

bool inside(Bytes part, Bytes whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

Block only_block(Bytes bytes) {
    std::endian order = std::endian::native;
    const auto block = next_block(bytes, order);
    HAWSER_ASSERT(block && *block && (*block)->size_bytes == bytes.size());
    return **block;
}

/// What was read is written, read again and written again: twice the same.
template <class Parse>
void check_round_trip(const Block& block, Parse parse) {
    const auto first = parse(block);
    if (!first) return;
    std::vector<std::byte> once;
    append(once, *first);
    if (once.size() > kBlockBytesMax) return;
    const auto second = parse(only_block(once));
    HAWSER_ASSERT(second);
    std::vector<std::byte> twice;
    append(twice, *second);
    HAWSER_ASSERT(once == twice);
}

void check_headers(LinkType link, Bytes frame) {
    if (const auto packet = ip_packet_of(link, frame)) {
        HAWSER_ASSERT(inside(*packet, frame));
        const auto ip = parse_ip(*packet);
        if (!ip) return;
        HAWSER_ASSERT(inside(ip->payload, *packet));
        HAWSER_ASSERT(ip->payload.size() <= ip->payload_bytes);
        const auto udp = parse_udp(ip->payload);
        if (udp) HAWSER_ASSERT(inside(udp->payload, ip->payload));
    }
}

void check_upper_pdu(Bytes frame) {
    const auto pdu = UpperPdu::parse(frame);
    if (!pdu) return;
    HAWSER_ASSERT(inside(pdu->payload, frame));
    std::vector<std::byte> again;
    pdu->append_to(again);
    const auto second = UpperPdu::parse(again);
    HAWSER_ASSERT(second && second->dissector == pdu->dissector);
    HAWSER_ASSERT(fuzz::same(second->payload, pdu->payload));
}

void check_packet(const Block& block) {
    const auto packet = parse_packet(block);
    if (!packet) return;
    HAWSER_ASSERT(inside(packet->data, block.body));
    for (const unsigned link : {0u, 1u, 101u, 108u, 113u, 276u}) {
        check_headers(LinkType{static_cast<std::uint16_t>(link)}, packet->data);
    }
    check_upper_pdu(packet->data);
    if (block.type == BlockType::enhanced_packet && packet->data.size() <= kBlockBytesMax / 2) {
        check_round_trip(block, parse_packet);
    }
}

void check(const Block& block) {
    check_packet(block);
    check_round_trip(block, parse_section_header);
    check_round_trip(block, parse_interface);
    check_round_trip(block, parse_statistics);
    check_round_trip(block, parse_secrets);
    check_round_trip(block, parse_names);
    if (const auto interface = parse_interface(block)) {
        for (const std::uint64_t time : {0ull, 1'700'000'000'000'000ull, ~0ull}) {
            static_cast<void>(to_nanoseconds(*interface, time));
        }
    }
}

void check_file(Bytes rest) {
    std::endian order = std::endian::native;
    while (const auto block = next_block(rest, order)) {
        if (!*block) return;
        HAWSER_ASSERT((*block)->size_bytes <= rest.size());
        HAWSER_ASSERT(inside((*block)->body, rest));
        check(**block);
        rest = rest.subspan((*block)->size_bytes);
    }
}

} // namespace
} // namespace hawser::wire::pcapng

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hawser::wire::pcapng::check_file(hawser::fuzz::input_of(data, size));
    return 0;
}
