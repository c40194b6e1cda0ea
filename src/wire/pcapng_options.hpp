// The numbers in pcapng blocks that readers and writers share.
#pragma once

#include <cstdint>

namespace hawser::wire::pcapng {

inline constexpr std::uint32_t kByteOrderMagic = 0x1A2B'3C4D;

/// Option codes. Those of different blocks share numbers, hence the prefixes.
enum class Option : std::uint16_t {
    end = 0,
    comment = 1,
    section_hardware = 2,
    section_os = 3,
    section_application = 4,
    interface_name = 2,
    interface_description = 3,
    interface_resolution = 9,
    interface_offset = 14,
    packet_flags = 2,
    packet_drop_count = 4,
    packet_id = 5,
    statistics_received = 4,
    statistics_dropped = 5,
    statistics_os_dropped = 7,
};

inline constexpr std::uint16_t kNameRecordIpv4 = 1;
inline constexpr std::uint16_t kNameRecordIpv6 = 2;

} // namespace hawser::wire::pcapng
