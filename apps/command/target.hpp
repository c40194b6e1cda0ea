// ADDR on the command line: where the SCTP of a peer, or our own, is.
#pragma once

#include "command/outcome.hpp"

#include <hawser/core/address.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::command {

/// The SCTP port when ADDR has none: HAWS on a telephone's keys. No protocol has it, so that
/// Wireshark takes what is sent to it for what it is.
inline constexpr std::uint16_t kDefaultPort = 4297;

/// What ADDR says of a peer: `10.0.0.1:4297`, `alpha.example`, `10.0.0.1/[2001:db8::1]:4297`.
Outcome<HostList> parse_target(std::string_view text);

/// Whose port ADDR has.
enum class PortOf : std::uint8_t {
    sctp,
    udp, ///< with --dtls; a listener may leave it to the system, as 0
};

struct ListenAddress {
    std::vector<std::string> hosts; ///< none: every address of this host
    std::uint16_t port = kDefaultPort;
};

/// What ADDR says of us: as of a peer, or a port alone, `4297` or `:4297`, or nothing.
Outcome<ListenAddress> parse_listen_address(std::string_view text, PortOf port_of = PortOf::sctp);

/// An address of ours to bind, from `--local` or ADDR: a number, or a name that has one.
Outcome<Address> local_address(const std::string& host);

} // namespace hawser::command
