#include <hawser/net/resolve.hpp>

#include "net/sockaddr.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

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

} // namespace

std::expected<std::vector<Address>, ResolveError> resolve(const HostList& hosts) {
    std::vector<Address> found;
    const auto add = [&found, &hosts](const Address& address) {
        const Address full = address.with_port(hosts.port);
        if (std::ranges::find(found, full) == found.end()) found.push_back(full);
    };
    for (const std::string& host : hosts.hosts) {
        if (const auto literal = Address::parse(host)) {
            add(*literal);
            continue;
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
