// rtt.64: a question and its answer over UDP on loopback, between two threads that sleep meanwhile.
#include "engine/udp_end.hpp"
#include "rows/rows.hpp"
#include "support/machine.hpp"
#include "support/rounds.hpp"

#include <array>
#include <atomic>
#include <sys/socket.h>
#include <thread>

namespace hawser::bench {
namespace {

constexpr std::chrono::milliseconds kRun{600};
constexpr std::size_t kRounds = 3;
constexpr std::size_t kMessageBytes = 64;
constexpr int kSocketBytes = 256 * 1024;
constexpr std::chrono::milliseconds kNap{50};
constexpr std::chrono::seconds kPatience{2};
constexpr timeval kSocketPatience{.tv_sec = 1, .tv_usec = 0};

/// The median of the round trips that `ask` makes, in microseconds.
template <class Ask>
Outcome<double> median_round_trip(Ask ask) {
    std::vector<double> round_trips;
    const Clock::time_point start = Clock::now();
    while (Clock::now() - start < kRun) {
        const Clock::time_point asked = Clock::now();
        if (const auto answered = ask(); !answered) return std::unexpected{answered.error()};
        round_trips.push_back(seconds_since(asked) * 1e6);
    }
    return median(std::move(round_trips));
}

Outcome<double> udp_round_trip() {
    auto sockets = udp_pair(kSocketBytes);
    if (!sockets) return std::unexpected{sockets.error()};
    const int here = sockets->first.get();
    const int there = sockets->second.get();
    ::setsockopt(here, SOL_SOCKET, SO_RCVTIMEO, &kSocketPatience, sizeof kSocketPatience);
    std::thread echo{[there] {
        pin_thread(receiver_cpu());
        std::array<std::byte, kMessageBytes> message{};
        while (::recv(there, message.data(), message.size(), 0) > 0) {
            ::send(there, message.data(), message.size(), 0);
        }
    }};
    const auto figure = on_cpu(sender_cpu(), [here] {
        return median_round_trip([here]() -> Outcome<> {
            std::array<std::byte, kMessageBytes> message{};
            ::send(here, message.data(), message.size(), 0);
            if (::recv(here, message.data(), message.size(), 0) > 0) return {};
            return std::unexpected{system_error("UDP ping-pong")};
        });
    });
    ::shutdown(there, SHUT_RD);
    echo.join();
    return figure;
}

/// Sends every message back until told to stop.
void echo(UdpEnd& end, const std::atomic<bool>& done) {
    const std::vector<std::byte> message(kMessageBytes, std::byte{'m'});
    std::uint64_t answered = 0;
    while (!done) {
        end.turn(end.now() + kNap);
        for (; answered < end.messages_received(); ++answered) {
            if (const auto sent = end.send(message); !sent || !*sent) return;
        }
    }
}

Outcome<double> ask(UdpEnd& end) {
    const std::vector<std::byte> message(kMessageBytes, std::byte{'m'});
    const Instant patience = end.now() + kPatience;
    while (!end.up()) {
        if (end.now() > patience) return std::unexpected{std::string{"no association came up"}};
        end.turn(end.now() + kNap);
    }
    return median_round_trip([&]() -> Outcome<> {
        const std::uint64_t before = end.messages_received();
        const Instant give_up = end.now() + kPatience;
        if (const auto sent = end.send(message); !sent) return std::unexpected{sent.error()};
        while (end.messages_received() == before) {
            if (end.now() > give_up) return std::unexpected{std::string{"no answer came"}};
            end.turn(end.now() + kNap);
        }
        return {};
    });
}

Outcome<double> sctp_round_trip() {
    auto listener = UdpEnd::open(Offload::gso);
    auto connector = UdpEnd::open(Offload::gso);
    if (!listener) return std::unexpected{listener.error()};
    if (!connector) return std::unexpected{connector.error()};
    if (const auto listening = (*listener)->listen(); !listening) {
        return std::unexpected{listening.error()};
    }
    if (const auto begun = (*connector)->connect(**listener); !begun) {
        return std::unexpected{begun.error()};
    }
    std::atomic<bool> done{false};
    std::thread answers{[&] {
        pin_thread(receiver_cpu());
        echo(**listener, done);
    }};
    const auto figure = on_cpu(sender_cpu(), [&] { return ask(**connector); });
    done = true;
    answers.join();
    return figure;
}

} // namespace

Outcome<std::vector<Row>> run_round_trip() {
    const auto figures = medians(kRounds, {[] { return sctp_round_trip(); }, //
                                           [] { return udp_round_trip(); }});
    if (!figures) return std::unexpected{figures.error()};
    Row row = smaller_than("rtt.64", (*figures)[0], "us", "UDP ping-pong", (*figures)[1]);
    row.must = 1 / 1.5;
    row.goal = 1 / 1.1;
    return std::vector{row};
}

} // namespace hawser::bench
