// RFC 5061: addresses of a running association come and go, between two engines.
#include "moving.hpp"

#include <algorithm>
#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;
using Change = sctp::PathChanged::State;
using Addresses = std::vector<Address>;

// --- §5.1, §5.2: adding ---

TEST(Rfc5061_5_1, AnAddressIsAdded) {
    Movers movers;
    ASSERT_TRUE(movers.connect());
    ASSERT_TRUE(movers.add(1));
    movers.pair.run_for(5s);
    EXPECT_EQ(movers.outcome(), AddressOutcome::performed);
    EXPECT_EQ(movers.known_to_z(true), (Addresses{movers.ours(0), movers.ours(1)}));
    EXPECT_EQ(movers.pair.z.event<sctp::PathChanged>()->state, Change::added);
    EXPECT_EQ(movers.pair.z.event<sctp::PathChanged>()->state, Change::confirmed);
    EXPECT_TRUE(movers.talks());
}

TEST(Rfc5061_5_3_F14, NothingButHeartbeatsGoesThereBeforeItHasAnswered) {
    Movers movers;
    ASSERT_TRUE(movers.connect());
    movers.cut = {1};
    ASSERT_TRUE(movers.add(1));
    ASSERT_EQ(movers.known_to_z().size(), 2u);
    EXPECT_EQ(movers.known_to_z(true).size(), 1u);
    movers.to_a.clear();
    const auto before = movers.pair.z.status().packets_sent;
    ASSERT_TRUE(movers.pair.z.send(std::string(50'000, 'x')));
    movers.pair.run_for(200ms);
    EXPECT_GT(movers.pair.z.status().packets_sent, before + 40);
    EXPECT_EQ(movers.to_a[movers.ours(1)], 0);
    EXPECT_TRUE(movers.pair.a.received());
}

TEST(Rfc5061_5_3_F1, ItIsNoSourceBeforeThePeerHasAgreed) {
    Movers movers;
    ASSERT_TRUE(movers.connect());
    movers.pair.latency(50ms);
    ASSERT_TRUE(movers.add(1));
    ASSERT_TRUE(movers.pair.a.send("meanwhile"));
    movers.pair.run_for(99ms);
    EXPECT_EQ(movers.from_a[movers.ours(1)], 0);
    EXPECT_FALSE(movers.outcome());
    movers.pair.run_for(1ms);
    EXPECT_EQ(movers.outcome(), AddressOutcome::performed);
}

TEST(Rfc5061_5_1, ItTakesOverWhereTheFirstFails) {
    Movers movers{moving(sctp::Options::modern())};
    ASSERT_TRUE(movers.connect());
    ASSERT_TRUE(movers.add(1));
    movers.pair.run_for(5s);
    movers.cut = {0};
    EXPECT_TRUE(movers.talks());
    EXPECT_GT(movers.to_a[movers.ours(1)], 0);
}

// --- §5.3: deleting ---

TEST(Rfc5061_5_3_F13, NothingGoesToADeletedAddress) {
    Movers movers;
    ASSERT_TRUE(movers.connect());
    ASSERT_TRUE(movers.add(1));
    movers.pair.run_for(5s);
    movers.forget();
    ASSERT_TRUE(movers.remove(0));
    EXPECT_EQ(movers.outcome(), AddressOutcome::performed);
    EXPECT_EQ(movers.known_to_z(), Addresses{movers.ours(1)});
    EXPECT_EQ(movers.pair.z.event<sctp::PathChanged>()->state, Change::removed);
    movers.from_a.clear();
    movers.to_a.clear();
    EXPECT_TRUE(movers.talks());
    EXPECT_EQ(movers.to_a[movers.ours(0)], 0);
    EXPECT_EQ(movers.from_a[movers.ours(0)], 0);
}

TEST(Rfc5061_5_3_F4, ItIsNoSourceFromTheMomentThatItIsToGo) {
    Movers movers;
    ASSERT_TRUE(movers.connect());
    ASSERT_TRUE(movers.add(1));
    movers.pair.run_for(5s);
    movers.pair.latency(50ms);
    movers.forget();
    ASSERT_TRUE(movers.remove(0));
    ASSERT_TRUE(movers.pair.a.send("from the other"));
    movers.pair.run_for(1s);
    EXPECT_EQ(movers.from_a[movers.ours(0)], 0) << "§5.3 F6, too";
    EXPECT_EQ(movers.pair.z.received(), "from the other");
}

TEST(Rfc5061_5_3_F13, WhatWasUnderWayThereGoesAgainElsewhere) {
    Movers movers{moving(sctp::Options::modern())};
    ASSERT_TRUE(movers.connect());
    ASSERT_TRUE(movers.add(1));
    movers.pair.run_for(5s);
    movers.pair.latency(50ms);
    const std::string large(20'000, 'x');
    ASSERT_TRUE(movers.pair.z.send(large));
    movers.pair.settle();
    movers.cut = {0}; // the DATA is under way; nothing more gets through
    ASSERT_TRUE(movers.remove(0));
    ASSERT_TRUE(movers.pair.z.send("and more"));
    movers.pair.run_for(20s);
    EXPECT_EQ(movers.pair.a.received(), large);
    EXPECT_EQ(movers.pair.a.received(), "and more");
    EXPECT_EQ(movers.known_to_z(), Addresses{movers.ours(1)});
}

// --- §5.3.2: the only address is another one now ---

TEST(Rfc5061_5_3_2, TheOnlyAddressIsChanged) {
    for (const auto& options : {moving(), moving(sctp::Options::modern())}) {
        Movers movers{options};
        ASSERT_TRUE(movers.connect());
        ASSERT_TRUE(movers.remove(0));
        movers.cut = {0};
        movers.pair.run_for(100ms);
        EXPECT_TRUE(movers.from_a.empty()) << "there is nothing to say it from";
        ASSERT_TRUE(movers.add(1));
        movers.pair.run_for(5s);
        EXPECT_EQ(movers.outcome(), AddressOutcome::performed);
        EXPECT_EQ(movers.outcome(), AddressOutcome::performed);
        EXPECT_EQ(movers.known_to_z(true), Addresses{movers.ours(1)});
        EXPECT_EQ(movers.from_a[movers.ours(0)], 0);
        EXPECT_TRUE(movers.talks());
    }
}

TEST(Rfc5061_5_3_2, NothingIsLostWhenTheOnlyAddressChanges) {
    Movers movers{moving(sctp::Options::modern())};
    ASSERT_TRUE(movers.connect());
    movers.pair.latency(20ms);
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(movers.pair.a.send(std::to_string(i) + std::string(3000, '.')));
        ASSERT_TRUE(movers.pair.z.send(std::to_string(i) + std::string(3000, '.')));
    }
    movers.pair.run_for(30ms);
    movers.cut = {0};
    ASSERT_TRUE(movers.remove(0));
    movers.pair.run_for(500ms);
    ASSERT_TRUE(movers.add(2));
    movers.pair.run_for(60s);
    for (Side* side : {&movers.pair.a, &movers.pair.z}) {
        for (int i = 0; i < 50; ++i) {
            const auto message = side->received();
            ASSERT_TRUE(message) << i;
            EXPECT_EQ(message->substr(0, message->find('.')), std::to_string(i));
        }
    }
}

// --- §5.4 ---

TEST(Rfc5061_5_4, ThePeerSendsWhereItIsAskedTo) {
    Movers movers;
    ASSERT_TRUE(movers.connect());
    ASSERT_TRUE(movers.add(1));
    movers.pair.run_for(5s);
    movers.forget();
    ASSERT_TRUE(movers.prefer(1));
    EXPECT_EQ(movers.outcome(), AddressOutcome::performed);
    EXPECT_EQ(movers.pair.z.event<sctp::PathChanged>()->state, Change::made_primary);
    EXPECT_EQ(movers.pair.z.status().path.remote, movers.ours(1));
}

} // namespace
} // namespace hawser::test
