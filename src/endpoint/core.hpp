// The SCTP stack on an executor: what all handles of an endpoint share.
#pragma once

#include <hawser/endpoint/sctp_endpoint.hpp>
#include <hawser/sctp/endpoint.hpp>
#include <hawser/stack/sctp_stack.hpp>

#include "endpoint/inbox.hpp"
#include "endpoint/looped.hpp"
#include "endpoint/raw_ports.hpp"
#include "endpoint/wait_queue.hpp"

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace hawser::detail {

class ShardGroup;
class SctpLink;
struct Listening;
struct Many;

class Core final : public Looped<Core, stack::SctpStack> {
public:
    static Result<std::shared_ptr<Core>> open(boost::asio::any_io_executor executor,
                                              const SctpEndpointOptions& options,
                                              std::shared_ptr<ShardGroup> shards = nullptr);
    Core(boost::asio::any_io_executor executor, const SctpEndpointOptions& options);
    ~Core();

    const SctpEndpointOptions& options() const { return options_; }

    /// No new associations: the endpoint has ended, or is about to.
    bool ending() const { return ending_ || closed(); }
    void close() override;

    // --- only while open ---
    sctp::Endpoint& engine() { return running_->engine.sctp(); }
    const sctp::Endpoint& engine() const { return running_->engine.sctp(); }
    /// The same, and what seals it.
    stack::SctpStack& stack() { return running_->engine; }
    void set_tap(Tap* tap, TapViews views);
    /// Packets that came to other shards.
    void take_handovers();

    Inbox::Room spare_inbox; ///< what the last burst needed, for the next

    /// A message that was taken by the application: its peer may send more.
    Message take(sctp::Message&& message);

    Result<std::shared_ptr<Listening>> listen(std::uint16_t port, const ListenOptions& options);
    void stop(Listening& listening);
    void accept(Listening& listening, WaitPointer<Connection> wait);
    Result<std::shared_ptr<Many>> one_to_many(std::uint16_t port);
    void stop(const std::shared_ptr<Many>& many);
    Result<std::shared_ptr<SctpLink>> connect(const Path& path, std::uint16_t remote_port,
                                              const sctp::ConnectOptions& options,
                                              Duration handshake_timeout);
    // hand_over.cpp
    /// `many`: whose it will be, or nullptr.
    Result<std::shared_ptr<SctpLink>> import_state(Bytes state, const StateKey& key,
                                                   std::shared_ptr<Many> many);
    /// It is not ours any more.
    void forget(sctp::AssociationId id);
    std::shared_ptr<SctpLink> find(sctp::AssociationId id) const;
    std::vector<sctp::AssociationId> ids() const;
    net::SocketCounters udp_counters() const;
    /// Ends all associations gracefully, then the endpoint.
    void shutdown(WaitPointer<void> wait);
    std::uint64_t next_context() { return ++last_context_; }

    // --- the loop says ---
    void dispatch(stack::SctpStack::Event&& event);
    void dispatch(sctp::Message&& message);
    void settled();
    void before_flush() { release_taken(); }

private:
    void on_connected(sctp::Connected&& event);
    void on_closed(sctp::Closed&& event);
    void on_unsealed(const stack::PathUnsealed& event);
    void finish_shutdown();
    void hand_over();
    bool is_raw() const { return options_.carrier == Carrier::raw_ip; }
    /// With raw IP, what keeps the port from others; else nothing.
    Result<> take_port(std::uint16_t port);
    Result<std::uint16_t> take_any_port();

    Result<> check_path(const sctp::ConnectOptions& options, const Path& path) const;
    SctpLink* event_for(sctp::AssociationId id);
    void release_taken();

    SctpEndpointOptions options_;
    std::shared_ptr<ShardGroup> shards_; ///< null: nobody shares the port
    RawPorts raw_ports_;
    bool ending_ = false;
    std::uint64_t last_context_ = 0;
    std::unordered_map<sctp::AssociationId, std::shared_ptr<SctpLink>> associations_;
    std::shared_ptr<SctpLink> last_;    ///< the last that an event was for
    sctp::AssociationId released_of_{}; ///< whose messages were taken since the last flush
    std::size_t released_bytes_ = 0;
    std::unordered_map<std::uint16_t, std::shared_ptr<Listening>> listeners_;
    std::vector<std::shared_ptr<Many>> many_;
    WaitQueue<void> endings_;
};

} // namespace hawser::detail
