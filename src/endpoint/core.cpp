#include "endpoint/core.hpp"

#include "endpoint/association.hpp"
#include "endpoint/closer.hpp"
#include "endpoint/many.hpp"

#include <hawser/core/match.hpp>
#include <hawser/net/clock.hpp>

#include <algorithm>
#include <utility>

namespace hawser::detail {

namespace {

sctp::Options engine_options(const SctpEndpointOptions& options) {
    sctp::Options engine = options.sctp;
    engine.window_credit = sctp::WindowCredit::on_release;
    return engine;
}

Result<net::UdpSocket> open_socket(const SctpEndpointOptions& options) {
    net::UdpOptions udp;
    if (options.local) {
        udp.local = options.local->with_port(options.udp_port);
        return net::UdpSocket::open(udp);
    }
    udp.local = Address::any(Family::ipv6, options.udp_port);
    auto both = net::UdpSocket::open(udp);
    if (both || both.error().code != Errc::unsupported) return both;
    udp.local = Address::any(Family::ipv4, options.udp_port); // a host without IPv6
    return net::UdpSocket::open(udp);
}

/// What every packet without markings of its own carries has to be possible from the start.
Result<> check_defaults(const net::UdpSocket& socket, const Ancillary& defaults) {
    if (defaults.empty()) return {};
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        if (!socket.capabilities().sends(family)) continue;
        const Path path{.local = Address::any(family), .remote = Address::loopback(family, 1)};
        if (auto possible = socket.check(defaults, path); !possible) return possible;
    }
    return {};
}

} // namespace

Core::Running::Running(const Core& core, std::vector<net::UdpSocket> sockets)
    : stack(engine_options(core.options_), core.options_.dtls,
            {.random = random,
             .packets = core.pools_->packets,
             .buffers = core.pools_->buffers,
             .wall = net::Clock::wall_clock()},
            net::Clock::now()),
      driver(stack, std::move(sockets)),
      timer(core.executor_) {}

Core::Running::~Running() {
    for (const auto& watch : watches)
        watch->descriptor.release(); // the driver's sockets close them
}

Core::Core(boost::asio::any_io_executor executor, const SctpEndpointOptions& options)
    : executor_(std::move(executor)), options_(options) {}

Core::~Core() = default;

Result<std::shared_ptr<Core>> Core::open(boost::asio::any_io_executor executor,
                                         const SctpEndpointOptions& options) {
    if (options.events_max == 0) return fail(Errc::invalid_argument, "events_max is 0");
    auto socket = open_socket(options);
    if (!socket) return std::unexpected{socket.error()};
    if (auto possible = check_defaults(*socket, options.sctp.ancillary); !possible) {
        return std::unexpected{possible.error()};
    }
    auto core = std::make_shared<Core>(std::move(executor), options);
    std::vector<net::UdpSocket> sockets;
    sockets.push_back(std::move(*socket));
    core->running_ = std::make_unique<Running>(*core, std::move(sockets));
    if (auto ready = core->running_->stack.ready(); !ready) return std::unexpected{ready.error()};
    core->set_tap(options.tap, options.tap_views);
    core->watch();
    Closer::add(core->executor_, core);
    return core;
}

void Core::set_tap(Tap* tap, TapViews views) {
    running_->driver.set_tap(views.wire ? tap : nullptr, options_.name);
    running_->stack.set_tap(views.clear ? tap : nullptr);
}

Result<> Core::check(const Ancillary& ancillary, const Path& path) const {
    return running_->driver.check(ancillary, path);
}

Address Core::local_address() const {
    return running_->driver.sockets().front().local_address();
}

std::shared_ptr<Association> Core::find(sctp::AssociationId id) const {
    const auto found = associations_.find(id);
    return found == associations_.end() ? nullptr : found->second;
}

