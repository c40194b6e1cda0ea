#include "simulation/simulation.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

/// All that is under way arrives within this time of a healthy network.
constexpr Duration kProgressBound = 3min;
/// But a cookie of secrets that are gone is echoed until its sender gives up.
constexpr Duration kProgressBoundOfCookies = 10min;

/// Longer than a cookie lives, and than any timer but the guard of a shutdown.
constexpr Duration kSuspensionMax = 2min;

/// Nothing that was asked before the world came to rest is waited for longer: RTO.max and some.
constexpr Duration kLastTimers = 20s;

} // namespace

Simulation::Player::Player(World& world, const Address& address, std::uint16_t sctp_port,
                           const sctp::Options& chosen, const Framing& framing,
                           const Ledger::Rules& rules, std::uint64_t seed)
    : side{world, address, chosen, seed},
      options{chosen},
      port{sctp_port},
      ledger{rules},
      last_dead{world.now()} {
    side.framing = framing;
    EXPECT_TRUE(side.listen(port));
}

Simulation::Simulation(std::uint64_t seed)
    : plan_{seed},
      watch_a_{plan_.options_z.receive_window_bytes, plan_.options_a.forward_tsn},
      watch_z_{plan_.options_a.receive_window_bytes, plan_.options_z.forward_tsn},
      world_{seed},
      a_{world_,
         plan_.host(1, 9899),
         4000,
         plan_.options_a,
         plan_.framing_a,
         {!plan_.rewrites_markings, plan_.options_a.ancillary, plan_.options_a.ecn},
         2 * seed},
      z_{world_,
         plan_.host(2, 9899),
         2904,
         plan_.options_z,
         plan_.framing_z,
         {!plan_.rewrites_markings, plan_.options_z.ancillary, plan_.options_z.ecn},
         2 * seed + 1},
      villain_{world_, plan_.host(3, 9899), seed} {
    if (plan_.multihomed) {
        world_.network.add_address(a_.side.id, plan_.host(1, 9899, 1));
        world_.network.add_address(z_.side.id, plan_.host(2, 9899, 1));
        world_.network.joined = plan_.joined;
    }
    if (!plan_.hostile) return;
    for (Player* player : {&a_, &z_}) {
        player->side.stranger_port = Villain::kPort;
        if (plan_.rebinds) continue; // a copy from an old address moves the path back there
        world_.network.set_hook(player->side.id, [this](WireDatagram& datagram) {
            if (datagram.path.remote != world_.network.address(villain_.id))
                villain_.overhear(datagram);
            return true;
        });
    }
}

void Simulation::run() {
    const bool traces = std::getenv("HAWSER_TRACE") != nullptr;
    a_.side.set_tap(traces ? static_cast<Tap*>(&trace_a_) : &flight_a_);
    z_.side.set_tap(traces ? static_cast<Tap*>(&trace_z_) : &flight_z_);
    change_network();
    for (std::size_t step = 0; step < plan_.steps && !testing::Test::HasFailure(); ++step) {
        act();
        const std::uint64_t kind = plan_.random.below(10);
        const Duration longest = kind < 6 ? 100ms : kind < 9 ? 2s : Duration{30s};
        live(Duration{static_cast<Duration::rep>(
            plan_.random.below(static_cast<std::uint64_t>(longest.count())))});
    }
    for (Player* player : {&a_, &z_})
        player->side.dismiss_strangers();
    if (!testing::Test::HasFailure()) heal_and_settle();
    if (!testing::Test::HasFailure()) finish();
}

/// Both users look at what came often enough to know when it happened.
void Simulation::live(Duration duration) {
    constexpr Duration kGlance = 100ms;
    for (; duration > Duration::zero(); duration -= std::min(duration, kGlance)) {
        world_.run_for(std::min(duration, kGlance));
        collect();
    }
}

