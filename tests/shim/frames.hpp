// Datagrams, and what happens to the clock, as frames over a TCP connection to the runner.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/instant.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hawser::shim {

enum class Opcode : std::uint8_t {
    packet = 'P',        ///< 32 bits of length, a datagram
    timeout = 'T',       ///< 64 bits of nanoseconds: so much time has passed
    timeout_done = 't',  ///< our answer to it
    mtu = 'M',           ///< 32 bits: the largest datagram from now on
    expect_timer = 'E',  ///< 64 bits of nanoseconds until the next timer; all ones: there is none
    first_timeout = 'U', ///< 32 bits of milliseconds: the first timeout of flights
};

struct Frame {
    Opcode opcode{};
    std::uint64_t number = 0;
    std::vector<std::byte> datagram;
};

/// A blocking TCP connection. Numbers are big endian, but for the shim's ID at its beginning.
class Frames {
public:
    explicit Frames(int socket) : socket_{socket} {}
    ~Frames();
    Frames(const Frames&) = delete;
    Frames& operator=(const Frames&) = delete;

    /// nullopt when the runner's port of the loopback does not answer.
    static std::optional<int> connect(std::uint16_t port, bool ipv6);

    bool send_id(std::uint64_t id);
    bool send(Bytes datagram);
    bool send(Opcode opcode, std::uint64_t number = 0);
    /// nullopt at the end, and for what is no frame.
    std::optional<Frame> receive();

private:
    bool write(Bytes bytes);
    bool read(std::span<std::byte> bytes);

    int socket_;
};

} // namespace hawser::shim
