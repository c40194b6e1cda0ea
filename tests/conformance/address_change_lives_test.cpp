// RFC 5061 beside all else that happens to an association: setup, collision, restart, resets, loss.
#include "moving.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;
using Addresses = std::vector<Address>;

hawser::Result<> add_to_endpoint(Movers& movers, std::size_t network) {
    return movers.pair.a.engine->add_local_address(movers.ours(network), movers.pair.now());
}
hawser::Result<> remove_from_endpoint(Movers& movers, std::size_t network) {
    return movers.pair.a.engine->remove_local_address(movers.ours(network), movers.pair.now());
}

TEST(Rfc5061_5_1, WhatChangesDuringTheHandshakeIsToldAfterIt) {
    Movers movers;
    movers.pair.latency(50ms);
    ASSERT_TRUE(movers.pair.z.listen(Pair::kPort));
    ASSERT_TRUE(movers.pair.a.connect(movers.theirs(0), Pair::kPort));
    movers.pair.run_for(120ms); // COOKIE ECHO is under way
    ASSERT_TRUE(add_to_endpoint(movers, 1));
    movers.pair.run_for(5s);
    EXPECT_EQ(movers.outcome(), AddressOutcome::performed);
    EXPECT_EQ(movers.known_to_z(true), (Addresses{movers.ours(0), movers.ours(1)}));
}

TEST(Rfc5061_5_1, WhatChangesBetweenInitAckAndCookieEchoIsAskedForAnew) {
    Movers movers;
    movers.pair.latency(50ms);
    ASSERT_TRUE(movers.pair.a.listen(Pair::kPort));
    ASSERT_TRUE(movers.pair.z.connect(movers.ours(0), Pair::kPort));
    movers.pair.run_for(120ms); // INIT ACK has named no address
    ASSERT_TRUE(add_to_endpoint(movers, 1));
    movers.pair.run_for(10s);
    ASSERT_TRUE(movers.pair.a.is_connected() && movers.pair.z.is_connected());
    EXPECT_EQ(movers.known_to_z(true), (Addresses{movers.ours(0), movers.ours(1)}));
    EXPECT_TRUE(movers.talks());
}

TEST(Rfc5061_5_1, BothBeginAtOnceAndChange) {
    Movers movers;
    movers.pair.latency(50ms);
    Side& a = movers.pair.a;
    Side& z = movers.pair.z;
    ASSERT_TRUE(a.listen(Pair::kPort) && z.listen(Pair::kPort));
    const sctp::ConnectOptions same_port{.local_port = Pair::kPort};
    ASSERT_TRUE(a.connect(movers.theirs(0), Pair::kPort, same_port));
    ASSERT_TRUE(z.connect(movers.ours(0), Pair::kPort, same_port));
    movers.pair.run_for(60ms);
    ASSERT_TRUE(add_to_endpoint(movers, 1));
    movers.pair.run_for(60ms);
    ASSERT_TRUE(add_to_endpoint(movers, 2));
    movers.pair.run_for(20s);
    ASSERT_TRUE(a.is_connected() && z.is_connected());
    Addresses known = movers.known_to_z(true);
    std::ranges::sort(known);
    EXPECT_EQ(known, (Addresses{movers.ours(0), movers.ours(1), movers.ours(2)}));
    EXPECT_TRUE(movers.talks());
}