Message Core::take(sctp::Message&& message) {
    engine().release(message.association, message.payload.size(), now());
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

// --- the loop ---

/// Runs a step of the loop after the handlers that are ready now.
void Core::post(void (Core::*step)()) {
    boost::asio::post(executor_, [weak = weak_from_this(), step] {
        const auto self = weak.lock();
        if (self && !self->closed()) (self.get()->*step)();
    });
}

void Core::flush_soon() {
    flush_wanted_ = true;
    if (settling_ || std::exchange(flush_posted_, true)) return;
    post(&Core::flush);
}

void Core::flush_after_more() {
    more_follows_ = true;
    flush_soon();
}

void Core::pump_soon() {
    if (std::exchange(pump_posted_, true)) return;
    post(&Core::pump);
}

void Core::pump() {
    pump_posted_ = false;
    running_->driver.pump();
    settle();
}

void Core::flush() {
    if (std::exchange(more_follows_, false) && ++put_off_ < kPutOffMax) {
        post(&Core::flush);
        return;
    }
    put_off_ = 0;
    flush_posted_ = false;
    flush_wanted_ = false;
    running_->driver.flush();
    settle();
}

/// After the engine has been told or asked something: hands out its events, and waits for more.
void Core::settle() {
    settling_ = true;
    pools_->collect();
    while (auto event = running_->stack.poll_event())
        dispatch(std::move(*event));
    settling_ = false;
    // Posted behind the completions, so that answers share a trip with what was on its way.
    if (flush_wanted_) flush_soon();
    if (ending_ && associations_.empty()) post(&Core::finish_shutdown);
    watch();
    arm_timer();
}

void Core::watch() {
    const auto interests = running_->driver.fds();
    for (std::size_t i = 0; i < interests.size(); ++i) {
        if (i == running_->watches.size()) {
            running_->watches.push_back(std::make_unique<Watch>(executor_, interests[i].fd));
        }
        Watch& watch = *running_->watches[i];
        const auto ready = [weak = weak_from_this()](bool Watch::* waiting, std::size_t index) {
            return [weak, waiting, index](const boost::system::error_code& error) {
                const auto self = weak.lock();
                if (error || !self || self->closed()) return;
                *self->running_->watches[index].*waiting = false;
                self->pump();
            };
        };
        if (!std::exchange(watch.reading, true)) {
            watch.descriptor.async_wait(Descriptor::wait_read, ready(&Watch::reading, i));
        }
        if (interests[i].writable && !std::exchange(watch.writing, true)) {
            watch.descriptor.async_wait(Descriptor::wait_write, ready(&Watch::writing, i));
        }
    }
}

/// A timer that runs is left alone when the deadline has moved away: waking up early is harmless,
/// and cheaper than moving it with every packet.
void Core::arm_timer() {
    const Instant deadline = running_->driver.deadline();
    if (deadline == kNever) return;
    const Instant at = now();
    if (deadline <= at) {
        pump_soon();
        return;
    }
    if (running_->armed <= deadline) return;
    running_->armed = deadline;
    running_->timer.expires_after(deadline - at);
    running_->timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (error || !self || self->closed()) return;
        self->running_->armed = kNever;
        self->pump();
    });
}

// --- events ---

void Core::dispatch(stack::SctpStack::Event&& event) {
    match(
        std::move(event),
        [this](sctp::Connected&& connected) { on_connected(std::move(connected)); },
        [this](sctp::Closed&& closed) { on_closed(std::move(closed)); },
        [](stack::PathSealed&&) {},
        [this](stack::PathUnsealed&& unsealed) { on_unsealed(unsealed); },
        [this](auto&& other) {
            if (const auto association = find(other.association)) {
                association->on(std::move(other));
            }
        });
}

void Core::on_connected(sctp::Connected&& event) {
    if (const auto ours = find(event.association)) {
        ours->on(std::move(event));
        return;
    }
    const auto association =
        std::make_shared<Association>(shared_from_this(), event.association, event.path);
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
            listening.backlog.push(association);
        } else {
            static_cast<void>(association->abort(as_bytes("nobody accepts")));
        }
    } else { // the listener went while the handshake was under way
        static_cast<void>(association->abort(as_bytes("nobody listens any more")));
    }
}

/// The associations end next; why, they could not say.
void Core::on_unsealed(const stack::PathUnsealed& event) {
    for (const sctp::AssociationId id : event.associations) {
        if (const auto association = find(id)) association->unsealed = event.why.reason;
    }
}

void Core::on_closed(sctp::Closed&& event) {
    const auto association = find(event.association);
    if (!association) return;
    associations_.erase(event.association);
    association->on(std::move(event));
    // A peer that said all it had to say and left is still worth accepting.
    const auto listening = association->listening.lock();
    if (listening && !association->has_messages()) {
        listening->backlog.extract([&](const auto& waiting) { return waiting == association; });
    }
}

} // namespace hawser::detail
