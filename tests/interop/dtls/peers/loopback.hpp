// What peers over libraries without sockets of their own share: a UDP socket between two ports of
// 127.0.0.1, and the talk once a connection stands.
#pragma once

#include "interop/dtls/peers/words.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hawser::interop {

inline constexpr int kPatienceMs = 10'000;
inline constexpr unsigned kSaidAgainMax = 40;
inline constexpr std::string_view kLabel = "EXPORTER-hawser-interop";
inline constexpr std::size_t kExportBytes = 20;

[[noreturn]] inline void die(std::string_view what, std::string_view why) {
    std::printf("error %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
                static_cast<int>(why.size()), why.data());
    std::fflush(stdout);
    std::_Exit(1);
}

inline void show(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
}

/// Connected to the peer: as a server, to the one whose datagram came first.
class Udp {
public:
    explicit Udp(const Words& words) : socket_{::socket(AF_INET, SOCK_DGRAM, 0)} {
        sockaddr_in own = loopback(words.listens ? words.port : 0);
        sockaddr_in peer = loopback(words.port);
        check(::bind(socket_, as_any(own), sizeof own), "bind");
        if (words.listens) {
            show("listening");
            char hello = 0;
            socklen_t bytes = sizeof peer;
            check(::recvfrom(socket_, &hello, 1, MSG_PEEK, as_any(peer), &bytes), "peek");
        }
        check(::connect(socket_, as_any(peer), sizeof peer), "connect");
    }
    Udp(const Udp&) = delete;
    Udp& operator=(const Udp&) = delete;
    ~Udp() { ::close(socket_); }

    /// Whether a datagram comes in that time.
    bool ready(int wait_ms) {
        pollfd wanted{socket_, POLLIN, 0};
        return ::poll(&wanted, 1, wait_ms) > 0;
    }

    /// A datagram's bytes; nullopt when none has come in that time.
    std::optional<std::size_t> receive(void* into, std::size_t room, int wait_ms) {
        for (;;) {
            if (!ready(wait_ms)) return std::nullopt;
            const ssize_t count = ::recv(socket_, into, room, MSG_DONTWAIT);
            if (count >= 0) return static_cast<std::size_t>(count);
            // What we sent may have met a closed port: the peer's last words are queued all the
            // same.
            if (errno != ECONNREFUSED && errno != EAGAIN) check(-1, "receive");
        }
    }

    void send(const void* bytes, std::size_t count) {
        if (::send(socket_, bytes, count, 0) < 0 && errno != ECONNREFUSED) check(-1, "send");
    }

private:
    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in made{};
        made.sin_family = AF_INET;
        made.sin_port = htons(port);
        made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return made;
    }
    static sockaddr* as_any(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }
    static void check(ssize_t result, std::string_view what) {
        if (result < 0) die(what, std::strerror(errno));
    }

    int socket_;
};

/// A server echoes until the peer has closed; a client says `send` until it has come back, every
/// `again` milliseconds, and closes. A link has say(text), close(), and hear(milliseconds):
/// nothing when nothing came, an empty text when the peer has closed.
template <class Link>
void talk(const Words& words, Link& link) {
    if (words.listens) {
        for (std::optional<std::string> heard;
             !(heard = link.hear(kPatienceMs)) || !heard->empty();) {
            if (!heard) die("hear", "nothing");
            show("heard " + *heard);
            link.say(*heard);
        }
        return;
    }
    const std::string text = words.text("send", "there and back");
    const auto wait_ms = static_cast<int>(words.number("again", kPatienceMs));
    unsigned said = 0;
    std::optional<std::string> heard;
    while (!heard && said++ < (words.has("again") ? kSaidAgainMax : 1)) {
        link.say(text);
        heard = link.hear(wait_ms);
    }
    if (heard != text) die("echo", heard.value_or("nothing"));
    show("heard " + *heard);
    link.close();
}

} // namespace hawser::interop