TEST(Rfc5061_5_1, WhatIsOpenWhenThePeerBeginsAnewIsGivenUp) {
    Movers movers;
    ASSERT_TRUE(movers.connect());
    ASSERT_TRUE(movers.add(1));
    EXPECT_EQ(movers.outcome(), AddressOutcome::performed);
    movers.cut = {0, 1};
    ASSERT_TRUE(movers.add(2));
    movers.pair.run_for(200ms);
    movers.pair.z.restart(moving());
    movers.cut = {};
    const sctp::ConnectOptions same_port{.local_port = Pair::kPort};
    const auto port = movers.pair.a.status().local_port;
    ASSERT_TRUE(movers.pair.a.listen(port));
    ASSERT_TRUE(movers.pair.z.connect(movers.ours(0), port, same_port));
    movers.pair.run_for(20s);
    ASSERT_TRUE(movers.pair.a.event<sctp::Restarted>());
    EXPECT_EQ(movers.outcome(), AddressOutcome::given_up);
    EXPECT_EQ(movers.known_to_z(), Addresses{movers.ours(0)}) << "those of the endpoint";
    ASSERT_TRUE(movers.add(1));
    movers.pair.run_for(5s);
    EXPECT_EQ(movers.outcome(), AddressOutcome::performed) << "numbers begin anew, too";
    EXPECT_EQ(movers.known_to_z(true), (Addresses{movers.ours(0), movers.ours(1)}));
    EXPECT_TRUE(movers.talks());
}

TEST(Rfc5061_5_1_A2, NumbersGoOnWhereTsnsBeginAgain) {
    sctp::Options options = moving();
    options.reconfiguration = true;
    Movers movers{options};
    ASSERT_TRUE(movers.connect());
    ASSERT_TRUE(movers.add(1));
    ASSERT_TRUE(movers.talks());
    ASSERT_TRUE(
        movers.pair.a.engine->reset_association(movers.pair.a.association(), movers.pair.now()));
    movers.pair.run_for(5s);
    ASSERT_TRUE(movers.pair.a.event<sctp::AssociationReset>());
    movers.pair.a.events.clear();
    ASSERT_TRUE(movers.remove(0));
    movers.pair.run_for(5s);
    EXPECT_EQ(movers.outcome(), AddressOutcome::performed);
    EXPECT_EQ(movers.known_to_z(), Addresses{movers.ours(1)});
    EXPECT_TRUE(movers.talks());
}

TEST(Rfc5061_5_3, TheEndpointsOnlyAddressIsExchangedInAllAssociations) {
    Movers movers{moving(sctp::Options::modern())};
    ASSERT_TRUE(movers.connect());
    ASSERT_TRUE(remove_from_endpoint(movers, 0));
    movers.cut = {0};
    movers.pair.run_for(300ms);
    ASSERT_TRUE(add_to_endpoint(movers, 2));
    movers.pair.run_for(5s);
    EXPECT_EQ(movers.known_to_z(true), Addresses{movers.ours(2)});
    EXPECT_TRUE(movers.talks());
}

TEST(Rfc5061_5_1_B2, WhereNothingGetsThroughTheAssociationEndsAsEver) {
    for (const bool homeless : {false, true}) {
        Movers movers;
        ASSERT_TRUE(movers.connect());
        ASSERT_TRUE(!homeless || movers.remove(0));
        movers.cut = {0, 1};
        ASSERT_TRUE(homeless || movers.add(1));
        ASSERT_TRUE(movers.pair.a.send("never"));
        movers.pair.run_for(20min);
        const auto end = movers.pair.a.event<sctp::Closed>();
        // What nothing can leave from waits for as long as its user does.
        EXPECT_EQ(end.has_value(), !homeless);
        EXPECT_TRUE(!end || end->reason == sctp::CloseReason::timed_out);
    }
}

