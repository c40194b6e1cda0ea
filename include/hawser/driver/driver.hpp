// An engine, its sockets and the clock, joined without an event loop.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/driver/socket_set.hpp>
#include <hawser/engine/engine.hpp>
#include <hawser/net/clock.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hawser {

/// Drives one engine. The owner watches `fds()` and `deadline()`, calls `pump()` when one of them
/// is ready, asks the engine for its events, and calls `flush()` after it has asked the engine for
/// something. A program without an event loop calls `wait()` in place of the first two.
///
///     driver.wait(driver.now() + 1s);
///     while (auto event = driver.engine().poll_event()) ...
///
/// One shard, one thread. The engine and the pools its packets come from outlive the driver.
template <Engine E>
class Driver {
public:
    /// Input batches that one `pump` takes before it returns to its owner.
    static constexpr std::size_t kRoundsPerPump = 4;
    /// Output batches that one `flush` sends before input is looked at again.
    static constexpr std::size_t kBatchesPerFlush = 16;

    Driver(E& engine, std::vector<net::Socket> sockets)
        : engine_{engine}, sockets_{std::move(sockets)} {}

    E& engine() { return engine_; }
    const E& engine() const { return engine_; }
    static Instant now() { return net::Clock::now(); }

    void add_socket(net::Socket socket) { sockets_.add(std::move(socket)); }
    /// What raw sockets take: see SocketSet::hear.
    Result<> hear(std::vector<std::uint16_t> sctp_ports) {
        return sockets_.hear(std::move(sctp_ports));
    }
    std::span<const net::Socket> sockets() const { return sockets_.sockets(); }
    /// The engine has this peer alone, which does not move: see Socket::connect.
    Result<> connect(const Address& peer) { return sockets_.connect(peer); }

    /// The sockets to watch; changes with every call of pump and flush.
    std::span<const net::Interest> fds() const { return sockets_.interests(); }
    /// When to call pump at the latest; kNever when there is nothing to wait for. A moment that has
    /// passed means at once.
    Instant deadline() const { return more_ ? Instant::min() : engine_.deadline(); }

    /// Whether a datagram with these markings could be sent on this path: see Socket::check. An
    /// engine that holds messages until their `send_at` itself asks without it.
    Result<> check(const Ancillary& ancillary, const Path& path) const {
        return sockets_.check(ancillary, path);
    }

    /// Shows every datagram both ways, inbound ones after the engine has taken them, until nullptr
    /// is set. The tap outlives its attachment.
    void set_tap(Tap* tap, std::string endpoint = {}) {
        sockets_.set_tap(tap, std::move(endpoint));
    }

    void pump() { pump(now()); }
    /// Takes what the sockets have, tells the engine the time, sends what it has to say.
    void pump(Instant now);

    void flush() { flush(now()); }
    /// Sends what the engine has to say. While a socket is full the engine is not asked.
    void flush(Instant now);

    /// Sleeps until a socket is ready, the engine's deadline or `until`, then pumps. Stays awake
    /// for up to `spin` before it sleeps. Answers whether a socket was ready.
    bool wait(Instant until, Duration spin = {}) {
        const bool ready = net::wait(fds(), std::min(until, deadline()), spin);
        pump();
        return ready;
    }

private:
    bool receive_round(Instant now);
    void take(const net::Received& message, Instant now);
    void fill(const Framing& framing, Instant now);
    void tell(Instant now);

    E& engine_;
    SocketSet sockets_;
    std::vector<PathEvent> events_;
    bool more_ = false;
};

template <Engine E>
void Driver<E>::pump(Instant now) {
    for (std::size_t round = 0; round < kRoundsPerPump; ++round) {
        const bool again = receive_round(now);
        if (engine_.deadline() <= now) engine_.advance(now);
        flush(now);
        if (!again) return;
    }
    more_ = true;
}

/// One batch from every socket; true when one of them may have more.
template <Engine E>
bool Driver<E>::receive_round(Instant now) {
    bool more = false;
    bool any = false;
    for (std::size_t socket = 0; socket < sockets_.sockets().size(); ++socket) {
        for (const net::Received& message : sockets_.receive(socket)) {
            any = true;
            take(message, now);
        }
        more = more || sockets_.more();
    }
    // Woken for no datagram: then it was the clock, or the error queue of a socket.
    sockets_.read_errors(events_, !any);
    tell(now);
    return more;
}

template <Engine E>
void Driver<E>::take(const net::Received& message, Instant now) {
    if (sockets_.tapped()) sockets_.keep(message);
    const std::size_t count = message.segment_count();
    for (std::size_t i = 0; i < count; ++i) {
        const PacketId id = sockets_.next_received();
        Verdict verdict = Verdict::truncated;
        if (!message.truncated || i + 1 < count) {
            Datagram datagram = message.datagram(i, id);
            verdict = engine_.receive(datagram, now);
        }
        if (sockets_.tapped()) sockets_.show(message, i, id, verdict, now);
    }
}

template <Engine E>
void Driver<E>::flush(Instant now) {
    more_ = false;
    const Framing framing = sockets_.framing();
    for (std::size_t batch = 0; batch < kBatchesPerFlush; ++batch) {
        if (sockets_.empty()) fill(framing, now); // else what is held goes first
        if (sockets_.empty()) return;
        const bool sent = sockets_.send(now, events_);
        tell(now);
        if (!sent) return;
    }
    more_ = true;
}

template <Engine E>
void Driver<E>::fill(const Framing& framing, Instant now) {
    while (sockets_.has_room()) {
        auto transmit = engine_.poll_transmit(now, framing);
        if (!transmit) return;
        sockets_.put(std::move(*transmit));
    }
}

/// Hands the engine what happened to paths.
template <Engine E>
void Driver<E>::tell(Instant now) {
    for (const PathEvent& event : events_)
        engine_.path_event(event, now);
    events_.clear();
}

} // namespace hawser
