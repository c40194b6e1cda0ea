#include "endpoint/connecting.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace hawser::detail {

namespace {

Error why_not_up(sctp::CloseReason reason) {
    switch (reason) {
    case sctp::CloseReason::refused: return {Errc::refused, "nobody listens on that SCTP port"};
    case sctp::CloseReason::unreachable: return {Errc::unreachable, "the peer is unreachable"};
    case sctp::CloseReason::timed_out: return {Errc::timed_out, "the peer is silent"};
    default: return ended(reason);
    }
}

} // namespace

Connecting::Connecting(std::shared_ptr<Core> core, ConnectOptions options,
                       std::shared_ptr<Many> many, Done done)
    : core_(std::move(core)),
      options_(options),
      many_(std::move(many)),
      done_(std::move(done)),
      timer_(core_->executor()) {}

void Connecting::start(std::string target) {
    const auto resolved = [self = shared_from_this()](Result<SctpAddress> address) {
        if (!self->done_) return;
        if (!address) {
            self->finish(std::unexpected{address.error()});
        } else {
            self->start(std::move(*address));
        }
    };
    Resolving resolving{core_->executor()};
    start_resolve(resolving, std::move(target),
                  std::make_shared<Wait<SctpAddress>>(core_->executor(), resolved));
}

void Connecting::start(SctpAddress target) {
    target_ = std::move(target);
    try_next();
}

void Connecting::try_next() {
    if (!done_) return;
    if (core_->ending()) {
        finish(fail(Errc::closed, kEndpointEnded));
        return;
    }
    if (next_ == target_.hosts.size()) {
        finish(std::unexpected{last_error_});
        return;
    }
    const Address remote = target_.hosts[next_++].with_port(options_.peer_udp_port);
    // DTLS tells connections apart by path: ours has the port that the socket got.
    const Address ours =
        core_->options().dtls ? core_->local_address() : core_->options().local.value_or(Address{});
    const Path path{.local = ours.is_unspecified() ? Address::any(remote.family()) : ours,
                    .remote = remote};
    auto attempt =
        core_->connect(path, target_.port, options_.sctp,
                       std::max(options_.within, Duration{std::chrono::milliseconds{1}}));
    if (!attempt) {
        last_error_ = attempt.error();
        try_next();
        return;
    }
    attempt_ = std::move(*attempt);
    attempt_->many = many_;
    attempt_->outcome = [self = shared_from_this()](std::optional<sctp::CloseReason> why_not) {
        self->told(why_not);
    };
    if (next_ == target_.hosts.size()) return; // the last one has until the operation's deadline
    timer_.expires_after(options_.per_address);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (error || !self || !self->done_) return;
        self->last_error_ = {Errc::timed_out, "the peer is silent"};
        const auto silent = std::exchange(self->attempt_, nullptr);
        silent->outcome = nullptr;
        static_cast<void>(silent->abort({}));
        self->try_next();
    });
}

void Connecting::told(std::optional<sctp::CloseReason> why_not) {
    timer_.cancel();
    if (!why_not) {
        finish(std::exchange(attempt_, nullptr));
        return;
    }
    last_error_ = attempt_->unsealed.value_or(why_not_up(*why_not));
    attempt_.reset();
    try_next();
}

void Connecting::give_up() {
    done_ = nullptr;
    timer_.cancel();
    if (const auto attempt = std::exchange(attempt_, nullptr)) {
        attempt->outcome = nullptr;
        static_cast<void>(attempt->abort({}));
    }
}

void Connecting::finish(Result<std::shared_ptr<Association>> result) {
    if (auto done = std::exchange(done_, nullptr)) done(std::move(result));
}

} // namespace hawser::detail
