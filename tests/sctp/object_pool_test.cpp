#include "sctp/object_pool.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

struct Thing {
    int value = 0;
    void recycle() { value = 0; }
};

TEST(ObjectPool, CountsWhatIsInUse) {
    ObjectPool<Thing> pool;
    EXPECT_EQ(pool.in_use(), 0u);
    Thing* one = pool.take();
    Thing* other = pool.take();
    EXPECT_EQ(pool.in_use(), 2u);
    pool.give_back(one);
    EXPECT_EQ(pool.in_use(), 1u);
    pool.give_back(other);
    EXPECT_EQ(pool.in_use(), 0u);
}

TEST(ObjectPool, GivesAgainWhatCameBackAsIfNew) {
    ObjectPool<Thing> pool;
    Thing* thing = pool.take();
    thing->value = 7;
    pool.give_back(thing);
    EXPECT_EQ(pool.take(), thing);
    EXPECT_EQ(thing->value, 0);
    pool.give_back(thing);
}

} // namespace
} // namespace hawser::sctp
