#include "shim/frames.hpp"

#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace hawser::shim {

namespace {

constexpr std::uint32_t kDatagramBytesMax = 1 << 20;

/// Bytes of the number behind an opcode.
std::size_t number_bytes(Opcode opcode) {
    switch (opcode) {
    case Opcode::timeout:
    case Opcode::expect_timer: return 8;
    case Opcode::packet:
    case Opcode::mtu:
    case Opcode::first_timeout: return 4;
    case Opcode::timeout_done: return 0;
    }
    return 0;
}

bool is_known(std::byte opcode) {
    return std::strchr("PTtMEU", std::to_integer<int>(opcode)) != nullptr && opcode != std::byte{0};
}

} // namespace

Frames::~Frames() {
    ::close(socket_);
}

std::optional<int> Frames::connect(std::uint16_t port, bool ipv6) {
    const int made = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0) return std::nullopt;
    const int on = 1;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in6 to6{};
    to6.sin6_family = AF_INET6;
    to6.sin6_port = htons(port);
    to6.sin6_addr = in6addr_loopback;
    sockaddr_in to4{};
    to4.sin_family = AF_INET;
    to4.sin_port = htons(port);
    to4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* const to =
        ipv6 ? reinterpret_cast<const sockaddr*>(&to6) : reinterpret_cast<const sockaddr*>(&to4);
    const socklen_t bytes = ipv6 ? sizeof to6 : sizeof to4;
    if (::connect(made, to, bytes) == 0) return made;
    ::close(made);
    return std::nullopt;
}

bool Frames::send_id(std::uint64_t id) {
    std::array<std::byte, 8> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(id >> (8 * i));
    return write(bytes);
}

bool Frames::send(Bytes datagram) {
    std::vector<std::byte> frame(5 + datagram.size());
    wire::Writer out{frame};
    out.u8(static_cast<std::uint8_t>(Opcode::packet));
    out.u32(static_cast<std::uint32_t>(datagram.size()));
    out.bytes(datagram);
    return write(frame);
}

bool Frames::send(Opcode opcode, std::uint64_t number) {
    std::array<std::byte, 9> room;
    wire::Writer out{room};
    out.u8(static_cast<std::uint8_t>(opcode));
    if (number_bytes(opcode) == 8) out.u64(number);
    if (number_bytes(opcode) == 4) out.u32(static_cast<std::uint32_t>(number));
    return write(out.output());
}

std::optional<Frame> Frames::receive() {
    std::byte opcode{};
    if (!read(std::span{&opcode, 1}) || !is_known(opcode)) return std::nullopt;
    Frame frame{.opcode = static_cast<Opcode>(opcode)};
    std::array<std::byte, 8> number;
    const auto bytes = std::span{number}.first(number_bytes(frame.opcode));
    if (!read(bytes)) return std::nullopt;
    wire::Reader in{bytes};
    frame.number = bytes.size() == 8 ? in.u64() : bytes.size() == 4 ? in.u32() : 0;
    if (frame.opcode != Opcode::packet) return frame;
    if (frame.number > kDatagramBytesMax) return std::nullopt;
    frame.datagram.resize(frame.number);
    if (!read(frame.datagram)) return std::nullopt;
    return frame;
}

bool Frames::write(Bytes bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Frames::read(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
        if (got <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

} // namespace hawser::shim
