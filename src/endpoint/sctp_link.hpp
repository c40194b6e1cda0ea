// One association as the application's side of it: queues, and who waits for what.
#pragma once

#include <hawser/endpoint/connection.hpp>
#include <hawser/endpoint/message.hpp>
#include <hawser/sctp/endpoint.hpp>

#include "endpoint/inbox.hpp"
#include "endpoint/link.hpp"
#include "endpoint/queue.hpp"
#include "endpoint/wait_queue.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hawser::detail {

class Core;
struct Many;
struct Listening;

/// Why operations on an association fail once it has ended.
Error ended(sctp::CloseReason reason);

class SctpLink : public Link<SctpLink, Core, sctp::AssociationId, sctp::SendOptions> {
public:
    /// Called once: nullopt when the association is up, else why it is not.
    using Outcome = std::move_only_function<void(std::optional<sctp::CloseReason>)>;

    SctpLink(std::shared_ptr<Core> core, sctp::AssociationId id, Path path);

    // --- facts ---
    Path path; ///< that DATA takes, as of the last event about paths
    /// The same at this moment.
    const Path& current_path();
    std::uint16_t local_port = 0, remote_port = 0;
    std::uint16_t outbound_streams = 0, inbound_streams = 0;
    std::optional<sctp::CloseReason> closed;
    int closed_errno = 0; ///< what the network said to that
    /// What its end means to those who wait; only once it is `closed`.
    Error end_reason() const;
    std::optional<Error> unsealed;      ///< DTLS ended under it, for this reason
    bool exported = false;              ///< it goes on elsewhere
    Outcome outcome;                    ///< while we are opening it
    std::shared_ptr<Many> many;         ///< the one-to-many handle it belongs to
    std::weak_ptr<Listening> listening; ///< the listener at which it waits for accept

    // --- the application asks ---
    void receive(WaitPointer<Message> wait);
    void read(sctp::StreamId stream, WaitPointer<Message> wait);
    /// What `receive` or `read` would give at once.
    std::optional<Message> take();
    std::optional<Message> take(sctp::StreamId stream);
    void shutdown(WaitPointer<void> wait);
    Result<> abort(Bytes reason);
    Result<> set_scheduler(sctp::StreamScheduler scheduler);
    Result<> set_stream_value(sctp::StreamId stream, std::uint16_t value);
    Result<std::vector<sctp::PathStatus>> paths() const;
    Result<> set_primary(const Address& remote);
    Result<> set_path_options(const Address& remote, const sctp::PathOptions& options);
    /// `remote`: at which of the peer's addresses; nullopt: at the one in use.
    void heartbeat(const std::optional<Address>& remote, const Ancillary& ancillary,
                   WaitPointer<sctp::HeartbeatResult> wait);
    /// Nobody holds a handle any more: ends gracefully, drops what comes in.
    void abandon();
    /// Nobody will ever hold one: ends at once, and drops what has come in.
    void turn_away(std::string_view reason);

    void claim(sctp::StreamId stream);
    void unclaim(sctp::StreamId stream);
    std::shared_ptr<EventQueue> claim_events();
    void unclaim_events();
    /// Takes it out of its one-to-many handle.
    void peel_off();
    Result<std::vector<std::byte>> export_state(const StateKey& key, Duration valid_for);

    // --- the engine says ---
    void on(sctp::Connected&& event);
    void on(sctp::Message&& event);
    void on(sctp::SendFailed&& event);
    void on(sctp::SendQueueLow&& event);
    void on(sctp::SenderDry&& event);
    void on(sctp::Restarted&& event);
    void on(sctp::PeerShutdown&& event);
    void on(sctp::PeerError&& event);
    void on(sctp::PathChanged&& event);
    void on(sctp::HeartbeatResult&& event);
    void on(sctp::StreamsReset&& event);
    void on(sctp::StreamsAdded&& event);
    void on(sctp::AssociationReset&& event);
    void on(sctp::AuthenticationChanged&& event);
    void on(sctp::LocalAddressChanged&& event);
    void on(sctp::Closed&& event);

    /// The endpoint ends: whoever waits is told, what waits is dropped.
    void end(const Error& error);
    /// True while messages wait that the application could still take.
    bool has_messages() const;

private:
    void forgo_messages();
    std::vector<sctp::Message> take_back();
    struct Stream {
        std::size_t claims = 0;
        Inbox inbox;
    };

    friend Link;
    std::optional<Error> gone() const;
    Result<> send_now(Bytes message, const sctp::SendOptions& options);
    void on_waiting() { resume_senders(); }

    Result<> check(const Ancillary& ancillary, const Path& on) const;
    Path path_to(const Address& remote) const;
    Result<> ask_for_life(const std::optional<Address>& remote, const Ancillary& ancillary,
                          std::uint64_t context);
    /// A message as the application gets it, counted as taken.
    auto taking() {
        return [this](sctp::Message&& message) { return take_from(std::move(message)); };
    }
    Message take_from(sctp::Message&& message);
    Inbox& inbox_of(sctp::StreamId stream);
    /// Gives a message to whoever waits for it, or keeps it.
    void deliver(Inbox& inbox, sctp::Message&& message);
    std::optional<Message> take(Inbox& inbox);
    void serve(Inbox& inbox, WaitPointer<Message> wait);
    void fail_waits(const Error& error);
    void give(Event event);

    Inbox inbox_;
    std::unordered_map<sctp::StreamId, Stream> streams_; ///< those that have handles
    WaitQueue<void> shutdowns_;
    std::unordered_map<std::uint64_t, WaitPointer<sctp::HeartbeatResult>> heartbeats_;
    std::shared_ptr<EventQueue> events_; ///< while it has handles
    std::optional<Closed> last_event_;   ///< the end, when nobody was there to hear of it
};

class Claim {
public:
    explicit Claim(std::shared_ptr<SctpLink> held) : association(std::move(held)) {}
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim();

    const std::shared_ptr<SctpLink> association;
};

class StreamClaim {
public:
    StreamClaim(ClaimPointer held, sctp::StreamId id) : claim(std::move(held)), stream(id) {}
    StreamClaim(const StreamClaim&) = delete;
    StreamClaim& operator=(const StreamClaim&) = delete;
    ~StreamClaim();

    const ClaimPointer claim;
    const sctp::StreamId stream;
};

class ManyClaim;

class EventClaim {
public:
    std::shared_ptr<EventQueue> queue;
    std::shared_ptr<Core> core;
    ClaimPointer connection; ///< one of these two keeps the source alive
    std::shared_ptr<ManyClaim> many;

    EventClaim(std::shared_ptr<EventQueue> events, ClaimPointer held);
    EventClaim(std::shared_ptr<EventQueue> events, std::shared_ptr<ManyClaim> held);
    EventClaim(const EventClaim&) = delete;
    EventClaim& operator=(const EventClaim&) = delete;
    ~EventClaim();
};

} // namespace hawser::detail
