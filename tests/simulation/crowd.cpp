#include "simulation/crowd.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <variant>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration kSuspensionMax = 20s; // no cookie runs out meanwhile
constexpr Duration kProgressBound = 10min;
constexpr Duration kGlance = 100ms;

sctp::Options with_window_on_poll(sctp::Options options) {
    options.window_credit = sctp::WindowCredit::on_poll;
    return options;
}

} // namespace

Crowd::Member::Member(World& world, const Address& address, const sctp::Options& chosen,
                      std::uint64_t seed)
    : side{world, address, chosen, seed}, options{chosen}, trace{host_to_string(address)} {}

Crowd::Crowd(std::uint64_t seed) : plan_{seed}, world_{seed} {
    const std::size_t size = 2 + seed % 3;
    for (std::size_t i = 0; i < size; ++i) {
        sctp::Options options = i % 2 == 0 ? plan_.options_a : plan_.options_z;
        options.local_addresses.clear();
        options.authentication.reset(); // an association that nobody can end is never missed here
        options.dynamic_addresses = false;
        options.init_retransmissions_max = 60;
        if (seed % 2 == 0) options = with_window_on_poll(options);
        const auto number = static_cast<std::uint8_t>(i + 1);
        members_.push_back(
            std::make_unique<Member>(world_, plan_.host(number, 9899), options, size * seed + i));
        Member& member = *members_.back();
        member.side.framing = i % 2 == 0 ? plan_.framing_a : plan_.framing_z;
        const Ledger::Rules rules{!plan_.rewrites_markings, options.ancillary, options.ecn};
        for (std::size_t peer = 0; peer < size; ++peer)
            member.lines.emplace_back(rules);
        EXPECT_TRUE(member.side.listen(kPort));
    }
}

void Crowd::run() {
    if (std::getenv("HAWSER_TRACE") != nullptr)
        for (const auto& member : members_)
            member->side.set_tap(&member->trace);
    change_network();
    for (std::size_t step = 0; step < plan_.steps && !testing::Test::HasFailure(); ++step) {
        act();
        const std::uint64_t kind = plan_.random.below(10);
        live(kind < 6 ? 100ms : kind < 9 ? 1s : Duration{10s});
    }
    if (!testing::Test::HasFailure()) heal_and_settle();
    if (!testing::Test::HasFailure()) finish();
}

void Crowd::live(Duration duration) {
    for (; duration > Duration::zero(); duration -= std::min(duration, kGlance)) {
        world_.run_for(std::min(duration, kGlance));
        collect();
    }
}

void Crowd::act() {
    for (int turns = 4; turns > 0; --turns) {
        const std::size_t from = anyone();
        const std::size_t to = another_than(from);
        open(from, to);
        converse(from, to);
    }
    if (plan_.random.chance(0.2)) change_network();
    const std::size_t one = anyone();
    if (plan_.random.chance(0.1)) end(one, another_than(one));
    if (plan_.crashes && plan_.random.chance(0.1)) crash(one);
    if (plan_.random.chance(0.1)) suspend(one);
}

std::size_t Crowd::another_than(std::size_t which) {
    return (which + 1 + plan_.random.below(members_.size() - 1)) % members_.size();
}

void Crowd::open(std::size_t from, std::size_t to) {
    Line& line = members_[from]->lines[to];
    // Where memories are lost nobody's INIT may cross another's: see Plan::a_opens.
    if (line.alive || (plan_.crashes && from > to)) return;
    const Address& there = world_.network.address(members_[to]->side.id);
    const auto made = members_[from]->side.connect(there, kPort, {.local_port = kPort});
    EXPECT_TRUE(made || made.error().code == Errc::in_use);
    if (!made) return;
    line.alive = true;
    line.association = *made;
}

void Crowd::converse(std::size_t from, std::size_t to) {
    Member& member = *members_[from];
    Line& line = member.lines[to];
    if (!line.alive) return;
    for (std::uint64_t left = 1 + plan_.random.below(8); left > 0; --left) {
        std::string payload = plan_.message();
        sctp::SendOptions options = plan_.send_options(world_.now());
        options.key.reset();
        options.ppid = line.ledger.next_ppid();
        if (member.side.engine->send(line.association, as_bytes(payload), options, world_.now()))
            line.ledger.sent(std::move(payload), options);
    }
}

void Crowd::end(std::size_t from, std::size_t to) {
    Member& member = *members_[from];
    const Line& line = member.lines[to];
    for (const Line* each : {&line, &std::as_const(members_[to]->lines[from])})
        if (!each->up || world_.now() - each->up_since < kAgeOfDiscretion) return;
    sctp::Endpoint& engine = *member.side.engine;
    static_cast<void>(plan_.random.chance(0.5)
                          ? engine.shutdown(line.association, world_.now())
                          : engine.abort(line.association, as_bytes("enough"), world_.now()));
}

void Crowd::crash(std::size_t which) {
    collect();
    Member& member = *members_[which];
    member.side.restart(member.options);
    EXPECT_EQ(member.side.buffers.in_use(), 0u) << "a crash leaves nothing behind";
    EXPECT_EQ(member.side.packets.in_use(), 0u);
    EXPECT_TRUE(member.side.listen(kPort));
    for (Line& line : member.lines) {
        line.ledger.life_ends(Ledger::End::crashed);
        line.alive = line.up = false;
    }
}

void Crowd::suspend(std::size_t which) {
    members_[which]->side.suspend();
    live(Duration{static_cast<Duration::rep>(
        plan_.random.below(static_cast<std::uint64_t>(kSuspensionMax.count())))});
    members_[which]->side.wake();
}

