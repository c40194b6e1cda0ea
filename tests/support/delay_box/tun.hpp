// A TUN device in a network namespace: what programs there send comes out, and the other way round.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace hawser::test {

/// Whole IP packets, one a call. The device goes with this object.
class Tun {
public:
    /// Makes a device of that name in a namespace that `ip netns` knows; it is down, and has no
    /// address yet. Leaves the calling thread in that namespace. Throws std::system_error.
    Tun(const std::string& network_namespace, const std::string& name);
    Tun(const Tun&) = delete;
    Tun& operator=(const Tun&) = delete;
    ~Tun();

    int descriptor() const { return fd_; }
    /// The next packet that was sent; empty when there is none.
    std::span<std::byte> read(std::span<std::byte> room);
    /// False when the device is down, or has no room.
    bool write(std::span<const std::byte> packet);

private:
    int fd_ = -1;
};

} // namespace hawser::test