void Simulation::act() {
    if (!a_.alive || !z_.alive) open_what_is_closed();
    converse(anyone());
    if (plan_.hostile) suffer();
    SeededRandom& random = plan_.random;
    if (random.chance(0.5)) converse(anyone());
    if (random.chance(0.2)) change_network();
    if (random.chance(0.05)) ask(anyone());
    if (plan_.multihomed && random.chance(0.1)) prefer(anyone());
    if (plan_.reconfigures && random.chance(0.5)) reconfigure(anyone());
    // Networks that are not one are left by one end only, or they might leave each other.
    if (plan_.moves && random.chance(0.5)) move(plan_.joined ? anyone() : a_);
    if (random.chance(0.3)) schedule(anyone());
    if (plan_.authenticates != Plan::Authenticates::nobody && random.chance(0.3))
        change_key(anyone());
    if (plan_.rebinds && random.chance(0.1)) rebind();
    if (plan_.hands_over && random.chance(0.3)) hand_over(anyone());
    if (plan_.crashes && random.chance(0.1)) crash(anyone());
    if (plan_.suspends && random.chance(0.15)) suspend(anyone());
    if (plan_.ends_early && random.chance(0.1) && both_up_for(kAgeOfDiscretion)) end_something();
}

void Simulation::converse(Player& player) {
    if (!player.alive) return;
    for (std::uint64_t left = 1 + plan_.random.below(12); left > 0; --left) {
        std::string payload = plan_.message();
        sctp::SendOptions options = plan_.send_options(world_.now());
        options.ppid = player.ledger.next_ppid();
        if (plan_.reconfigures && plan_.random.chance(0.2)) // one that was added, or is not there
            options.stream =
                static_cast<sctp::StreamId>(plan_.random.below(plan_.streams + kStreamsAddedMax));
        if (plan_.multihomed && plan_.random.chance(0.15)) {
            const NodeId peer = other(player).side.id;
            options.remote = world_.network.address(
                peer, plan_.random.below(world_.network.address_count(peer)));
        }
        if (player.side.send(payload, options)) player.ledger.sent(std::move(payload), options);
    }
}

void Simulation::change_network() {
    const double cut = plan_.multihomed ? 0.2 : 0.05;
    for (Player* player : {&a_, &z_}) {
        for (std::size_t i = 0; i < world_.network.address_count(player->side.id); ++i) {
            Link& link = world_.network.link(player->side.id, i);
            link = plan_.rough_link();
            link.down = plan_.random.chance(cut);
        }
    }
}

/// The one that knows of no association opens one; the other may still know an old one.
void Simulation::open_what_is_closed() {
    for (Player* player : {&a_, &z_}) {
        const Player& peer = other(*player);
        if (player->alive || plan_.random.chance(0.3)) continue;
        if (player == &a_ ? !plan_.a_opens : !plan_.z_opens) continue;
        const Address& there = world_.network.outside(peer.side.id);
        sctp::ConnectOptions options{.local_port = player->port};
        if (plan_.multihomed && plan_.random.chance(0.5))
            options.remote_addresses = {world_.network.address(peer.side.id, 1)};
        const auto made = player->side.connect(there, peer.port, options);
        EXPECT_TRUE(made || made.error().code == Errc::in_use);
        player->alive = made.has_value();
    }
}

void Simulation::end_something() {
    Player& player = anyone();
    if (plan_.random.chance(0.3)) {
        static_cast<void>(player.side.abort("changed my mind"));
    } else {
        static_cast<void>(player.side.shutdown());
        if (plan_.random.chance(0.3)) static_cast<void>(other(player).side.shutdown());
    }
    player.ended_by_user = true;
}

void Simulation::crash(Player& player) {
    collect();
    const sctp::Counters counters = player.side.engine->counters();
    EXPECT_TRUE(plan_.hostile || counters.of(Verdict::protocol_violation) == 0u);
    player.side.restart(player.options);
    EXPECT_EQ(player.side.buffers.in_use(), 0u) << "a crash leaves nothing behind";
    EXPECT_EQ(player.side.packets.in_use(), 0u);
    EXPECT_TRUE(player.side.listen(player.port));
    player.ledger.life_ends(Ledger::End::crashed);
    player.ended.clear(); // a new engine counts anew
    player.alive = false;
    player.up_since = kNever;
    player.last_dead = world_.now();
    player.unread_bytes = 0;
}

/// A laptop is closed, a machine is moved: its clock leaps, and its peer hears nothing meanwhile.
void Simulation::suspend(Player& player) {
    player.side.suspend();
    live(Duration{static_cast<Duration::rep>(
        plan_.random.below(static_cast<std::uint64_t>(kSuspensionMax.count())))});
    player.side.wake();
}

