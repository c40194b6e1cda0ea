#include "engine/udp_end.hpp"

#include <hawser/net/clock.hpp>
#include <hawser/net/udp_socket.hpp>

#include <chrono>
#include <utility>
#include <variant>

namespace hawser::bench {

namespace {

Outcome<stack::Sealing> sealing() {
    net::SystemRandom random;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto identity =
        dtls::Identity::self_signed(dtls::KeyKind::ecdsa_p256, "bench", {},
                                    now - std::chrono::days{1}, now + std::chrono::days{1}, random);
    if (!identity) return std::unexpected{to_string(identity.error())};
    stack::Sealing sealing;
    sealing.client.emplace().verification.anyone = true;
    sealing.server.emplace().identity = *identity;
    return sealing;
}

} // namespace

UdpEnd::UdpEnd(const sctp::Options& options, std::optional<stack::Sealing> sealing,
               std::vector<net::Socket> sockets)
    : stack_{options,
             std::move(sealing),
             {random_, packets_, buffers_, net::Clock::wall_clock()},
             net::Clock::now()},
      driver_{stack_, std::move(sockets)} {}

Outcome<std::unique_ptr<UdpEnd>> UdpEnd::open(Offload offload, bool sealed, const Address& local) {
    net::UdpOptions options;
    options.local = local;
    options.gso = options.gro = offload == Offload::gso;
    auto socket = net::UdpSocket::open(options);
    if (!socket) return std::unexpected{to_string(socket.error())};
    std::vector<net::Socket> sockets;
    sockets.push_back(*std::move(socket));
    std::optional<stack::Sealing> seal;
    sctp::Options sctp;
    if (sealed) {
        auto made = sealing();
        if (!made) return std::unexpected{made.error()};
        seal = *std::move(made);
        // The datagrams are as large as those of the limit.
        sctp.packet_bytes_max += stack::SctpStack::kSealBytesMax;
    }
    return std::unique_ptr<UdpEnd>{new UdpEnd{sctp, std::move(seal), std::move(sockets)}};
}

Outcome<> UdpEnd::listen() {
    const auto listening = stack_.sctp().listen(kPort);
    if (!listening) return std::unexpected{to_string(listening.error())};
    return {};
}

Outcome<> UdpEnd::connect(UdpEnd& listener) {
    const Path path{.protocol = Protocol::udp,
                    .local = driver_.sockets()[0].local_address(),
                    .remote = listener.driver_.sockets()[0].local_address()};
    // As the sockets of the limit: each has one peer.
    for (const auto& connected :
         {driver_.connect(path.remote), listener.driver_.connect(path.local)})
        if (!connected) return std::unexpected{to_string(connected.error())};
    const auto association = stack_.connect(path, kPort, {}, now());
    if (!association) return std::unexpected{to_string(association.error())};
    return {};
}

void UdpEnd::turn(Instant until) {
    driver_.flush();
    driver_.wait(until);
    while (const auto event = stack_.poll_event())
        take(*event);
}

void UdpEnd::take(const stack::SctpStack::Event& event) {
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
    const auto sent = stack_.sctp().send(*association_, message, {}, now());
    if (!sent && sent.error().code != Errc::exhausted) {
        return std::unexpected{to_string(sent.error())};
    }
    return sent.has_value();
}

Outcome<> UdpEnd::shut_down() {
    const auto begun = stack_.sctp().shutdown(*association_, now());
    if (!begun) return std::unexpected{to_string(begun.error())};
    driver_.flush();
    return {};
}

std::uint64_t UdpEnd::packets_sent() const {
    return stack_.sctp().counters().packets_sent;
}

} // namespace hawser::bench
