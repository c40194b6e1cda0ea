#include "endpoint/sctp_link.hpp"

#include "endpoint/core.hpp"
#include "endpoint/many.hpp"

#include <utility>

namespace hawser::detail {

Error ended(sctp::CloseReason reason) {
    switch (reason) {
    case sctp::CloseReason::shutdown: return {Errc::closed, "the association was shut down"};
    case sctp::CloseReason::aborted_locally: return {Errc::closed, "the association was aborted"};
    case sctp::CloseReason::aborted_by_peer:
        return {Errc::closed, "the peer aborted the association"};
    case sctp::CloseReason::timed_out: return {Errc::closed, "the peer fell silent"};
    case sctp::CloseReason::refused: return {Errc::closed, "the peer refused the association"};
    case sctp::CloseReason::unreachable: return {Errc::closed, "the peer became unreachable"};
    case sctp::CloseReason::protocol_violation:
        return {Errc::closed, "the peer broke a rule of the protocol"};
    case sctp::CloseReason::out_of_resource:
        return {Errc::closed, "its messages took memory that the others needed"};
    }
    std::unreachable();
}

namespace {

constexpr std::string_view kEnded = "the association has ended";

} // namespace

Error SctpLink::end_reason() const {
    if (exported) return {Errc::closed, "the association was exported"};
    return unsealed.value_or(ended(*closed));
}

SctpLink::SctpLink(std::shared_ptr<Core> core, sctp::AssociationId id, Path taken)
    : Link(std::move(core), id), path(std::move(taken)) {}

// --- sending ---

std::optional<Error> SctpLink::gone() const {
    if (core_->closed()) return Error{Errc::closed, kEndpointEnded};
    if (closed) return end_reason();
    return std::nullopt;
}

Result<> SctpLink::send_now(Bytes message, const sctp::SendOptions& options) {
    if (auto possible = options.remote ? check(options.ancillary, path_to(*options.remote))
                                       : check(options.ancillary, path);
        !possible)
        return possible;
    // Only these two compare with the time; reading the clock costs as much as a small message.
    const bool timed = options.lifetime != Duration{} || options.ancillary.send_at;
    const Instant now = timed ? core_->now() : core_->now_about();
    Result<> sent = said_by_engine(core_->stack().send(id(), message, options, now), kEnded);
    if (sent) core_->flush_soon();
    return sent;
}

/// A marking that cannot be honoured is refused before anything is queued.
Result<> SctpLink::check(const Ancillary& ancillary, const Path& on) const {
    if (ancillary.empty()) return {};
    if (!ancillary.send_at) return core_->check(ancillary, on);
    Ancillary rest = ancillary;
    rest.send_at.reset(); // the engine holds the message until then
    return core_->check(rest, on);
}

// --- receiving ---

Message SctpLink::take_from(sctp::Message&& message) {
    return core_->take(std::move(message));
}

Inbox& SctpLink::inbox_of(sctp::StreamId stream) {
    if (many) return many->inbox;
    const auto found = streams_.find(stream);
    return found == streams_.end() ? inbox_ : found->second.inbox;
}

void SctpLink::deliver(Inbox& inbox, sctp::Message&& message) {
    if (abandoned_) {
        core_->take(std::move(message));
    } else if (!inbox.hand_over(message, taking())) {
        inbox.held.push_back(std::move(message), core_->spare_inbox);
    }
}

void SctpLink::serve(Inbox& inbox, WaitPointer<Message> wait) {
    if (core_->closed()) {
        wait->finish(fail(Errc::closed, kEndpointEnded));
    } else if (auto message = inbox.next(core_->spare_inbox, taking())) {
        wait->finish(std::move(*message));
    } else if (closed) {
        wait->finish(std::unexpected{end_reason()});
    } else {
        inbox.readers.push(std::move(wait));
    }
}

std::optional<Message> SctpLink::take(Inbox& inbox) {
    if (core_->closed()) return std::nullopt;
    return inbox.next(core_->spare_inbox, taking());
}

std::optional<Message> SctpLink::take() {
    return take(inbox_);
}

std::optional<Message> SctpLink::take(sctp::StreamId stream) {
    return take(streams_[stream].inbox);
}

void SctpLink::receive(WaitPointer<Message> wait) {
    if (!wait->finished()) serve(inbox_, std::move(wait));
}

void SctpLink::read(sctp::StreamId stream, WaitPointer<Message> wait) {
    if (!wait->finished()) serve(streams_[stream].inbox, std::move(wait));
}

void SctpLink::claim(sctp::StreamId stream) {
    Stream& claimed = streams_[stream];
    if (++claimed.claims > 1) return;
    for (sctp::Message& message : inbox_.held.extract(
             [stream](const sctp::Message& waiting) { return waiting.stream == stream; })) {
        claimed.inbox.held.push_back(std::move(message), core_->spare_inbox);
    }
}

void SctpLink::unclaim(sctp::StreamId stream) {
    const auto found = streams_.find(stream);
    if (found == streams_.end() || --found->second.claims > 0) return;
    Stream released = std::move(found->second);
    streams_.erase(found);
    while (!released.inbox.held.empty())
        deliver(inbox_, released.inbox.held.pop_front());
}

void SctpLink::peel_off() {
    const std::shared_ptr<Many> left = std::exchange(many, nullptr);
    for (sctp::Message& message : left->inbox.held.extract(
             [this](const sctp::Message& waiting) { return waiting.association == id(); })) {
        inbox_.held.push_back(std::move(message));
    }
}

bool SctpLink::has_messages() const {
    if (!inbox_.held.empty()) return true;
    for (const auto& [id, stream] : streams_) {
        if (!stream.inbox.held.empty()) return true;
    }
    return false;
}

// --- the rest of what an application asks ---

void SctpLink::shutdown(WaitPointer<void> wait) {
    if (wait->finished()) return;
    if (core_->closed()) {
        wait->finish(fail(Errc::closed, kEndpointEnded));
    } else if (closed == sctp::CloseReason::shutdown) {
        wait->finish({});
    } else if (closed) {
        wait->finish(std::unexpected{end_reason()});
    } else if (auto begun = said_by_engine(core_->engine().shutdown(id(), core_->now()), kEnded);
               !begun && begun.error().code != Errc::closed) {
        wait->finish(std::move(begun));
    } else {
        shutdowns_.push(std::move(wait));
        resume_senders(); // they are too late, and hear it now
        core_->flush_soon();
    }
}

Result<> SctpLink::abort(Bytes reason) {
    if (const auto error = gone()) return std::unexpected{*error};
    Result<> aborted = said_by_engine(core_->engine().abort(id(), reason, core_->now()), kEnded);
    core_->flush_soon();
    return aborted;
}

Result<> SctpLink::set_scheduler(sctp::StreamScheduler scheduler) {
    if (const auto error = gone()) return std::unexpected{*error};
    return said_by_engine(core_->engine().set_scheduler(id(), scheduler, core_->now_about()),
                          kEnded);
}

Result<> SctpLink::set_stream_value(sctp::StreamId stream, std::uint16_t value) {
    if (const auto error = gone()) return std::unexpected{*error};
    return said_by_engine(core_->engine().set_stream_value(id(), stream, value, core_->now_about()),
                          kEnded);
}

const Path& SctpLink::current_path() {
    if (!closed && !core_->closed()) {
        if (const auto status = core_->stack().status(id())) path = status->path;
    }
    return path;
}

Result<std::vector<sctp::PathStatus>> SctpLink::paths() const {
    if (const auto error = gone()) return std::unexpected{*error};
    auto paths = core_->stack().paths(id());
    if (paths.empty()) return fail(Errc::closed, kEnded); // the event is on its way to us
    return paths;
}

Result<> SctpLink::set_primary(const Address& remote) {
    if (const auto error = gone()) return std::unexpected{*error};
    auto set = said_by_engine(core_->stack().set_primary(id(), remote, core_->now()), kEnded);
    current_path();
    core_->flush_soon();
    return set;
}

/// Of another family than the one in use, perhaps; the engine says whether it is the peer's.
Path SctpLink::path_to(const Address& remote) const {
    for (const sctp::PathStatus& status : core_->stack().paths(id()))
        if (status.path.remote.is_same_host(remote)) return status.path;
    return path;
}

Result<> SctpLink::set_path_options(const Address& remote, const sctp::PathOptions& options) {
    if (const auto error = gone()) return std::unexpected{*error};
    if (auto possible = check(options.ancillary, path_to(remote)); !possible) return possible;
    auto set = said_by_engine(core_->stack().set_path_options(id(), remote, options, core_->now()),
                              kEnded);
    core_->flush_soon();
    return set;
}

Result<> SctpLink::ask_for_life(const std::optional<Address>& remote, const Ancillary& ancillary,
                                std::uint64_t context) {
    if (const auto error = gone()) return std::unexpected{*error};
    const Path on = remote ? path_to(*remote) : path;
    if (auto possible = check(ancillary, on); !possible) return possible;
    const Instant now = core_->now();
    return said_by_engine(remote ? core_->stack().heartbeat(id(), *remote, context, ancillary, now)
                                 : core_->engine().heartbeat(id(), context, ancillary, now),
                          kEnded);
}

void SctpLink::heartbeat(const std::optional<Address>& remote, const Ancillary& ancillary,
                         WaitPointer<sctp::HeartbeatResult> wait) {
    if (wait->finished()) return;
    const std::uint64_t context = core_->next_context();
    const Result<> asked = ask_for_life(remote, ancillary, context);
    if (!asked) {
        wait->finish(std::unexpected{asked.error()});
        return;
    }
    wait->on_give_up([weak = this->weak_from_this(), context] {
        if (const auto self = weak.lock()) self->heartbeats_.erase(context);
    });
    heartbeats_.emplace(context, std::move(wait));
    core_->flush_soon();
}

void SctpLink::abandon() {
    if (core_->closed()) return;
    forgo_messages();
    if (closed) return;
    // It may be ending already; then there is nothing left to ask for.
    static_cast<void>(core_->engine().shutdown(id(), core_->now()));
    core_->flush_soon();
}

void SctpLink::turn_away(std::string_view reason) {
    if (core_->closed()) return;
    forgo_messages();
    static_cast<void>(abort(as_bytes(reason)));
}

/// Nobody will read them: the engine is told, which counts what nobody has taken.
void SctpLink::forgo_messages() {
    abandoned_ = true;
    while (!inbox_.held.empty())
        core_->take(inbox_.held.pop_front());
    for (auto& [id, stream] : streams_) {
        while (!stream.inbox.held.empty())
            core_->take(stream.inbox.held.pop_front());
    }
}

std::shared_ptr<EventQueue> SctpLink::claim_events() {
    if (!events_) {
        events_ = std::make_shared<EventQueue>(core_->options().events_max);
        if (core_->closed()) {
            events_->end({Errc::closed, kEndpointEnded});
        } else if (closed) {
            if (last_event_) give(*std::exchange(last_event_, std::nullopt));
            events_->end(end_reason());
        }
    }
    ++events_->claims;
    return events_;
}

void SctpLink::unclaim_events() {
    if (events_ && --events_->claims == 0) events_.reset();
}

// --- the end ---

void SctpLink::end(const Error& error) {
    if (!closed) closed = sctp::CloseReason::aborted_locally;
    fail_waits(error);
    shutdowns_.fail_all(error);
    inbox_.held.clear();
    streams_.clear();
    last_event_.reset();
    if (events_) events_->end(error);
    if (auto told = std::exchange(outcome, nullptr)) told(closed);
}

void SctpLink::fail_waits(const Error& error) {
    inbox_.readers.fail_all(error);
    for (auto& [id, stream] : streams_)
        stream.inbox.readers.fail_all(error);
    fail_senders(error);
    for (auto& [context, wait] : std::exchange(heartbeats_, {})) {
        wait->finish(std::unexpected{error});
    }
}

} // namespace hawser::detail