/// Its user goes on as if nothing had been; before it is up there is nothing to go on with.
void Simulation::hand_over(Player& player) {
    if (!player.side.is_up()) return;
    collect();
    const auto went = player.side.hand_over(player.options);
    EXPECT_TRUE(went) << (went ? "" : went.error().what);
    EXPECT_TRUE(player.side.listen(player.port));
    player.ended.clear(); // a new engine counts anew
}

/// A NAT in front of `a` forgets it, and it says something so that `z` learns where it is now.
void Simulation::rebind() {
    world_.network.rebind(a_.side.id, plan_.host(1, next_udp_port_++));
    if (a_.alive) ask(a_);
}

/// Whichever of the peer's addresses is to be preferred, if it can be; and it gets options.
void Simulation::prefer(Player& player) {
    const NodeId peer = other(player).side.id;
    const std::size_t which = plan_.random.below(world_.network.address_count(peer));
    const Address remote = world_.network.address(peer, which);
    sctp::Endpoint& engine = *player.side.engine;
    const sctp::AssociationId association = player.side.association();
    static_cast<void>(engine.set_primary(association, remote, world_.now()));
    static_cast<void>(engine.heartbeat(association, remote, 1, plan_.marking(), world_.now()));
    sctp::PathOptions options;
    if (plan_.random.chance(0.5)) options.packet_bytes = 512 + 4 * plan_.random.below(250);
    if (plan_.random.chance(0.5)) options.rto_min = Duration{1ms * plan_.random.below(500)};
    static_cast<void>(engine.set_path_options(association, remote, options, world_.now()));
}

/// An address goes or comes back, or is to be preferred; in the end all are there.
void Simulation::move(Player& player) {
    const std::size_t which = plan_.random.below(world_.network.address_count(player.side.id));
    const Address local = world_.network.address(player.side.id, which);
    sctp::Endpoint& engine = *player.side.engine;
    const sctp::AssociationId association = player.side.association();
    const std::uint64_t kind = plan_.random.below(10);
    if (kind < 4) {
        static_cast<void>(engine.remove_local_address(association, local, world_.now()));
    } else if (kind < 8) {
        static_cast<void>(engine.add_local_address(association, local, world_.now()));
    } else {
        static_cast<void>(engine.set_peer_primary(association, local, world_.now()));
    }
}

void Simulation::come_home(Player& player) {
    for (std::size_t i = 0; i < world_.network.address_count(player.side.id); ++i)
        static_cast<void>(player.side.engine->add_local_address(
            player.side.association(), world_.network.address(player.side.id, i), world_.now()));
}

void Simulation::ask(Player& player) {
    static_cast<void>(
        player.side.engine->heartbeat(player.side.association(), 1, plan_.marking(), world_.now()));
}

/// What is open already, or too much, is refused; all else has to come to its end.
void Simulation::reconfigure(Player& player) {
    SeededRandom& random = plan_.random;
    const auto direction =
        random.chance(0.5) ? sctp::StreamDirection::outgoing : sctp::StreamDirection::incoming;
    sctp::Endpoint& engine = *player.side.engine;
    if (random.chance(0.25)) {
        static_cast<void>(engine.reset_association(player.side.association(), world_.now()));
        return;
    }
    if (random.chance(0.3)) {
        const auto count = static_cast<std::uint16_t>(1 + random.below(5));
        static_cast<void>(engine.add_streams(
            player.side.association(), {.direction = direction, .count = count}, world_.now()));
        return;
    }
    sctp::StreamReset reset{.direction = direction, .streams = {}};
    for (std::uint64_t left = random.below(4); left > 0; --left)
        reset.streams.push_back(static_cast<sctp::StreamId>(random.below(plan_.streams)));
    static_cast<void>(engine.reset_streams(player.side.association(), reset, world_.now()));
}

/// Whether the stream, or the association, is there, and what the scheduler thinks of the value.
void Simulation::schedule(Player& player) {
    sctp::Endpoint& engine = *player.side.engine;
    const sctp::AssociationId association = player.side.association();
    if (plan_.random.chance(0.3)) {
        static_cast<void>(engine.set_scheduler(association, plan_.scheduler(), world_.now()));
        return;
    }
    const auto stream = static_cast<sctp::StreamId>(plan_.random.below(plan_.streams + 2u));
    static_cast<void>(
        engine.set_stream_value(association, stream, plan_.stream_value(), world_.now()));
}

