#include "endpoint/connecting.hpp"

#include "endpoint/locals.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace hawser::detail {

namespace {

Error why_not_up(sctp::CloseReason reason, int os_errno) {
    switch (reason) {
    case sctp::CloseReason::refused: return {Errc::refused, "the peer refused the association"};
    case sctp::CloseReason::unreachable:
        return {Errc::unreachable, "the peer is unreachable", os_errno};
    case sctp::CloseReason::timed_out: return {Errc::timed_out, "the peer is silent"};
    default: return ended(reason);
    }
}

} // namespace

Connecting::Connecting(std::shared_ptr<Core> core, ConnectOptions options,
                       std::shared_ptr<Many> many, Done done)
    : SideBySide(core->executor(), options.attempt_delay, std::move(done)),
      core_(std::move(core)),
      options_(options),
      many_(std::move(many)) {}

void Connecting::start(std::string target) {
    const auto resolved = [self = shared_from_this()](Result<SctpAddress> address) {
        if (self->is_over()) return;
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
    port_ = target.port;
    try_all(std::move(target.hosts));
}

Result<std::shared_ptr<SctpLink>> Connecting::attempt(const Address& host) {
    if (core_->ending()) {
        finish(fail(Errc::closed, kEndpointEnded));
        return fail(Errc::closed, kEndpointEnded);
    }
    const bool raw = core_->options().carrier == Carrier::raw_ip;
    const Address remote = host.with_port(raw ? std::uint16_t{0} : options_.peer_udp_port);
    // DTLS tells connections apart by path, and packet logs what Wireshark knows of it: ours has
    // the port that the sockets got.
    const Path path{.protocol = raw ? Protocol::ip : Protocol::udp,
                    .local = first_source(core_->options(), core_->local_addresses(), remote),
                    .remote = remote};
    auto attempt =
        core_->connect(path, port_, options_.sctp,
                       std::max(options_.within, Duration{std::chrono::milliseconds{1}}));
    if (!attempt) return attempt;
    SctpLink& begun = **attempt;
    begun.many = many_;
    begun.outcome = [self = shared_from_this(), &begun](std::optional<sctp::CloseReason> why_not) {
        self->told(begun, why_not);
    };
    return attempt;
}

void Connecting::drop(SctpLink& attempt) {
    attempt.outcome = nullptr;
    attempt.turn_away({});
}

void Connecting::told(const SctpLink& attempt, std::optional<sctp::CloseReason> why_not) {
    if (!why_not) {
        up(&attempt);
    } else {
        failed(&attempt, attempt.unsealed.value_or(why_not_up(*why_not, attempt.closed_errno)));
    }
}

} // namespace hawser::detail
