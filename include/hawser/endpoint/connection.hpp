// An association as a program wants it: it is connected, it sends, it receives, it ends.
#pragma once

#include <hawser/endpoint/completion.hpp>
#include <hawser/endpoint/message.hpp>
#include <hawser/engine/state.hpp>
#include <hawser/sctp/endpoint.hpp>
#include <hawser/sctp/options.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace hawser {

class EventStream;
class IncomingStream;
class OutgoingStream;

namespace detail {

/// What every handle of one association shares; the last one gone ends it gracefully.
class SctpLink;
/// Keeps an association for the application.
class Claim;
using ClaimPointer = std::shared_ptr<Claim>;
/// Keeps one stream's messages apart from the others.
class StreamClaim;
/// Keeps the events of an association, or of many.
class EventClaim;

boost::asio::any_io_executor executor_of(const Claim& claim);
boost::asio::any_io_executor executor_of(const StreamClaim& claim);
boost::asio::any_io_executor executor_of(const EventClaim& claim);
Result<> send(Claim& claim, Bytes message, const sctp::SendOptions& options);
void start_send(Claim& claim, Bytes message, const sctp::SendOptions& options,
                WaitPointer<void> wait);
void start_receive(Claim& claim, WaitPointer<Message> wait);
std::optional<Message> take(Claim& claim);
void start_read(StreamClaim& claim, WaitPointer<Message> wait);
std::optional<Message> take(StreamClaim& claim);
void start_next_event(EventClaim& claim, WaitPointer<Event> wait);
void start_shutdown(Claim& claim, WaitPointer<void> wait);
void start_heartbeat(Claim& claim, const std::optional<Address>& remote, const Ancillary& ancillary,
                     WaitPointer<sctp::HeartbeatResult> wait);

} // namespace detail

/// One association. A cheap handle: copies are the same association.
///
/// When the last handle of it is gone (streams and operations under way count), an association that
/// is still up is shut down gracefully in the background: what was sent still arrives, what comes
/// in is dropped. `abort` ends it at once.
///
/// Operations that take time may be started on any thread; they complete on the token's executor,
/// never inside the call, with `closed` when the association or its endpoint has ended, `timed_out`
/// after `within`, `cancelled` through the token's cancellation slot. Everything else is for the
/// endpoint's own executor.
class Connection {
public:
    explicit Connection(detail::ClaimPointer claim) : claim_(std::move(claim)) {}

    /// The same association; operations started through this handle wait at most so long.
    Connection within(Duration limit) const {
        Connection limited = *this;
        limited.within_ = limit;
        return limited;
    }

    /// Queues one message, or says at once why not. Succeeds or changes nothing.
    ///
    /// Fails with `invalid_argument` (an empty message, a stream beyond the negotiated count, a
    /// marking given twice, an address that is none of the peer's or has not answered),
    /// `too_large`, `unsupported` (a marking that this kernel cannot set), `exhausted` (no room:
    /// `async_send` waits for it), `closed`.
    Result<> send(Bytes message, const sctp::SendOptions& options = {}) const {
        return detail::send(*claim_, message, options);
    }

    /// The same, and waits for room: completes when the message is queued, so that whoever sends
    /// the next one then goes at the pace of the network. Waiting messages leave in their order.
    /// The bytes must stay until completion.
    template <CompletesWith<void> Token = Awaitable>
    auto async_send(Bytes message, sctp::SendOptions options = {}, Token&& token = Token{}) const {
        return detail::initiate<void>(
            claim_, within_,
            [message, options = std::move(options)](auto& claim, auto wait) {
                detail::start_send(claim, message, options, std::move(wait));
            },
            token);
    }

    /// The next message of any stream that no IncomingStream has taken for itself. What came before
    /// the end is still given after it. The peer may send more only as messages are taken here: a
    /// slow reader holds up its own peer and nobody else.
    template <CompletesWith<Message> Token = Awaitable>
    auto receive(Token&& token = Token{}) const {
        return detail::initiate<Message>(
            claim_, within_,
            [](auto& claim, auto wait) { detail::start_receive(claim, std::move(wait)); }, token);
    }

