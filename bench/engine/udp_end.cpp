#include "engine/udp_end.hpp"

#include <utility>
#include <variant>

namespace hawser::bench {

UdpEnd::UdpEnd(const sctp::Options& options, std::vector<net::UdpSocket> sockets)
    : endpoint_{options, {random_, packets_, buffers_}, net::Clock::now()},
      driver_{endpoint_, std::move(sockets)} {}

Outcome<std::unique_ptr<UdpEnd>> UdpEnd::open(Offload offload) {
    net::UdpOptions options;
    options.local = Address::loopback(Family::ipv4);
    options.gso = options.gro = offload == Offload::gso;
    auto socket = net::UdpSocket::open(options);
    if (!socket) return std::unexpected{to_string(socket.error())};
    std::vector<net::UdpSocket> sockets;
    sockets.push_back(*std::move(socket));
    return std::unique_ptr<UdpEnd>{new UdpEnd{sctp::Options{}, std::move(sockets)}};
}

Outcome<> UdpEnd::listen() {
    const auto listening = endpoint_.listen(kPort);
    if (!listening) return std::unexpected{to_string(listening.error())};
    return {};
}

Outcome<> UdpEnd::connect(const UdpEnd& listener) {
    const Path path{.protocol = Protocol::udp,
                    .local = driver_.sockets()[0].local_address(),
                    .remote = listener.driver_.sockets()[0].local_address()};
    const auto association = endpoint_.connect(path, kPort, {}, now());
    if (!association) return std::unexpected{to_string(association.error())};
    return {};
}

void UdpEnd::turn(Instant until) {
    driver_.flush();
    driver_.wait(until);
    while (const auto event = endpoint_.poll_event())
        take(*event);
}

void UdpEnd::take(const sctp::Event& event) {
    if (const auto* message = std::get_if<sctp::Message>(&event)) {
        bytes_received_ += message->payload.size();
        ++messages_received_;
    } else if (const auto* connected = std::get_if<sctp::Connected>(&event)) {
        association_ = connected->association;
    } else if (std::holds_alternative<sctp::Closed>(event)) {
        over_ = true;
    }
}

Outcome<bool> UdpEnd::send(Bytes message) {
    const auto sent = endpoint_.send(*association_, message, {}, now());
    if (!sent && sent.error().code != Errc::exhausted) {
        return std::unexpected{to_string(sent.error())};
    }
    return sent.has_value();
}

Outcome<> UdpEnd::shut_down() {
    const auto begun = endpoint_.shutdown(*association_, now());
    if (!begun) return std::unexpected{to_string(begun.error())};
    driver_.flush();
    return {};
}

std::uint64_t UdpEnd::packets_sent() const {
    return endpoint_.counters().packets_sent;
}

} // namespace hawser::bench