void Crowd::change_network() {
    for (const auto& member : members_) {
        Link& link = world_.network.link(member->side.id);
        link = plan_.rough_link();
        link.down = plan_.random.chance(0.05);
    }
}

void Crowd::collect() {
    for (std::size_t at = 0; at < members_.size(); ++at) {
        while (const auto message = members_[at]->side.message()) {
            members_[owner(message->path.remote)]->lines[at].ledger.arrived(*message);
            release(at, *message);
        }
    }
    for (std::size_t at = 0; at < members_.size(); ++at) {
        auto& events = members_[at]->side.events;
        while (!events.empty()) {
            sctp::Event event = std::move(events.front());
            events.pop_front();
            take(at, event);
        }
        EXPECT_LT(members_[at]->side.engine->association_count(), members_.size());
    }
}

void Crowd::release(std::size_t at, const sctp::Message& message) {
    Member& member = *members_[at];
    if (member.options.window_credit != sctp::WindowCredit::on_release) return;
    if (member.side.suspended()) return;
    member.side.engine->release(message.association, message.payload.size(), world_.now());
}

void Crowd::take(std::size_t at, sctp::Event& event) {
    const auto of = std::visit([](const auto& any) { return any.association; }, event);
    if (const auto* up = std::get_if<sctp::Connected>(&event)) {
        Line& line = members_[at]->lines[owner(up->path.remote)];
        EXPECT_FALSE(line.up) << "connected twice";
        line.alive = line.up = true;
        line.up_since = world_.now();
        line.association = of;
        return;
    }
    Line* line = line_of(at, of);
    ASSERT_TRUE(line) << "an event of an association that nobody has";
    if (const auto* failed = std::get_if<sctp::SendFailed>(&event)) {
        line->ledger.failed(*failed);
    } else if (std::holds_alternative<sctp::Restarted>(event)) {
        line->ledger.life_ends(Ledger::End::reported);
        line->up_since = world_.now();
    } else if (const auto* end = std::get_if<sctp::Closed>(&event)) {
        EXPECT_NE(end->reason, sctp::CloseReason::protocol_violation);
        EXPECT_NE(end->reason, sctp::CloseReason::out_of_resource);
        if (end->reason == sctp::CloseReason::shutdown) line->ledger.ended_gracefully();
        line->ledger.life_ends(Ledger::End::reported);
        line->alive = line->up = false;
    } else if (const auto* error = std::get_if<sctp::PeerError>(&event)) {
        ADD_FAILURE() << "an honest peer reported error cause " << error->cause;
    }
}

std::size_t Crowd::owner(const Address& address) const {
    const auto at = std::ranges::find_if(members_, [&](const auto& member) {
        return world_.network.address(member->side.id) == address;
    });
    EXPECT_NE(at, members_.end()) << "from " << to_string(address);
    return static_cast<std::size_t>(at - members_.begin());
}

Crowd::Line* Crowd::line_of(std::size_t at, sctp::AssociationId association) {
    for (Line& line : members_[at]->lines)
        if (line.alive && line.association == association) return &line;
    return nullptr;
}

void Crowd::heal_and_settle() {
    for (const auto& member : members_)
        world_.network.link(member->side.id) = Plan::healed_link();
    const Instant limit = world_.now() + kProgressBound;
    for (int i = 0; !settled() && world_.now() < limit; ++i) {
        if (testing::Test::HasFailure()) return;
        for (std::size_t from = 0; from < members_.size(); ++from) {
            for (std::size_t to = 0; to < members_.size(); ++to) {
                if (from == to) continue;
                open(from, to);
                const Line& line = members_[from]->lines[to];
                if (i % 20 != 0 || !line.alive) continue;
                static_cast<void>(
                    members_[from]->side.engine->heartbeat(line.association, 1, {}, world_.now()));
            }
        }
        live(250ms);
    }
    EXPECT_TRUE(settled()) << "no progress on a healthy network" << describe();
}

bool Crowd::settled() const {
    for (std::size_t from = 0; from < members_.size(); ++from) {
        for (std::size_t to = 0; to < members_.size(); ++to) {
            const Line& line = members_[from]->lines[to];
            if (from == to) continue;
            if (!line.up || !line.ledger.settled()) return false;
            const auto status = members_[from]->side.engine->status(line.association);
            if (!status || status->state != sctp::State::established) return false;
            if (status->queued_bytes != 0) return false;
        }
    }
    return true;
}

void Crowd::finish() {
    for (std::size_t from = 0; from < members_.size(); ++from)
        for (std::size_t to = 0; to < from; ++to)
            static_cast<void>(members_[from]->side.engine->shutdown(
                members_[from]->lines[to].association, world_.now()));
    live(kProgressBound / 5);
    for (const auto& member : members_) {
        EXPECT_EQ(member->side.engine->association_count(), 0u);
        EXPECT_EQ(member->side.deadline(), kNever);
        EXPECT_EQ(member->side.buffers.in_use(), 0u);
        EXPECT_EQ(member->side.packets.in_use(), 0u);
        EXPECT_EQ(member->side.engine->counters().of(Verdict::protocol_violation), 0u);
        EXPECT_EQ(member->side.engine->counters().of(Verdict::malformed), 0u);
    }
}

std::string Crowd::describe() const {
    std::string text;
    for (std::size_t from = 0; from < members_.size(); ++from) {
        for (std::size_t to = 0; to < members_.size(); ++to) {
            const Line& line = members_[from]->lines[to];
            if (from == to) continue;
            const auto status = members_[from]->side.engine->status(line.association);
            text += fmt::format("\n{} to {}: {}, has not delivered:{}", from, to,
                                status ? sctp::name(status->state) : "none",
                                line.ledger.describe_open());
        }
    }
    return text;
}

} // namespace hawser::test
