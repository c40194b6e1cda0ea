#include "dtls/connection_ids.hpp"

#include <gtest/gtest.h>

namespace hawser::dtls {
namespace {

using wire::dtls::ConnectionIdUsage;
using wire::dtls::NewConnectionId;

ConnectionId id(int number, std::size_t bytes = 4) {
    return ConnectionId(bytes, static_cast<std::byte>(number));
}

/// As a peer's message says them.
struct Given {
    Given(std::vector<ConnectionId> cids, ConnectionIdUsage usage) {
        const std::vector<Bytes> views{cids.begin(), cids.end()};
        body.resize(1000);
        wire::Writer out{body};
        wire::dtls::write_new_connection_id(out, views, usage);
        body.resize(out.written());
    }
    NewConnectionId message() const { return *NewConnectionId::parse(body); }
    std::vector<std::byte> body;
};

bool equal(Bytes one, const ConnectionId& other) {
    return std::ranges::equal(one, other);
}

TEST(ConnectionIds, OfOursGoOverToTheOneThatThePeerUses) {
    ConnectionIds ids;
    ids.set_own(id(1));
    ids.give_out(id(2));
    ids.give_out(id(3));
    EXPECT_FALSE(ids.is_other_own(id(1)));
    EXPECT_TRUE(ids.is_other_own(id(2)) && ids.is_other_own(id(3)));
    EXPECT_FALSE(ids.is_other_own(id(4)));

    EXPECT_TRUE(ids.on_used(id(2)).empty()) << "the first one stays for what was overtaken";
    EXPECT_TRUE(equal(ids.own(), id(2)));
    EXPECT_TRUE(ids.is_other_own(id(1)));
    EXPECT_EQ(ids.on_used(id(3)), id(1)) << "only the one before is kept";
    EXPECT_TRUE(equal(ids.own(), id(3)));
    EXPECT_FALSE(ids.is_other_own(id(1)));
    EXPECT_TRUE(ids.is_other_own(id(2)));
    EXPECT_TRUE(ids.on_used(id(2)).empty()) << "late, and no way back";
    EXPECT_TRUE(equal(ids.own(), id(3)));
    EXPECT_EQ(ids.all_own(), (std::vector<ConnectionId>{id(3), id(2)}));
}

TEST(ConnectionIds, OfOursAreAtMostFourInStore) {
    ConnectionIds ids;
    for (int i = 0; i < 3; ++i)
        ids.give_out(id(i));
    EXPECT_EQ(ids.room_for_spares(), 1u);
    ids.give_out(id(3));
    EXPECT_EQ(ids.room_for_spares(), 0u);
    const auto newest = ids.newest(2);
    ASSERT_EQ(newest.size(), 2u);
    EXPECT_TRUE(equal(newest[0], id(2)) && equal(newest[1], id(3)));
    EXPECT_TRUE(ids.newest(0).empty());
}

TEST(ConnectionIds, OfThePeersAreKeptUntilTheyAreWanted) {
    ConnectionIds ids;
    ids.set_peer(id(1));
    EXPECT_FALSE(ids.take_next_peer());
    EXPECT_TRUE(ids.take(Given{{id(2), id(3)}, ConnectionIdUsage::spare}.message()));
    EXPECT_TRUE(equal(ids.peer(), id(1)));
    EXPECT_TRUE(ids.take_next_peer());
    EXPECT_TRUE(equal(ids.peer(), id(2)));
    ids.want_next_peer();
    EXPECT_TRUE(ids.take(Given{{id(4)}, ConnectionIdUsage::spare}.message()));
    EXPECT_TRUE(equal(ids.peer(), id(3))) << "the oldest one in store";
    EXPECT_TRUE(ids.take(Given{{id(5)}, ConnectionIdUsage::spare}.message()));
    EXPECT_TRUE(equal(ids.peer(), id(3))) << "it was wanted once";
}

TEST(ConnectionIds, OfThePeersAreUsedAtOnceWhereItSaysSo) {
    ConnectionIds ids;
    ids.set_peer(id(1));
    EXPECT_TRUE(ids.take(Given{{id(2)}, ConnectionIdUsage::spare}.message()));
    EXPECT_TRUE(ids.take(Given{{id(3), id(4)}, ConnectionIdUsage::immediate}.message()));
    EXPECT_TRUE(equal(ids.peer(), id(3))) << "and those before are not used any more";
    EXPECT_TRUE(ids.take_next_peer());
    EXPECT_TRUE(equal(ids.peer(), id(4)));
    EXPECT_FALSE(ids.take_next_peer());
}

TEST(ConnectionIds, OfThePeersBeyondFourArePassedOver) {
    ConnectionIds ids;
    ids.set_peer(id(1));
    const std::vector<ConnectionId> many{id(2), id(3), id(4), id(5), id(6)};
    EXPECT_TRUE(ids.take(Given{many, ConnectionIdUsage::spare}.message()));
    int taken = 0;
    while (ids.take_next_peer())
        ++taken;
    EXPECT_EQ(taken, 4);
    EXPECT_TRUE(equal(ids.peer(), id(5)));
}

TEST(ConnectionIds, OfThePeersAreRefusedWhereNoneWereAgreedOn) {
    ConnectionIds without;
    EXPECT_FALSE(without.take(Given{{id(2)}, ConnectionIdUsage::spare}.message()));
    ConnectionIds ids;
    ids.set_peer(id(1));
    EXPECT_FALSE(ids.take(Given{{id(2), {}}, ConnectionIdUsage::immediate}.message()));
    EXPECT_TRUE(equal(ids.peer(), id(1)));
    EXPECT_FALSE(ids.take_next_peer());
}

TEST(ConnectionIds, GoOnInAnotherPlace) {
    ConnectionIds ids;
    ids.set_own(id(1));
    ids.give_out(id(2));
    ids.on_used(id(2));
    ids.give_out(id(3));
    ids.set_peer(id(7));
    ids.take(Given{{id(8)}, ConnectionIdUsage::spare}.message());
    ConnectionIds other;
    other.restore(ids.all());
    EXPECT_TRUE(equal(other.own(), id(2)) && equal(other.peer(), id(7)));
    EXPECT_TRUE(other.is_other_own(id(1)) && other.is_other_own(id(3)));
    EXPECT_TRUE(other.take_next_peer());
    EXPECT_TRUE(equal(other.peer(), id(8)));
    EXPECT_EQ(other.drop_own(), id(2));
    EXPECT_TRUE(other.own().empty());
}

} // namespace
} // namespace hawser::dtls
