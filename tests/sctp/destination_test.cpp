// The classes of a path: which lane a message leaves by.
#include "sctp/tx/destination.hpp"

#include <gtest/gtest.h>

namespace hawser::sctp {
namespace {

constexpr std::size_t kIdleAndDefault = 17; ///< what is kept for classes to come back to

ClassId class_of(std::size_t number) {
    return static_cast<ClassId>(number);
}

TEST(Destination, FindsTheLaneOfAClassAgain) {
    Destination destination{{}, 0, {}, Instant{}};
    for (std::size_t i = 1; i < 10; ++i)
        destination.lane_of(class_of(i)).sacked_bytes = i;
    for (std::size_t i = 1; i < 10; ++i)
        EXPECT_EQ(destination.lane_of(class_of(i)).sacked_bytes, i);
    EXPECT_EQ(destination.lane_of(ClassTable::kDefault).index, 0u);
}

TEST(Destination, KeepsNoMoreLanesThanHaveWorkAndAFewForThoseWithout) {
    Destination destination{{}, 0, {}, Instant{}};
    for (std::size_t i = 1; i < 100; ++i)
        EXPECT_EQ(destination.lane_of(class_of(i)).traffic_class, class_of(i));
    EXPECT_EQ(destination.lanes().size(), kIdleAndDefault);
    for (std::size_t i = 0; i < kIdleAndDefault; ++i)
        EXPECT_EQ(destination.lane(static_cast<std::uint16_t>(i)).index, i);
    EXPECT_EQ(destination.lanes().front().traffic_class, ClassTable::kDefault);
}

// What is reported by gap blocks only may come back: its lane has work until it is acknowledged.
TEST(Destination, GivesNoLaneAwayThatHasWork) {
    Destination destination{{}, 0, {}, Instant{}};
    for (std::size_t i = 1; i < 100; ++i)
        destination.lane_of(class_of(i)).sacked_bytes = 1;
    EXPECT_EQ(destination.lanes().size(), 100u);
    for (std::size_t i = 1; i < 100; ++i)
        EXPECT_EQ(destination.lane_of(class_of(i)).traffic_class, class_of(i));
    destination.lane_of(class_of(50)).sacked_bytes = 0;
    EXPECT_EQ(destination.lane_of(class_of(100)).index, 50u) << "the one without";
    EXPECT_EQ(destination.lanes().size(), 100u);
}

// RFC 8899 §3 (7): packets may be larger than the window that they leave into.
TEST(Destination, PacesNothingForLongerThanARoundTrip) {
    const Instant now{std::chrono::hours{1}};
    Destination destination{{}, 0, {}, now};
    const Options options;
    destination.rtt().sample(std::chrono::milliseconds{100}, options);
    const std::size_t window = destination.congestion->window();
    destination.pace(window / 10, now);
    EXPECT_GT(destination.pace_at, now);
    EXPECT_LT(destination.pace_at, now + std::chrono::milliseconds{20});
    for (int i = 0; i < 100; ++i)
        destination.pace(10 * window, now);
    EXPECT_EQ(destination.pace_at, now + std::chrono::milliseconds{100});
}

} // namespace
} // namespace hawser::sctp
