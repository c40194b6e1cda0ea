#include "endpoint/core.hpp"

#include "endpoint/locals.hpp"
#include "endpoint/many.hpp"
#include "endpoint/open_socket.hpp"
#include "endpoint/sctp_link.hpp"
#include "endpoint/shard_group.hpp"

#include <hawser/core/match.hpp>

#include <algorithm>
#include <utility>

namespace hawser::detail {

namespace {

sctp::Options engine_options(const SctpEndpointOptions& options) {
    sctp::Options engine = options.sctp;
    engine.window_credit = sctp::WindowCredit::on_release;
    engine.local_addresses = addresses_to_tell(options);
    return engine;
}

} // namespace

Core::Core(boost::asio::any_io_executor executor, const SctpEndpointOptions& options)
    : Looped(std::move(executor)), options_(options) {}

Core::~Core() = default;

Result<std::shared_ptr<Core>> Core::open(boost::asio::any_io_executor executor,
                                         const SctpEndpointOptions& options,
                                         std::shared_ptr<ShardGroup> shards) {
    if (options.events_max == 0) return fail(Errc::invalid_argument, "events_max is 0");
    if (auto fitting = check_locals(options); !fitting) return std::unexpected{fitting.error()};
    auto sockets = open_sockets(options);
    if (!sockets) return std::unexpected{sockets.error()};
    for (const net::Socket& socket : *sockets) {
        auto possible = check_defaults(socket, options.sctp.ancillary);
        if (!possible) return std::unexpected{possible.error()};
    }
    auto core = std::make_shared<Core>(std::move(executor), options);
    core->shards_ = std::move(shards);
    Pools& pools = *core->pools();
    core->run(std::move(*sockets), [&](net::SystemRandom& random) {
        return stack::SctpStack{engine_options(options),
                                options.dtls,
                                {.random = random,
                                 .packets = pools.packets,
                                 .buffers = pools.buffers,
                                 .wall = net::Clock::wall_clock(),
                                 .shard_map = core->shards_.get()},
                                now()};
    });
    if (auto ready = core->stack().ready(); !ready) return std::unexpected{ready.error()};
    core->set_tap(options.tap, options.tap_views);
    if (core->shards_) core->shards_->join(options.sctp.shard, core);
    core->begin();
    return core;
}

void Core::set_tap(Tap* tap, TapViews views) {
    running_->driver.set_tap(views.wire ? tap : nullptr, options_.name);
    running_->engine.set_tap(views.clear ? tap : nullptr);
}

void Core::hand_over() {
    while (auto handover = engine().poll_handover())
        shards_->hand_over(std::move(*handover));
}

void Core::take_handovers() {
    if (closed()) return;
    for (sctp::Handover& handover : shards_->take(options_.sctp.shard))
        static_cast<void>(engine().take_over(std::move(handover), now()));
    flush_soon();
}

std::shared_ptr<SctpLink> Core::find(sctp::AssociationId id) const {
    const auto found = associations_.find(id);
    return found == associations_.end() ? nullptr : found->second;
}

std::vector<sctp::AssociationId> Core::ids() const {
    std::vector<sctp::AssociationId> all;
    all.reserve(associations_.size());
    for (const auto& [id, association] : associations_)
        all.push_back(id);
    std::ranges::sort(all);
    return all;
}

net::SocketCounters Core::udp_counters() const {
    net::SocketCounters all;
    for (const net::Socket& socket : running_->driver.sockets())
        all += socket.counters();
    return all;
}

/// Most events are of the association of the one before.
SctpLink* Core::event_for(sctp::AssociationId id) {
    if (!last_ || last_->id() != id) last_ = find(id);
    return last_.get();
}

Message Core::take(sctp::Message&& message) {
    if (message.association != released_of_) release_taken();
    released_of_ = message.association;
    released_bytes_ += message.payload.size();
    flush_soon();
    return {.association = message.association,
            .stream = message.stream,
            .ssn = message.ssn,
            .mid = message.mid,
            .ppid = message.ppid,
            .tsn = message.tsn,
            .cumulative_tsn = message.cumulative_tsn,
            .unordered = message.unordered,
            .ancillary = std::move(message.ancillary),
            .path = message.path,
            .payload = payload(std::move(message.payload))};
}

/// Told once for all that was taken since the last flush: the peer would not hear of it earlier.
void Core::release_taken() {
    if (released_bytes_ == 0) return;
    engine().release(released_of_, std::exchange(released_bytes_, 0), now());
}

// --- events ---

void Core::settled() {
    if (shards_) hand_over();
    if (ending_ && associations_.empty()) post(&Core::finish_shutdown);
}

void Core::dispatch(stack::SctpStack::Event&& event) {
    match(
        std::move(event),
        [this](sctp::Connected&& connected) { on_connected(std::move(connected)); },
        [this](sctp::Closed&& closed) { on_closed(std::move(closed)); },
        [this](stack::PathSealed&& sealed) {
            if (options_.on_sealed) options_.on_sealed(sealed);
        },
        [this](stack::PathUnsealed&& unsealed) { on_unsealed(unsealed); },
        [this](auto&& other) {
            if (SctpLink* association = event_for(other.association)) {
                association->on(std::forward<decltype(other)>(other));
            }
        });
}

void Core::dispatch(sctp::Message&& message) {
    if (SctpLink* association = event_for(message.association)) association->on(std::move(message));
}

void Core::on_connected(sctp::Connected&& event) {
    if (const auto ours = find(event.association)) {
        ours->on(std::move(event));
        return;
    }
    const auto association =
        std::make_shared<SctpLink>(shared_from_this(), event.association, event.path);
    associations_.emplace(event.association, association);
    const auto many = std::ranges::find(many_, event.local_port, &Many::port);
    const auto listener = listeners_.find(event.local_port);
    if (many != many_.end() && !ending_) {
        association->many = *many;
        association->on(std::move(event));
    } else if (listener != listeners_.end()) {
        association->on(std::move(event));
        Listening& listening = *listener->second;
        if (const auto accept = listening.accepts.next()) {
            accept->finish(Connection{std::make_shared<Claim>(association)});
        } else if (listening.backlog.size() < listening.backlog_max) {
            association->listening = listener->second;
            listening.backlog.push_back(association);
        } else {
            association->turn_away("nobody accepts");
        }
    } else { // the listener went while the handshake was under way
        association->turn_away("nobody listens any more");
    }
}

/// The associations end next; why, they could not say.
void Core::on_unsealed(const stack::PathUnsealed& event) {
    for (const sctp::AssociationId id : event.associations) {
        if (const auto association = find(id)) association->unsealed = event.why.reason;
    }
    if (options_.on_unsealed) options_.on_unsealed(event);
}

void Core::on_closed(sctp::Closed&& event) {
    raw_ports_.ended(event.association);
    const auto association = find(event.association);
    if (!association) return;
    associations_.erase(event.association);
    last_.reset();
    association->on(std::move(event));
    // A peer that said all it had to say and left is still worth accepting.
    const auto listening = association->listening.lock();
    if (listening && !association->has_messages()) {
        listening->backlog.extract([&](const auto& waiting) { return waiting == association; });
    }
}

} // namespace hawser::detail
