#include <hawser/net/port_claim.hpp>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace hawser::net {

Result<PortClaim> PortClaim::take(std::uint16_t sctp_port) {
    PortClaim claim{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (claim.fd_ < 0) return fail(Errc::io, "socket", errno);
    constexpr std::string_view kName = "hawser/sctp/";
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    char* const begin = name.sun_path + 1; // a name of no file begins with a zero
    std::memcpy(begin, kName.data(), kName.size());
    char* const end = std::to_chars(begin + kName.size(), std::end(name.sun_path), sctp_port).ptr;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                               static_cast<std::size_t>(end - name.sun_path));
    if (bind(claim.fd_, reinterpret_cast<const sockaddr*>(&name), length) == 0) return claim;
    if (errno == EADDRINUSE)
        return fail(Errc::in_use, "another program of this host has this SCTP port", errno);
    return fail(Errc::io, "bind", errno);
}

PortClaim::PortClaim(PortClaim&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}

PortClaim& PortClaim::operator=(PortClaim&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

PortClaim::~PortClaim() {
    if (fd_ >= 0) close(fd_);
}

} // namespace hawser::net
