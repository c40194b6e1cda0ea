#include "engine/link_run.hpp"

#include <hawser/engine/random.hpp>
#include <hawser/sctp/endpoint.hpp>

#include <algorithm>
#include <variant>

namespace hawser::bench {
namespace {

constexpr std::uint16_t kPort = 5001;
constexpr std::size_t kMessageBytes = 16 * 1024;
/// Some round trips' worth of any link that we simulate.
constexpr std::uint32_t kWindowBytes = 16 * 1024 * 1024;

sctp::Options wide(sctp::Congestion congestion) {
    sctp::Options options;
    options.congestion = congestion;
    options.receive_window_bytes = kWindowBytes;
    options.send_queue_bytes_max = std::size_t{2} * kWindowBytes;
    return options;
}

struct End {
    End(Random& random, sctp::Congestion congestion, Address own, Address other)
        : endpoint{wide(congestion), {random, packets, buffers}, Instant{}},
          path{.protocol = Protocol::udp, .local = own, .remote = other} {}

    PacketPool packets;
    BufferPool buffers;
    sctp::Endpoint endpoint;
    Path path; ///< of what it sends
};

class Run {
public:
    Run(const LinkShape& shape, sctp::Congestion congestion)
        : client_{random_, congestion, Address::ipv4({10, 0, 0, 1}, 9899),
                  Address::ipv4({10, 0, 0, 2}, 9899)},
          server_{random_, congestion, Address::ipv4({10, 0, 0, 2}, 9899),
                  Address::ipv4({10, 0, 0, 1}, 9899)},
          forth_{shape},
          back_{{.bytes_per_second = shape.bytes_per_second,
                 .delay = shape.delay,
                 .queue_bytes = shape.queue_bytes}} {}

    Outcome<double> bytes_per_second(std::chrono::seconds duration) {
        if (const auto listening = server_.endpoint.listen(kPort); !listening)
            return std::unexpected{to_string(listening.error())};
        const auto association = client_.endpoint.connect(client_.path, kPort, {}, now_);
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
        deliver(forth_, server_);
        deliver(back_, client_);
        drain(client_, forth_);
        drain(server_, back_);
        Instant next = std::min(client_.endpoint.deadline(), server_.endpoint.deadline());
        for (const SimulatedLink* link : {&forth_, &back_}) {
            if (const auto arrives = link->next()) next = std::min(next, Instant{*arrives});
        }
        if (next == kNever) return false;
        now_ = std::max(now_, next);
        return true;
    }
    void deliver(SimulatedLink& link, End& to) {
        while (auto packet = link.arrival(time())) {
            const Ancillary none;
            Datagram datagram{
                .id = {}, .path = to.path, .ancillary = none, .payload = packet->bytes};
            static_cast<void>(to.endpoint.receive(datagram, now_));
        }
    }
    void drain(End& from, SimulatedLink& link) {
        while (const auto event = from.endpoint.poll_event()) {
            if (const auto* message = std::get_if<sctp::Message>(&*event))
                received_ += message->payload.size();
        }
        while (const auto transmit = from.endpoint.poll_transmit(now_, Framing{})) {
            for (std::size_t i = 0; i < transmit->segment_count(); ++i)
                link.send(transmit->segment(i).data(), transmit->segment(i).size(), time());
        }
    }

    SeededRandom random_{1};
    End client_;
    End server_;
    SimulatedLink forth_;
    SimulatedLink back_;
    Instant now_{std::chrono::hours{1}};
    std::uint64_t received_ = 0;
};

} // namespace

Outcome<double> simulated_bytes_per_second(const LinkShape& shape, std::chrono::seconds duration,
                                           sctp::Congestion congestion) {
    return Run{shape, congestion}.bytes_per_second(duration);
}

} // namespace hawser::bench
