// Who has an SCTP port of this host, where no kernel says.
#pragma once

#include <hawser/core/result.hpp>

#include <cstdint>
#include <memory>

namespace hawser::net {

/// Keeps an SCTP port of this host's network namespace from others that ask for it, until it goes
/// or the process ends. It is a name of a Unix socket, `@hawser/sctp/4297`, which the kernel gives
/// to one at a time: programs that do not ask for it are not held back.
class PortClaim {
public:
    /// Fails with `in_use`, `io`.
    static Result<PortClaim> take(std::uint16_t sctp_port);

    PortClaim(PortClaim&& other) noexcept;
    PortClaim& operator=(PortClaim&& other) noexcept;
    ~PortClaim();

private:
    explicit PortClaim(int fd) : fd_{fd} {}

    int fd_;
};

} // namespace hawser::net
