// Our own addresses on the command line, from `--local` or a listener's ADDR.
#pragma once

#include "command/outcome.hpp"

#include <hawser/core/address.hpp>
#include <hawser/core/result.hpp>
#include <hawser/endpoint/sctp_address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::command {

/// The hosts of `10.0.0.1/[2001:db8::1]`, without brackets; none of an empty text.
std::vector<std::string> split_hosts(std::string_view text);
/// As they are written, in one word.
std::string join_hosts(const std::vector<std::string>& hosts);

/// Addresses to bind, each by a number or a name that has one. `sealed`: by DTLS, which has one.
Outcome<std::vector<Address>> local_addresses(const std::vector<std::string>& hosts, bool sealed);

/// Nothing is sent from an IPv6 address to an IPv4 one, nor the other way round. `hosts`: of ours,
/// from `--local`, or none.
Outcome<> check_same_family(const std::vector<std::string>& hosts, const SctpAddress& target);

/// An address of ours that could not be bound, as it is written, and why.
struct NotBound {
    std::string host;
    Error error;
};
/// Which of `hosts` that is, after all of them together could not be for that reason; all when none
/// can be told. `udp_port` nullopt: on raw IP.
NotBound who_is_not_bound(const std::vector<std::string>& hosts, const Error& error,
                          std::optional<std::uint16_t> udp_port);

} // namespace hawser::command
