#include "endpoint/association.hpp"

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
    }
    std::unreachable();
}

namespace {

/// The engine forgets an association at once; its Closed may still be on the way to us.
Result<> said_by_engine(Result<> answer) {
    if (answer || answer.error().code != Errc::not_found) return answer;
    return fail(Errc::closed, "the association has ended");
}

} // namespace

Error Association::end_reason() const {
    return unsealed.value_or(ended(*closed));
}

Association::Association(std::shared_ptr<Core> core, sctp::AssociationId id, Path taken)
    : path(std::move(taken)), core_(std::move(core)), id_(id) {}

// --- sending ---

Result<> Association::send(Bytes message, const sctp::SendOptions& options) {
    if (core_->closed()) return fail(Errc::closed, kEndpointEnded);
    if (closed) return std::unexpected{end_reason()};
    if (!senders_.empty()) return fail(Errc::exhausted, "others wait for room in the send queue");
    return send_now(message, options);
}

void Association::send(Bytes message, const sctp::SendOptions& options, WaitPointer<void> wait) {
    if (wait->finished()) return;
    Result<> sent = send(message, options);
    if (sent || sent.error().code != Errc::exhausted) {
        if (sent) core_->flush_after_more();
        wait->finish(std::move(sent));
        return;
    }
    // Those that were taken back must not hold up the ones after them.
    senders_.extract([](const PendingSend& other) { return other.wait->finished(); });
    senders_.push_back({.message = message, .options = options, .wait = std::move(wait)});
    resume_senders();
}

Result<> Association::send_now(Bytes message, const sctp::SendOptions& options) {
    if (auto possible = check(options.ancillary); !possible) return possible;
    // Only these two compare with the time; reading the clock costs as much as a small message.
    const bool timed = options.lifetime != Duration{} || options.ancillary.send_at;
    const Instant now = timed ? core_->now() : core_->now_about();
    Result<> sent = said_by_engine(core_->engine().send(id_, message, options, now));
    if (sent) core_->flush_soon();
    return sent;
}

/// A marking that cannot be honoured is refused before anything is queued.
Result<> Association::check(const Ancillary& ancillary) const {
    if (ancillary.empty()) return {};
    if (!ancillary.send_at) return core_->check(ancillary, path);
    Ancillary rest = ancillary;
    rest.send_at.reset(); // the engine holds the message until then
    return core_->check(rest, path);
}

void Association::resume_senders() {
    while (!senders_.empty()) {
        PendingSend& pending = senders_.front();
        if (!pending.wait->finished()) {
            Result<> sent = send_now(pending.message, pending.options);
            if (!sent && sent.error().code == Errc::exhausted) return;
            pending.wait->finish(std::move(sent));
        }
        senders_.pop_front();
    }
}

// --- receiving ---

Inbox& Association::inbox_of(sctp::StreamId stream) {
    if (many) return many->inbox;
    const auto found = streams_.find(stream);
    return found == streams_.end() ? inbox_ : found->second.inbox;
}

void Association::deliver(Inbox& inbox, sctp::Message&& message) {
    if (abandoned_) {
        core_->take(std::move(message));
    } else if (const auto reader = inbox.readers.next()) {
        reader->finish(core_->take(std::move(message)));
    } else {
        inbox.messages.push_back(std::move(message));
    }
}

void Association::serve(Inbox& inbox, WaitPointer<Message> wait) {
    if (core_->closed()) {
        wait->finish(fail(Errc::closed, kEndpointEnded));
    } else if (!inbox.messages.empty()) {
        wait->finish(core_->take(inbox.messages.pop_front()));
    } else if (closed) {
        wait->finish(std::unexpected{end_reason()});
    } else {
        inbox.readers.push(std::move(wait));
    }
}

std::optional<Message> Association::take(Inbox& inbox) {
    if (core_->closed() || inbox.messages.empty()) return std::nullopt;
    return core_->take(inbox.messages.pop_front());
}

std::optional<Message> Association::take() {
    return take(inbox_);
}

std::optional<Message> Association::take(sctp::StreamId stream) {
    return take(streams_[stream].inbox);
}

void Association::receive(WaitPointer<Message> wait) {
    if (!wait->finished()) serve(inbox_, std::move(wait));
}

void Association::read(sctp::StreamId stream, WaitPointer<Message> wait) {
    if (!wait->finished()) serve(streams_[stream].inbox, std::move(wait));
}

void Association::claim(sctp::StreamId stream) {
    Stream& claimed = streams_[stream];
    if (++claimed.claims > 1) return;
    for (sctp::Message& message : inbox_.messages.extract(
             [stream](const sctp::Message& waiting) { return waiting.stream == stream; })) {
        claimed.inbox.messages.push_back(std::move(message));
    }
}

