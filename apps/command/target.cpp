#include "command/target.hpp"

#include <hawser/net/resolve.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace hawser::command {
namespace {

constexpr std::string_view kForm =
    "write HOST:PORT, for example 10.0.0.1:4297, [2001:db8::1]:4297 or alpha.example:4297";

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return port;
}

/// Every link has a fe80::1 of its own.
Outcome<> check_scope(std::string_view host) {
    const auto address = Address::parse(host);
    if (!address || address->is_ipv4() || !address->is_link_local() || address->scope() != 0) {
        return {};
    }
    return failure(ExitCode::address,
                   fmt::format("{} is an address of one link, and does not say of which: write "
                               "[{}%eth0], with the interface that leads there",
                               host, host));
}

Outcome<HostList> parse_hosts(std::string_view text, bool port_may_be_0) {
    const bool has_port = HostList::parse(text, true).has_value();
    auto list = HostList::parse(text, false);
    if (!list) {
        return failure(ExitCode::address, fmt::format("\"{}\" is no address ({}); {}", text,
                                                      list.error().what, kForm));
    }
    if (has_port && list->port == 0 && !port_may_be_0) {
        return failure(ExitCode::address, fmt::format("\"{}\": nobody has port 0", text));
    }
    for (const std::string& host : list->hosts) {
        // The system's resolver would take it for an address: "2904" is 0.0.11.88.
        if (all_digits(host)) {
            return failure(ExitCode::address, fmt::format("\"{}\" has no host; {}", text, kForm));
        }
        if (auto on_a_link = check_scope(host); !on_a_link) {
            return std::unexpected{on_a_link.error()};
        }
    }
    if (!has_port) list->port = kDefaultPort;
    return *std::move(list);
}

} // namespace

Outcome<HostList> parse_target(std::string_view text) {
    return parse_hosts(text, false);
}

Outcome<ListenAddress> parse_listen_address(std::string_view text, PortOf port_of) {
    if (text.empty()) return ListenAddress{};
    const std::string_view digits = text.starts_with(':') ? text.substr(1) : text;
    if (all_digits(digits) || text.starts_with(':')) {
        const auto port = parse_port(digits);
        if (port && (*port != 0 || port_of == PortOf::udp)) return ListenAddress{.port = *port};
        return failure(
            ExitCode::address,
            fmt::format("\"{}\" is no {}", text,
                        port_of == PortOf::udp
                            ? "UDP port; write one from 1 to 65535, or 0 for any free one"
                            : "SCTP port; write one from 1 to 65535"));
    }
    auto list = parse_hosts(text, port_of == PortOf::udp);
    if (!list) return std::unexpected{list.error()};
    return ListenAddress{.hosts = list->hosts, .port = list->port};
}

Outcome<Address> local_address(const std::string& host) {
    if (auto scoped = check_scope(host); !scoped) return std::unexpected{scoped.error()};
    const auto number = net::parse_address(host);
    if (number) return *number;
    const auto list = HostList::parse(host, false);
    if (!list || host.contains('%')) {
        return failure(ExitCode::address,
                       fmt::format("\"{}\" is no address of this host ({})", host,
                                   list ? number.error().what : list.error().what));
    }
    const auto found = net::resolve(*list);
    if (!found) return failure(ExitCode::address, found.error().what);
    return found->front().with_port(0);
}

} // namespace hawser::command