/// Some are deactivated meanwhile, and none is deleted: the peer may go on with it.
void Simulation::change_key(Player& player) {
    sctp::Endpoint& engine = *player.side.engine;
    const sctp::AssociationId association = player.side.association();
    static_cast<void>(engine.activate_key(association, plan_.key(), world_.now()));
    if (plan_.random.chance(0.3))
        static_cast<void>(engine.deactivate_key(association, plan_.key(), world_.now()));
}

void Simulation::suffer() {
    for (Player* player : {&a_, &z_}) {
        const Player& peer = other(*player);
        villain_.act({.address = world_.network.outside(player->side.id),
                      .port = player->port,
                      .friend_address = world_.network.outside(peer.side.id),
                      .friend_port = peer.port});
    }
}

void Simulation::collect() {
    for (Player* player : {&a_, &z_}) {
        while (const auto message = player->side.message()) {
            player->unread_bytes += message->payload.size();
            other(*player).ledger.arrived(*message);
        }
    }
    for (Player* player : {&a_, &z_}) {
        while (!player->side.events.empty()) {
            sctp::Event event = std::move(player->side.events.front());
            player->side.events.pop_front();
            take(*player, event);
        }
        release(*player, 0.5);
        EXPECT_LE(player->side.engine->association_count(), 1u + player->side.stranger_count());
        if (!player->alive) player->last_dead = world_.now();
    }
}

void Simulation::take(Player& player, sctp::Event& event) {
    const auto of = std::visit([](const auto& any) { return any.association; }, event);
    EXPECT_FALSE(player.ended.contains(of)) << "an event after the end of its association";
    if (const auto* up = std::get_if<sctp::Connected>(&event)) {
        EXPECT_EQ(up->outbound_streams, plan_.streams);
        EXPECT_EQ(player.up_since, kNever) << "connected twice";
        player.alive = true;
        player.up_since = world_.now();
    } else if (std::holds_alternative<sctp::Restarted>(event)) {
        player.ledger.life_ends(Ledger::End::reported);
        player.up_since = world_.now();
    } else if (const auto* failed = std::get_if<sctp::SendFailed>(&event)) {
        player.ledger.failed(*failed);
    } else if (std::holds_alternative<sctp::StreamsReset>(event) ||
               std::holds_alternative<sctp::AssociationReset>(event)) {
        if (plan_.random.chance(0.5)) converse(player); // at once, in streams that were in use
    } else if (const auto* end = std::get_if<sctp::Closed>(&event)) {
        check_end(player, *end);
    } else if (const auto* error = std::get_if<sctp::PeerError>(&event)) {
        ADD_FAILURE() << "an honest peer reported error cause " << error->cause;
    }
}

void Simulation::check_end(Player& player, const sctp::Closed& end) {
    using enum sctp::CloseReason;
    const Player& peer = other(player);
    // One that has lost its memory since they met has answered with ABORT, which may come late: a
    // stranger who saw it says it again.
    const bool peer_was_there = world_.now() - peer.last_dead > 10s &&
                                peer.last_dead <= player.up_since && !peer.ended_by_user;
    // One whose cookie ran out while it was suspended begins again under another tag: what a peer
    // has of the handshake before is nothing to it.
    const bool peer_began_again = plan_.suspends && !(world_.now() - peer.up_since > 10s);
    switch (end.reason) {
    case shutdown: player.ledger.ended_gracefully(); break;
    case aborted_locally: EXPECT_TRUE(player.ended_by_user); break;
    case aborted_by_peer:
    case refused:
        EXPECT_FALSE(peer_was_there && !peer_began_again)
            << "the peer sent ABORT, and had no reason";
        break;
    case timed_out:
        EXPECT_TRUE(plan_.cookies_die()) << "nothing but lost secrets make a handshake hopeless";
        break;
    default: ADD_FAILURE() << "closed: " << sctp::name(end.reason);
    }
    player.ended.insert(end.association);
    player.ledger.life_ends(Ledger::End::reported);
    player.alive = false;
    player.up_since = kNever;
    player.last_dead = world_.now();
    player.ended_by_user = false;
}

void Simulation::release(Player& player, double chance) {
    if (player.options.window_credit != sctp::WindowCredit::on_release) return;
    if (player.unread_bytes == 0 || player.side.suspended()) return;
    if (!plan_.random.chance(chance)) return;
    player.side.engine->release(player.side.association(), player.unread_bytes, world_.now());
    player.unread_bytes = 0;
}