    /// The message that `receive` would give at once; nullopt when it would wait, or fail. A reader
    /// that takes all that is here before it waits again spends far less on each message.
    std::optional<Message> take() const { return detail::take(*claim_); }

    /// One outgoing stream, with what its messages have in common.
    OutgoingStream outgoing(sctp::StreamId stream, sctp::SendOptions defaults = {}) const;
    /// One incoming stream: from now on `receive` gives none of its messages. All handles of a
    /// stream take from one queue. The receive window is still the whole association's.
    IncomingStream incoming(sctp::StreamId stream) const;
    /// What happens beside messages, from now on. All handles take from one queue of at most
    /// SctpEndpointOptions::events_max; while there is no handle nothing is kept.
    EventStream events() const;

    /// Ends the association once all that was sent has arrived (RFC 9260 §9.2), and completes when
    /// it has ended. Fails as the association did; `timed_out` leaves the shutdown going on.
    template <CompletesWith<void> Token = Awaitable>
    auto shutdown(Token&& token = Token{}) const {
        return detail::initiate<void>(
            claim_, within_,
            [](auto& claim, auto wait) { detail::start_shutdown(claim, std::move(wait)); }, token);
    }

    /// Ends it now (RFC 9260 §9.1); `reason` travels to the peer, at most 512 bytes of it.
    Result<> abort(Bytes reason = {}) const;

    /// Asks the peer for a sign of life, where messages go now; `timed_out` when none came within
    /// one RTO.
    template <CompletesWith<sctp::HeartbeatResult> Token = Awaitable>
    auto heartbeat(Ancillary ancillary = {}, Token&& token = Token{}) const {
        return detail::initiate<sctp::HeartbeatResult>(
            claim_, within_,
            [ancillary = std::move(ancillary)](auto& claim, auto wait) {
                detail::start_heartbeat(claim, std::nullopt, ancillary, std::move(wait));
            },
            token);
    }
    /// The same at one of the peer's addresses (`paths`), whatever its port; `invalid_argument` for
    /// another one.
    template <CompletesWith<sctp::HeartbeatResult> Token = Awaitable>
    auto heartbeat_at(Address remote, Ancillary ancillary = {}, Token&& token = Token{}) const {
        return detail::initiate<sctp::HeartbeatResult>(
            claim_, within_,
            [remote, ancillary = std::move(ancillary)](auto& claim, auto wait) {
                detail::start_heartbeat(claim, remote, ancillary, std::move(wait));
            },
            token);
    }

    /// Who decides what leaves next (RFC 8260 §3), for this association alone and from now on, as
    /// sctp::Endpoint::set_scheduler. Fails with `closed`.
    Result<> set_scheduler(sctp::StreamScheduler scheduler) const;
    /// The priority or weight of an outgoing stream, as sctp::Endpoint::set_stream_value. Fails
    /// with `unsupported`, `invalid_argument`, `closed`.
    Result<> set_stream_value(sctp::StreamId stream, std::uint16_t value) const;

    /// The peer's addresses as the network knows them, and what is known of the way to each, the
    /// first one that there was first; fails with `closed` once the association has ended.
    /// PathChanged tells of changes.
    Result<std::vector<sctp::PathStatus>> paths() const;
    /// Messages go there from now on, while it answers. Fails with `invalid_argument` for an
    /// address that is none of the peer's or has not answered yet, `closed`.
    Result<> set_primary(const Address& remote) const;
    /// Options of the way to one of them, from now on, as sctp::Endpoint::set_path_options. Fails
    /// with `invalid_argument`, `unsupported` (a marking that this kernel cannot set), `closed`.
    Result<> set_path_options(const Address& remote, const sctp::PathOptions& options) const;

