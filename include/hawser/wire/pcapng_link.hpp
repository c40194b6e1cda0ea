// From a captured frame to the IP packet in it, for the links that capture tools know.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/wire/pcapng.hpp>

#include <optional>

namespace hawser::wire::pcapng {

/// The IP packet in a frame: after Ethernet (VLAN tags passed over), Linux cooked capture 1 and 2,
/// loopback, or nothing at all. nullopt when it carries something else, or is too short.
std::optional<Bytes> ip_packet_of(LinkType link, Bytes frame);

} // namespace hawser::wire::pcapng
