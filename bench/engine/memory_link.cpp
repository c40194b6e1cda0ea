#include "engine/memory_link.hpp"

#include <variant>

namespace hawser::bench {
namespace {

constexpr std::uint16_t kUdpPort = 9899;

Address address(std::uint8_t last) {
    return Address::ipv4({10, 0, 0, last}, kUdpPort);
}

} // namespace

MemoryLink::End::End(const sctp::Options& options, Random& random, Address own, Address other)
    : endpoint{options, {random, packets, buffers}, Instant{}},
      path{.protocol = Protocol::udp, .local = own, .remote = other} {}

MemoryLink::MemoryLink(const sctp::Options& options)
    : random_{1},
      client_{options, random_, address(1), address(2)},
      server_{options, random_, address(2), address(1)} {}

Outcome<sctp::AssociationId> MemoryLink::connect(Instant now, const sctp::ConnectOptions& options,
                                                 std::uint16_t port) {
    if (listening_.insert(port).second) {
        if (const auto listening = server().listen(port); !listening) {
            return std::unexpected{to_string(listening.error())};
        }
    }
    const std::uint64_t before = client_.connected;
    const auto association = client().connect(client_.path, port, options, now);
    if (!association) return std::unexpected{to_string(association.error())};
    settle(now);
    if (client_.connected == before || client_.connected != server_.connected) {
        return std::unexpected{std::string{"the association did not come up"}};
    }
    return *association;
}

void MemoryLink::settle(Instant now) {
    for (End* end : {&client_, &server_}) {
        if (end->endpoint.deadline() <= now) end->endpoint.advance(now);
    }
    while (carry(client_, server_, now) || carry(server_, client_, now)) {
    }
    take_events(client_);
    take_events(server_);
    // What the application has taken opens the window again, and that is said to the peer.
    while (carry(server_, client_, now) || carry(client_, server_, now)) {
    }
}

bool MemoryLink::carry(End& from, End& to, Instant now) {
    constexpr Framing kFraming{};
    bool any = false;
    while (auto transmit = from.endpoint.poll_transmit(now, kFraming)) {
        any = true;
        for (std::size_t i = 0; i < transmit->segment_count(); ++i) {
            Datagram datagram{.id = {},
                              .path = to.path,
                              .ancillary = transmit->ancillary,
                              .payload = transmit->segment(i)};
            static_cast<void>(to.endpoint.receive(datagram, now));
            ++packets_;
        }
    }
    return any;
}

void MemoryLink::take_events(End& end) {
    while (const auto event = end.endpoint.poll_event()) {
        if (const auto* message = std::get_if<sctp::Message>(&*event)) {
            end.bytes_received += message->payload.size();
            ++end.messages_received;
        } else if (std::holds_alternative<sctp::Connected>(*event)) {
            ++end.connected;
        }
    }
}

} // namespace hawser::bench
