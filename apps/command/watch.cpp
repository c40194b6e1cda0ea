#include "command/watch.hpp"

#include "command/explain.hpp"
#include "command/text.hpp"

#include <hawser/core/match.hpp>
#include <hawser/net/clock.hpp>
#include <hawser/wire/sctp/numbers.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace hawser::command {
namespace {

std::string_view name(sctp::PathChanged::State state) {
    switch (state) {
    case sctp::PathChanged::State::active: return "answers again";
    case sctp::PathChanged::State::confirmed: return "is another way to the peer";
    case sctp::PathChanged::State::potentially_failed: return "gives no answer of late";
    case sctp::PathChanged::State::inactive: return "gives no answer; it is asked now and then";
    case sctp::PathChanged::State::moved: return "has moved";
    case sctp::PathChanged::State::too_big: return "carries only smaller packets";
    case sctp::PathChanged::State::unreachable: return "is said to lead to nobody";
    case sctp::PathChanged::State::added: return "is the peer's, too, as it says; it is asked";
    case sctp::PathChanged::State::removed: return "is the peer's no more";
    case sctp::PathChanged::State::made_primary: return "is the one that the peer prefers";
    }
    std::unreachable();
}

std::string_view name(sctp::LocalAddressChanged::What what) {
    switch (what) {
    case sctp::LocalAddressChanged::What::added: return "is told to the peer";
    case sctp::LocalAddressChanged::What::removed: return "is taken from the peer";
    case sctp::LocalAddressChanged::What::made_primary: return "is what the peer should prefer";
    }
    std::unreachable();
}

std::string_view name(sctp::LocalAddressChanged::Outcome outcome) {
    switch (outcome) {
    case sctp::LocalAddressChanged::Outcome::performed: return "done";
    case sctp::LocalAddressChanged::Outcome::refused: return "refused";
    case sctp::LocalAddressChanged::Outcome::given_up: return "given up";
    }
    std::unreachable();
}

} // namespace

std::shared_ptr<Watch> Watch::start(Session& session, const Connection& connection) {
    auto watch = std::make_shared<Watch>(session, connection);
    watch->begin_with_paths();
    spawn(session.executor(), follow(watch));
    if (session.idle().limit()) {
        spawn(session.executor(), look_after(watch));
    }
    return watch;
}

asio::awaitable<void> Watch::follow(std::shared_ptr<Watch> self) {
    while (true) {
        const auto event = co_await self->events_.next();
        if (!event) break;
        self->take(*event);
    }
    self->ended_ = true;
    self->look_timer_.cancel();
    self->changed_.notify();
}

asio::awaitable<void> Watch::look_after(std::shared_ptr<Watch> self) {
    self->heard_ = net::Clock::now();
    while (!self->ended_ && self->look()) {
        self->look_timer_.expires_after(self->session_.idle().look_interval());
        co_await elapse(self->look_timer_);
    }
}

/// False when there is nothing left to look after.
bool Watch::look() {
    const auto status = connection_.status();
    if (!status) return false;
    // A message of many megabytes moves long before it is there, and when it has left there is
    // still what arrives of it.
    const std::array moved{status->chunks_sent, status->chunks_received,
                           std::uint64_t{status->queued_bytes}};
    if (std::exchange(moved_, moved) != moved) session_.idle().touch();
    const Instant now = net::Clock::now();
    if (std::exchange(packets_, status->packets_received) != status->packets_received) heard_ = now;
    // Not left to SCTP, which asks by the round trips that it has measured and gives up late.
    if (now - heard_ >= *session_.idle().peer_pause())
        connection_.heartbeat({}, [](const auto&) {});
    if (now - heard_ < *session_.idle().peer_silence()) return true;
    silent_ = true;
    static_cast<void>(connection_.abort(as_bytes("no sign of life")));
    return false;
}

void Watch::take(const Event& event) {
    const auto detail = [this](std::string_view text) { session_.console().detail(text); };
    match(
        event,
        [this](const SendFailed& failed) {
            if (failed.why == sctp::SendFailed::Why::association_ended) ++unacknowledged_;
            if (failed.why != sctp::SendFailed::Why::marking_refused) return;
            ++refused_;
            refused_errno_ = failed.os_errno;
            static_cast<void>(connection_.abort(as_bytes("a marking was refused")));
        },
        [&](const Closed& closed) {
            ending_ = explain_end(closed);
            if (ending_ && unacknowledged_ > 0) {
                ending_ = failure(ExitCode::peer, fmt::format("not acknowledged in time: {}",
                                                              counted(unacknowledged_, "message")));
            }
            if (silent_) {
                const double limit = *session_.options().idle_timeout_seconds * 3 / 4;
                ending_ = failure(ExitCode::peer,
                                  fmt::format("the peer fell silent: no sign of life for {} s "
                                              "(--idle-timeout)",
                                              limit));
            }
            const auto unsealed = session_.take_unsealed(closed.association);
            const bool by_agreement =
                unsealed && peer_is_done_ && unsealed->reason.code == Errc::closed;
            if (unsealed && !by_agreement) {
                ending_ = failure(ExitCode::peer,
                                  fmt::format("DTLS has ended: {}",
                                              closed_text(*unsealed, session_.options().dtls)));
            }
            if (!ending_ && session_.stopping()) {
                ending_ = std::unexpected{session_.stopped(
                    fmt::format("before a graceful end: {}", ending_.error().text))};
            }
            detail(ending_ ? "the association was shut down" : ending_.error().text);
        },
        [&](const sctp::PathChanged& changed) { take(changed); },
        [&](const sctp::LocalAddressChanged& changed) {
            detail(fmt::format("our address {} {}: {}", host_to_string(changed.address),
                               name(changed.what), name(changed.outcome)));
        },
        [&](const sctp::Restarted&) { detail("the peer began anew"); },
        [&](const sctp::PeerShutdown&) {
            peer_is_done_ = true;
            detail("the peer wants no more messages");
        },
        [&](const PeerError& error) {
            const auto name = wire::sctp::name(static_cast<wire::sctp::CauseCode>(error.cause));
            detail(fmt::format("the peer reports error cause {} ({})", error.cause, name));
        },
        [](const auto&) {});
}

/// Those that were confirmed before anybody watched.
void Watch::begin_with_paths() {
    paths_.look(connection_);
    const auto paths = connection_.paths();
    if (!paths) return;
    for (const sctp::PathStatus& path : *paths) {
        if (path.current || path.state != sctp::PathStatus::State::active) continue;
        session_.console().detail(fmt::format("the path to {} {}", peer_text(path.path),
                                              name(sctp::PathChanged::State::confirmed)));
    }
}

void Watch::take(const sctp::PathChanged& changed) {
    const std::string where = peer_text(changed.path);
    if (changed.state == sctp::PathChanged::State::unreachable) {
        session_.console().say(fmt::format("the network says of {}: {}; asking the peer", where,
                                           os_text(changed.os_errno)));
        return;
    }
    session_.console().detail(fmt::format("the path to {} {}", where, name(changed.state)));
    if (const auto news = paths_.look(connection_)) session_.console().detail(*news);
}

asio::awaitable<Outcome<>> Watch::end() {
    while (!ended_)
        co_await changed_.wait();
    if (refused_ > 0) {
        co_return failure(ExitCode::marking,
                          fmt::format("the kernel refused to mark {} as asked ({}); nothing of "
                                      "that was sent",
                                      counted(refused_, "message"), os_text(refused_errno_)));
    }
    co_return ending_;
}

} // namespace hawser::command
