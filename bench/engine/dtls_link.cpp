#include "engine/dtls_link.hpp"

#include <array>
#include <chrono>
#include <utility>
#include <variant>

namespace hawser::bench {
namespace {

const Address kServer = Address::ipv4({10, 0, 0, 2}, 4433);

/// Every connection comes from an address of its own.
Address client_address(std::uint64_t connection) {
    return Address::ipv4({10, 1, static_cast<std::uint8_t>(connection >> 24),
                          static_cast<std::uint8_t>(connection >> 16)},
                         static_cast<std::uint16_t>(1 + (connection & 0x7fff)));
}

} // namespace

DtlsLink::End::End(Random& random)
    : endpoint{dtls::EndpointOptions{},
               {random, packets, buffers, {std::chrono::sys_days{std::chrono::year{2026} / 6 / 1}}},
               Instant{}} {}

DtlsLink::DtlsLink(const dtls::Options& client, const dtls::Options& server)
    : random_{7}, client_options_{client}, client_{random_}, server_{random_} {
    listening_ = server_.endpoint.listen(server);
}

Path DtlsLink::path_to_server(std::uint64_t connection) const {
    return {.local = kServer, .remote = client_address(connection)};
}

Outcome<DtlsLink::Pair> DtlsLink::connect(Instant now) {
    if (!listening_) return std::unexpected{to_string(listening_.error())};
    const Path path{.local = client_address(connections_++), .remote = kServer};
    client_.connected.reset();
    server_.connected.reset();
    const auto begun = client_.endpoint.connect(path, client_options_, now);
    if (!begun) return std::unexpected{to_string(begun.error())};
    if (auto settled = settle(now); !settled) return std::unexpected{settled.error()};
    if (!client_.connected || !server_.connected)
        return std::unexpected{"no DTLS connection came up: " + client_.failed + server_.failed};
    return Pair{*client_.connected, *server_.connected};
}

Outcome<> DtlsLink::settle(Instant now) {
    for (bool more = true; more;) {
        const auto out = carry(client_, server_, now);
        const auto back = carry(server_, client_, now);
        if (!out) return std::unexpected{out.error()};
        if (!back) return std::unexpected{back.error()};
        more = *out || *back;
    }
    return {};
}

Outcome<bool> DtlsLink::carry(End& from, End& to, Instant now) {
    bool any = false;
    while (auto transmit = from.endpoint.poll_transmit(now, Framing{})) {
        any = true;
        const bool to_server = &from == &client_;
        const Path path = to_server ? Path{.local = kServer, .remote = transmit->path.local}
                                    : Path{.local = transmit->path.remote, .remote = kServer};
        for (std::size_t i = 0; i < transmit->segment_count(); ++i) {
            Datagram datagram{PacketId{1}, path, transmit->ancillary, transmit->segment(i)};
            static_cast<void>(to.endpoint.receive(datagram, now));
        }
    }
    for (End* end : {&from, &to}) {
        while (const auto event = end->endpoint.poll_event()) {
            if (const auto* up = std::get_if<dtls::Connected>(&*event))
                end->connected = up->connection;
            if (const auto* closed = std::get_if<dtls::Closed>(&*event))
                end->failed = closed->reason.what;
        }
    }
    return any;
}

} // namespace hawser::bench