void Association::unclaim(sctp::StreamId stream) {
    const auto found = streams_.find(stream);
    if (found == streams_.end() || --found->second.claims > 0) return;
    Stream released = std::move(found->second);
    streams_.erase(found);
    while (!released.inbox.messages.empty())
        deliver(inbox_, released.inbox.messages.pop_front());
}

void Association::peel_off() {
    const std::shared_ptr<Many> left = std::exchange(many, nullptr);
    for (sctp::Message& message : left->inbox.messages.extract(
             [this](const sctp::Message& waiting) { return waiting.association == id_; })) {
        inbox_.messages.push_back(std::move(message));
    }
}

bool Association::has_messages() const {
    if (!inbox_.messages.empty()) return true;
    for (const auto& [id, stream] : streams_) {
        if (!stream.inbox.messages.empty()) return true;
    }
    return false;
}

// --- the rest of what an application asks ---

void Association::shutdown(WaitPointer<void> wait) {
    if (wait->finished()) return;
    if (core_->closed()) {
        wait->finish(fail(Errc::closed, kEndpointEnded));
    } else if (closed == sctp::CloseReason::shutdown) {
        wait->finish({});
    } else if (closed) {
        wait->finish(std::unexpected{end_reason()});
    } else if (auto begun = said_by_engine(core_->engine().shutdown(id_, core_->now()));
               !begun && begun.error().code != Errc::closed) {
        wait->finish(std::move(begun));
    } else {
        shutdowns_.push(std::move(wait));
        resume_senders(); // they are too late, and hear it now
        core_->flush_soon();
    }
}

Result<> Association::abort(Bytes reason) {
    if (core_->closed()) return fail(Errc::closed, kEndpointEnded);
    if (closed) return std::unexpected{end_reason()};
    Result<> aborted = said_by_engine(core_->engine().abort(id_, reason, core_->now()));
    core_->flush_soon();
    return aborted;
}

void Association::heartbeat(const Ancillary& ancillary, WaitPointer<sctp::HeartbeatResult> wait) {
    if (wait->finished()) return;
    Result<> asked = fail(Errc::closed, kEndpointEnded);
    const std::uint64_t context = core_->next_context();
    if (closed) {
        asked = std::unexpected{end_reason()};
    } else if (!core_->closed()) {
        asked = check(ancillary);
        if (asked) {
            asked =
                said_by_engine(core_->engine().heartbeat(id_, context, ancillary, core_->now()));
        }
    }
    if (!asked) {
        wait->finish(std::unexpected{asked.error()});
        return;
    }
    wait->on_give_up([weak = weak_from_this(), context] {
        if (const auto self = weak.lock()) self->heartbeats_.erase(context);
    });
    heartbeats_.emplace(context, std::move(wait));
    core_->flush_soon();
}

void Association::abandon() {
    if (core_->closed() || closed) return;
    abandoned_ = true;
    while (!inbox_.messages.empty())
        core_->take(inbox_.messages.pop_front());
    for (auto& [id, stream] : streams_) {
        while (!stream.inbox.messages.empty())
            core_->take(stream.inbox.messages.pop_front());
    }
    // It may be ending already; then there is nothing left to ask for.
    static_cast<void>(core_->engine().shutdown(id_, core_->now()));
    core_->flush_soon();
}

std::shared_ptr<EventQueue> Association::claim_events() {
    if (!events_) {
        events_ = std::make_shared<EventQueue>(core_->options().events_max);
        if (core_->closed()) {
            events_->end({Errc::closed, kEndpointEnded});
        } else if (closed) {
            events_->end(end_reason());
        }
    }
    ++events_->claims;
    return events_;
}

void Association::unclaim_events() {
    if (events_ && --events_->claims == 0) events_.reset();
}

// --- the end ---

void Association::end(const Error& error) {
    if (!closed) closed = sctp::CloseReason::aborted_locally;
    fail_waits(error);
    shutdowns_.fail_all(error);
    inbox_.messages.clear();
    streams_.clear();
    if (events_) events_->end(error);
    if (auto told = std::exchange(outcome, nullptr)) told(closed);
}

void Association::fail_waits(const Error& error) {
    inbox_.readers.fail_all(error);
    for (auto& [id, stream] : streams_)
        stream.inbox.readers.fail_all(error);
    while (!senders_.empty())
        senders_.pop_front().wait->finish(std::unexpected{error});
    for (auto& [context, wait] : std::exchange(heartbeats_, {})) {
        wait->finish(std::unexpected{error});
    }
}

} // namespace hawser::detail