bool Simulation::both_up_for(Duration duration) const {
    const auto up = [&](const Player& player) {
        return player.alive && player.up_since != kNever &&
               world_.now() - player.up_since > duration && player.side.is_connected();
    };
    return up(a_) && up(z_);
}

bool Simulation::settled() const {
    const auto done = [](const Player& player) {
        return player.side.is_connected() && player.ledger.settled() &&
               player.side.status().queued_bytes == 0;
    };
    return done(a_) && done(z_);
}

std::string Simulation::describe(const Player& player) {
    std::string text{sctp::name(player.side.state())};
    if (const auto status = player.side.engine->status(player.side.association())) {
        text += fmt::format(", {} queued, {} in flight, window {}, peer's window {}, packets of {}",
                            status->queued_bytes, status->in_flight_bytes,
                            status->congestion_window_bytes, status->peer_window_bytes,
                            status->packet_bytes_max);
    }
    return text + ", has not delivered:" + player.ledger.describe_open();
}

void Simulation::heal_and_settle() {
    for (Player* player : {&a_, &z_})
        for (std::size_t i = 0; i < world_.network.address_count(player->side.id); ++i)
            world_.network.link(player->side.id, i) = Plan::healed_link();
    if (plan_.moves)
        for (Player* player : {&a_, &z_})
            come_home(*player);
    const Instant limit =
        world_.now() + (plan_.cookies_die() ? kProgressBoundOfCookies : kProgressBound);
    for (int i = 0; !settled() && world_.now() < limit; ++i) {
        if (testing::Test::HasFailure()) return;
        if (!a_.alive || !z_.alive) open_what_is_closed();
        for (Player* player : {&a_, &z_}) { // a dead peer, or a forgetful NAT, is found by asking
            if (i % 20 == 0 && player->alive) ask(*player);
        }
        live(250ms);
        for (Player* player : {&a_, &z_})
            release(*player, 1);
    }
    EXPECT_TRUE(settled()) << "no progress on a healthy network\na: " << describe(a_)
                           << "\nz: " << describe(z_);
}

/// A path is asked until it answers, or has not for too long: behind a NAT that may be. And then
/// again when the peer is heard there.
bool Simulation::is_in_doubt(const Side& side) {
    return std::ranges::any_of(side.engine->paths(side.association()), [](const auto& path) {
        return path.state != sctp::PathStatus::State::active;
    });
}

void Simulation::finish() {
    live(kLastTimers);
    for (Player* player : {&a_, &z_}) {
        EXPECT_EQ(player->side.status().queued_bytes, 0u);
        EXPECT_EQ(player->side.status().in_flight_bytes, 0u);
        const bool beats = player->options.heartbeat_interval != sctp::Options::kHeartbeatOff;
        if (!beats && is_in_doubt(player->side)) continue;
        EXPECT_EQ(player->side.deadline() != kNever, beats) << "something still ticks";
    }
    if (testing::Test::HasFailure()) return;
    end_something();
    const Instant limit = world_.now() + kProgressBound;
    while ((a_.alive || z_.alive) && world_.now() < limit) {
        live(100ms);
    }
    for (Player* player : {&a_, &z_}) {
        EXPECT_FALSE(player->alive) << sctp::name(player->side.state());
        EXPECT_EQ(player->side.deadline(), kNever);
        EXPECT_EQ(player->side.engine->association_count(), 0u);
        EXPECT_EQ(player->side.buffers.in_use(), 0u);
        EXPECT_EQ(player->side.packets.in_use(), 0u);
        if (plan_.hostile) continue;
        EXPECT_EQ(player->side.engine->counters().of(Verdict::protocol_violation), 0u);
        EXPECT_EQ(player->side.engine->counters().of(Verdict::malformed), 0u);
        if (plan_.crashes) continue; // a restart leaves packets under the keys of before
        // Where both open, a COOKIE ECHO may have the keys of an INIT that lost: RFC 4895 §6.3.
        if (plan_.a_opens && plan_.z_opens) continue;
        EXPECT_EQ(player->side.engine->counters().of(Verdict::bad_authentication), 0u);
    }
}

} // namespace hawser::test
