#include "command/watch.hpp"

#include "command/explain.hpp"
#include "command/text.hpp"

#include <hawser/core/match.hpp>

#include <fmt/format.h>

namespace hawser::command {
namespace {

std::string_view name(sctp::PathChanged::State state) {
    switch (state) {
    case sctp::PathChanged::State::active: return "is active";
    case sctp::PathChanged::State::inactive: return "does not answer";
    case sctp::PathChanged::State::moved: return "has moved";
    case sctp::PathChanged::State::too_big: return "carries only smaller packets";
    case sctp::PathChanged::State::unreachable: return "is said to lead to nobody";
    }
    std::unreachable();
}

} // namespace

std::shared_ptr<Watch> Watch::start(Session& session, const Connection& connection) {
    auto watch = std::make_shared<Watch>(session, connection);
    asio::co_spawn(session.executor(), follow(watch), asio::detached);
    return watch;
}

asio::awaitable<void> Watch::follow(std::shared_ptr<Watch> self) {
    while (true) {
        const auto event = co_await self->events_.next();
        if (!event) break;
        self->take(*event);
    }
    self->ended_ = true;
    self->changed_.notify();
}

void Watch::take(const Event& event) {
    const auto detail = [this](std::string_view text) { session_.console().detail(text); };
    match(
        event,
        [this](const SendFailed& failed) {
            if (failed.why != sctp::SendFailed::Why::marking_refused) return;
            ++refused_;
            refused_errno_ = failed.os_errno;
            static_cast<void>(connection_.abort(as_bytes("a marking was refused")));
        },
        [&](const Closed& closed) {
            ending_ = explain_end(closed);
            const auto unsealed = session_.take_unsealed(closed.association);
            const bool by_agreement =
                unsealed && peer_is_done_ && unsealed->reason.code == Errc::closed;
            if (unsealed && !by_agreement) {
                ending_ = failure(ExitCode::peer,
                                  fmt::format("DTLS has ended: {}", closed_text(*unsealed)));
            }
            detail(ending_ ? "the association was shut down" : ending_.error().text);
        },
        [&](const sctp::PathChanged& changed) {
            if (changed.state == sctp::PathChanged::State::unreachable) {
                session_.console().say(fmt::format("the network says of {}: {}; asking the peer",
                                                   to_string(changed.path.remote),
                                                   os_text(changed.os_errno)));
                return;
            }
            detail(fmt::format("the path to {} {}", to_string(changed.path.remote),
                               name(changed.state)));
        },
        [&](const sctp::Restarted&) { detail("the peer began anew"); },
        [&](const sctp::PeerShutdown&) {
            peer_is_done_ = true;
            detail("the peer wants no more messages");
        },
        [&](const PeerError& error) {
            detail(fmt::format("the peer reports error cause {}", error.cause));
        },
        [](const auto&) {});
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