    /// The whole association in bytes, for another process to go on with
    /// (`SctpEndpoint::import_state`), sealed by a key that it knows, too. It ends here without a
    /// word to the peer: operations under way fail with `closed`, a message that waits for room has
    /// not been queued. Messages that nobody has taken go along; events that wait here do not.
    /// Under DTLS the connection goes along. Whoever binds the same UDP port then may import it.
    ///
    /// Fails as sctp::Endpoint::export_association and stack::SctpStack::export_association, and
    /// with `closed`.
    Result<std::vector<std::byte>> export_state(const StateKey& key,
                                                Duration valid_for = StateExport{}.valid_for) const;

    /// Numbers of the moment; fails with `closed` once the association has ended.
    Result<sctp::Status> status() const;
    /// How it ended; nullopt while it has not, and when it was exported.
    std::optional<sctp::CloseReason> close_reason() const;

    sctp::AssociationId id() const;
    /// The way that messages take now, as the network knows it; the ports are those of UDP. Once
    /// the association has ended, the last one.
    Path path() const;
    /// SCTP ports.
    std::uint16_t local_port() const;
    std::uint16_t remote_port() const;
    /// What was negotiated.
    std::uint16_t outbound_streams() const;
    std::uint16_t inbound_streams() const;
    boost::asio::any_io_executor get_executor() const { return detail::executor_of(*claim_); }

private:
    detail::ClaimPointer claim_;
    Duration within_ = kForever;
};

/// One outgoing stream of an association: the talk's OStream.
class OutgoingStream {
public:
    OutgoingStream(Connection connection, sctp::SendOptions defaults)
        : connection_(std::move(connection)), defaults_(std::move(defaults)) {}

    OutgoingStream within(Duration limit) const { return {connection_.within(limit), defaults_}; }

    sctp::StreamId id() const { return defaults_.stream; }
    const Connection& connection() const { return connection_; }

    /// As Connection::send.
    Result<> write(Bytes message) const { return connection_.send(message, defaults_); }
    /// With markings for this message alone, in place of the stream's.
    Result<> write(Bytes message, const Ancillary& ancillary) const {
        sctp::SendOptions options = defaults_;
        options.ancillary = ancillary;
        return connection_.send(message, options);
    }
    /// As Connection::async_send.
    template <CompletesWith<void> Token = Awaitable>
    auto async_write(Bytes message, Token&& token = Token{}) const {
        return connection_.async_send(message, defaults_, std::forward<Token>(token));
    }

private:
    Connection connection_;
    sctp::SendOptions defaults_;
};

/// One incoming stream of an association: the talk's IStream. With its last handle gone, what is
/// left of its messages goes back to Connection::receive.
class IncomingStream {
public:
    explicit IncomingStream(std::shared_ptr<detail::StreamClaim> claim)
        : claim_(std::move(claim)) {}

    IncomingStream within(Duration limit) const {
        IncomingStream limited = *this;
        limited.within_ = limit;
        return limited;
    }

    sctp::StreamId id() const;

    /// The message of this stream that `read` would give at once, as Connection::take.
    std::optional<Message> take() const;

    /// The next message of this stream, as Connection::receive.
    template <CompletesWith<Message> Token = Awaitable>
    auto read(Token&& token = Token{}) const {
        return detail::initiate<Message>(
            claim_, within_,
            [](auto& claim, auto wait) { detail::start_read(claim, std::move(wait)); }, token);
    }

private:
    std::shared_ptr<detail::StreamClaim> claim_;
    Duration within_ = kForever;
};

/// What happens to an association beside its messages, as typed values in their order. The last
/// one is Closed; then `next` answers `closed`.
class EventStream {
public:
    explicit EventStream(std::shared_ptr<detail::EventClaim> claim) : claim_(std::move(claim)) {}

    EventStream within(Duration limit) const {
        EventStream limited = *this;
        limited.within_ = limit;
        return limited;
    }

    template <CompletesWith<Event> Token = Awaitable>
    auto next(Token&& token = Token{}) const {
        return detail::initiate<Event>(
            claim_, within_,
            [](auto& claim, auto wait) { detail::start_next_event(claim, std::move(wait)); },
            token);
    }

private:
    std::shared_ptr<detail::EventClaim> claim_;
    Duration within_ = kForever;
};

} // namespace hawser
