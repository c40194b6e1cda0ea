#include "engine/link_run.hpp"

#include <hawser/engine/random.hpp>
#include <hawser/sctp/endpoint.hpp>

#include <algorithm>
#include <variant>
#include <vector>

namespace hawser::bench {
namespace {

constexpr std::uint16_t kPort = 5001;
constexpr std::size_t kMessageBytes = 16 * 1024;
/// Some round trips' worth of any link that we simulate.
constexpr std::uint32_t kWindowBytes = 16 * 1024 * 1024;

Address address(std::size_t network, std::uint8_t host) {
    return Address::ipv4({10, 0, static_cast<std::uint8_t>(network), host}, 9899);
}

/// What both ends have.
struct Choices {
    std::size_t networks = 1;
    sctp::Congestion congestion = sctp::Congestion::modern;
    sctp::Multipath multipath = sctp::Multipath::off;
};

sctp::Options wide(std::uint8_t host, const Choices& choices) {
    sctp::Options options;
    options.congestion = choices.congestion;
    options.multipath = choices.multipath;
    const std::size_t networks = choices.networks;
    for (std::size_t network = 0; networks > 1 && network < networks; ++network)
        options.local_addresses.push_back(address(network, host).host());
    options.receive_window_bytes = kWindowBytes;
    options.send_queue_bytes_max = std::size_t{2} * kWindowBytes;
    return options;
}

struct End {
    End(Random& random, std::uint8_t own, std::uint8_t other, const sctp::Options& options)
        : endpoint{options, {random, packets, buffers}, Instant{}}, host{own}, peer{other} {}

    /// Of what it sends there.
    Path path(std::size_t network) const {
        return {.protocol = Protocol::udp,
                .local = address(network, host),
                .remote = address(network, peer)};
    }

    PacketPool packets;
    BufferPool buffers;
    sctp::Endpoint endpoint;
    std::uint8_t host, peer;
};

/// One way each.
struct Network {
    explicit Network(const LinkShape& shape)
        : forth{shape},
          back{{.bytes_per_second = shape.bytes_per_second,
                .delay = shape.delay,
                .queue_bytes = shape.queue_bytes}} {}

    SimulatedLink forth, back;
};

class Run {
public:
    Run(const LinkShape& shape, const Choices& choices)
        : client_{random_, 1, 2, wide(1, choices)},
          server_{random_, 2, 1, wide(2, choices)},
          networks_(choices.networks, Network{shape}) {}

    Outcome<double> bytes_per_second(std::chrono::seconds duration) {
        if (const auto listening = server_.endpoint.listen(kPort); !listening)
            return std::unexpected{to_string(listening.error())};
        const auto association = client_.endpoint.connect(client_.path(0), kPort, {}, now_);
        if (!association) return std::unexpected{to_string(association.error())};
        const std::vector<std::byte> message(kMessageBytes, std::byte{'m'});
        for (const Instant end = now_ + duration; now_ < end;) {
            while (client_.endpoint.send(*association, message, {}, now_)) {
            }
            if (!step()) return std::unexpected{std::string{"nothing is left to happen"}};
        }
        return static_cast<double>(received_) / std::chrono::duration<double>(duration).count();
    }

private:
    SimulatedLink::Time time() const { return now_.time_since_epoch(); }

    /// Does what is due, and goes on to what is next.
    bool step() {
        for (End* end : {&client_, &server_}) {
            if (end->endpoint.deadline() <= now_) end->endpoint.advance(now_);
        }
        for (std::size_t i = 0; i < networks_.size(); ++i) {
            deliver(networks_[i].forth, server_, i);
            deliver(networks_[i].back, client_, i);
        }
        drain(client_, &Network::forth);
        drain(server_, &Network::back);
        Instant next = std::min(client_.endpoint.deadline(), server_.endpoint.deadline());
        for (const Network& network : networks_) {
            for (const SimulatedLink* link : {&network.forth, &network.back}) {
                if (const auto arrives = link->next()) next = std::min(next, Instant{*arrives});
            }
        }
        if (next == kNever) return false;
        now_ = std::max(now_, next);
        return true;
    }
    void deliver(SimulatedLink& link, End& to, std::size_t network) {
        const Path path = to.path(network);
        while (auto packet = link.arrival(time())) {
            const Ancillary none;
            Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet->bytes};
            static_cast<void>(to.endpoint.receive(datagram, now_));
        }
    }
    void drain(End& from, SimulatedLink Network::* way) {
        while (const auto event = from.endpoint.poll_event()) {
            if (const auto* message = std::get_if<sctp::Message>(&*event))
                received_ += message->payload.size();
        }
        while (const auto transmit = from.endpoint.poll_transmit(now_, Framing{})) {
            const auto of_network = [&](const auto& network) {
                return from.path(static_cast<std::size_t>(&network - networks_.data()))
                    .remote.is_same_host(transmit->path.remote);
            };
            SimulatedLink& link = (*std::ranges::find_if(networks_, of_network)).*way;
            for (std::size_t i = 0; i < transmit->segment_count(); ++i)
                link.send(transmit->segment(i).data(), transmit->segment(i).size(), time());
        }
    }

    SeededRandom random_{1};
    End client_;
    End server_;
    std::vector<Network> networks_;
    Instant now_{std::chrono::hours{1}};
    std::uint64_t received_ = 0;
};

} // namespace

Outcome<double> simulated_bytes_per_second(const LinkShape& shape, std::chrono::seconds duration,
                                           sctp::Congestion congestion) {
    return Run{shape, {.congestion = congestion}}.bytes_per_second(duration);
}

Outcome<double> simulated_bytes_per_second(const LinkShape& each, std::chrono::seconds duration,
                                           sctp::Multipath multipath) {
    return Run{each, {.networks = 2, .multipath = multipath}}.bytes_per_second(duration);
}

} // namespace hawser::bench
