#include <hawser/net/resolve.hpp>

#include "net/sockaddr.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include <net/if.h>
#include <netdb.h>

namespace hawser::net {
namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

ResolveError explain(const std::string& host, int code) {
    const std::string reason = code == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(code);
    return {.code = code == EAI_AGAIN ? Errc::timed_out : Errc::not_found,
            .what = host + ": " + reason};
}

bool all_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

Result<Address> parse_address(std::string_view text) {
    const std::size_t percent = text.find('%');
    if (percent == std::string_view::npos) return Address::parse(text);
    const std::size_t end = std::min(text.find(']', percent), text.size());
    const std::string zone{text.substr(percent + 1, end - percent - 1)};
    if (all_digits(zone)) return Address::parse(text);
    const unsigned index = if_nametoindex(zone.c_str());
    if (index == 0) return fail(Errc::invalid_argument, "address: no interface has that name");
    std::string numbered{text.substr(0, percent + 1)};
    numbered += std::to_string(index);
    numbered += text.substr(end);
    return Address::parse(numbered);
}

std::expected<std::vector<Address>, ResolveError> resolve(const HostList& hosts) {
    std::vector<Address> found;
    const auto add = [&found, &hosts](const Address& address) {
        const Address full = address.with_port(hosts.port);
        if (std::ranges::find(found, full) == found.end()) found.push_back(full);
    };
    for (const std::string& host : hosts.hosts) {
        const auto literal = parse_address(host);
        if (literal) {
            add(*literal);
            continue;
        }
        if (host.contains('%')) {
            return std::unexpected{ResolveError{
                .code = Errc::not_found, .what = host + ": " + std::string{literal.error().what}}};
        }
        addrinfo hints{};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_DGRAM;
        addrinfo* first = nullptr;
        if (const int code = getaddrinfo(host.c_str(), nullptr, &hints, &first); code != 0) {
            return std::unexpected{explain(host, code)};
        }
        const std::unique_ptr<addrinfo, FreeAddresses> list{first};
        for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
            if (const auto address = decode(at->ai_addr, at->ai_addrlen)) add(*address);
        }
    }
    return found;
}

} // namespace hawser::net