TEST(AssociationState, AddressesThatCameAndWentGoAlong) {
    for (const bool outstanding : {false, true}) {
        const sctp::Options options = moving(sctp::Options::modern());
        Movers movers{options, true};
        ASSERT_TRUE(movers.connect());
        ASSERT_TRUE(movers.add(1));
        movers.pair.run_for(5s);
        ASSERT_TRUE(movers.remove(0)); // `z` has left its place empty
        EXPECT_EQ(movers.known_to_z(), Addresses{movers.ours(1)});
        ASSERT_TRUE(movers.pair.a.send("under way") && movers.pair.z.send("under way"));
        if (outstanding) {
            movers.cut = {0, 1, 2};
            ASSERT_TRUE(movers.add(2));
        }
        movers.forget();
        sctp::Options of_a = options, of_z = options;
        of_a.local_addresses = {movers.ours(0).host()};
        of_z.local_addresses = {movers.theirs(0).host(), movers.theirs(1).host()};
        ASSERT_TRUE(movers.pair.a.hand_over(of_a));
        ASSERT_TRUE(movers.pair.z.hand_over(of_z));
        movers.cut = {};
        movers.pair.run_for(20s);
        EXPECT_EQ(movers.pair.a.received(), "under way");
        EXPECT_EQ(movers.pair.z.received(), "under way");
        EXPECT_EQ(movers.outcome().has_value(), outstanding);
        EXPECT_TRUE(movers.talks());
        ASSERT_TRUE(movers.add(0));
        movers.pair.run_for(5s);
        EXPECT_EQ(movers.outcome(), AddressOutcome::performed) << "numbers go on";
        EXPECT_EQ(movers.known_to_z(true).size(), outstanding ? 3u : 2u);
    }
}

TEST(AssociationState, WithoutTheOptionItIsRefused) {
    Movers movers;
    ASSERT_TRUE(movers.connect());
    sctp::Options without = moving();
    without.dynamic_addresses = false;
    const auto taken = movers.pair.z.hand_over(without);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Errc::unsupported);
}

// Whatever is lost, in the end both ends mean the same addresses.
TEST(Rfc5061_5, BothEndsAgreeInTheEnd) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        sctp::Options options =
            moving(seed % 2 == 0 ? sctp::Options::modern() : sctp::Options::rfc9260());
        options.association_retransmissions_max = 10'000;
        options.rto_max = 2s;
        options.heartbeat_interval = 3s;
        Movers movers{options, seed % 3 == 0, seed};
        ASSERT_TRUE(movers.connect());
        SeededRandom random{seed};
        for (Side* side : {&movers.pair.a, &movers.pair.z}) {
            for (std::size_t i = 0; i < Movers::kNetworks; ++i) {
                movers.pair.network().link(side->id, i).loss = 0.3;
                movers.pair.network().link(side->id, i).duplication = 0.1;
                movers.pair.network().link(side->id, i).jitter = 100ms;
            }
        }
        std::set<std::size_t> ours{0};
        int sent = 0;
        for (int step = 0; step < 30; ++step) {
            const std::size_t network = random.below(Movers::kNetworks);
            switch (random.below(4)) {
            case 0:
                if (movers.add(network)) ours.insert(network);
                break;
            case 1:
                if (movers.remove(network)) ours.erase(network);
                break;
            case 2: static_cast<void>(movers.prefer(network)); break;
            default:
                EXPECT_TRUE(movers.pair.a.send(std::to_string(sent)));
                EXPECT_TRUE(movers.pair.z.send(std::to_string(sent)));
                ++sent;
            }
            movers.pair.run_for(std::chrono::milliseconds{random.below(1'500)});
        }
        for (Side* side : {&movers.pair.a, &movers.pair.z})
            for (std::size_t i = 0; i < Movers::kNetworks; ++i)
                movers.pair.network().link(side->id, i) = {.latency = 10ms};
        if (ours.empty() && movers.add(0)) ours.insert(0);
        movers.pair.run_for(3min);
        for (Side* side : {&movers.pair.a, &movers.pair.z}) {
            const auto end = side->event<sctp::Closed>();
            EXPECT_FALSE(end) << name(end->reason) << ' ' << end->cause.value_or(0) << ", seed "
                              << seed;
        }
        Addresses wanted;
        for (const std::size_t network : ours)
            wanted.push_back(movers.ours(network));
        Addresses known = movers.known_to_z(true);
        std::ranges::sort(known);
        EXPECT_EQ(known, wanted) << "seed " << seed;
        for (Side* side : {&movers.pair.a, &movers.pair.z})
            for (int i = 0; i < sent; ++i)
                EXPECT_EQ(side->received(), std::to_string(i)) << "seed " << seed;
        if (testing::Test::HasFailure()) return;
    }
}

} // namespace
} // namespace hawser::test
