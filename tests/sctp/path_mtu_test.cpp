#include "sctp/tx/path_mtu.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using State = PathMtu::State;

constexpr std::size_t kAround = 28; // IPv4 and UDP
constexpr PathMtu::Sizes kSizes{.least = 512, .base = 1200, .most = 8972, .around = kAround};
constexpr Duration kRoundTrip = 50ms;

/// A path that carries so much, and what its machine does on it.
struct OnPath {
    explicit OnPath(std::size_t carries, const PathMtu::Sizes& sizes = kSizes)
        : packet_bytes_carried{carries}, mtu{sizes} {
        mtu.start();
    }

    /// Sends the probe that is due; its size, or 0.
    std::size_t send() {
        now += kRoundTrip;
        const std::size_t bytes = mtu.due(now);
        if (bytes != 0) {
            mtu.sent(bytes, now, kRoundTrip, 200ms);
            probes.push_back(bytes);
        }
        return bytes;
    }
    void expire(bool alive = true) {
        now = mtu.deadline();
        mtu.expired(now, alive);
    }
    /// One probe, and what becomes of it.
    bool step() {
        const std::size_t bytes = send();
        if (bytes == 0) return false;
        if (bytes <= packet_bytes_carried) {
            mtu.answered(now);
        } else {
            expire();
        }
        return true;
    }
    /// Until nothing is left to try.
    void search() {
        for (int i = 0; i < 100 && step(); ++i) {
        }
        EXPECT_FALSE(mtu.is_out());
    }

    std::size_t packet_bytes_carried;
    PathMtu mtu;
    Instant now{1h};
    std::vector<std::size_t> probes;
};

constexpr std::size_t packet_of(std::size_t mtu_bytes) {
    return (mtu_bytes - kAround) & ~std::size_t{3};
}

// --- DISABLED, BASE ---

TEST(PathMtu, SendsNothingWhileItIsDisabled) {
    PathMtu mtu{kSizes};
    EXPECT_EQ(mtu.state(), State::disabled);
    EXPECT_EQ(mtu.packet_bytes(), 1200u);
    EXPECT_EQ(mtu.due(Instant{1h}), 0u);
    EXPECT_EQ(mtu.deadline(), kNever);
    EXPECT_FALSE(mtu.black_hole(Instant{1h}));
    mtu.too_big(600, Instant{1h});
    EXPECT_EQ(mtu.packet_bytes(), 1200u);
}

TEST(PathMtu, AsksForTheBaseFirst) {
    OnPath path{9000};
    EXPECT_EQ(path.mtu.state(), State::base);
    EXPECT_EQ(path.send(), 1200u);
    EXPECT_EQ(path.mtu.state(), State::base);
    path.mtu.answered(path.now);
    EXPECT_EQ(path.mtu.state(), State::searching);
    EXPECT_EQ(path.mtu.packet_bytes(), 1200u);
}

TEST(PathMtu, AsksForTheBaseThreeTimes) {
    OnPath path{1000};
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(path.mtu.state(), State::base);
        EXPECT_EQ(path.send(), 1200u);
        path.expire();
    }
    EXPECT_EQ(path.mtu.state(), State::error);
    EXPECT_EQ(path.mtu.packet_bytes(), 512u);
}

TEST(PathMtu, BeginsAnewAfterTheWayWasLost) {
    OnPath path{9000};
    path.search();
    EXPECT_EQ(path.mtu.packet_bytes(), 8972u);
    path.mtu.stop();
    EXPECT_EQ(path.mtu.state(), State::disabled);
    EXPECT_EQ(path.mtu.packet_bytes(), 1200u);
    EXPECT_EQ(path.mtu.due(path.now + 1h), 0u);
    path.mtu.start();
    path.mtu.start();
    EXPECT_EQ(path.mtu.state(), State::base);
    EXPECT_EQ(path.send(), 1200u);
    path.mtu.stop();
    EXPECT_EQ(path.mtu.deadline(), kNever) << "the probe that was out is forgotten";
}

// --- SEARCHING ---

TEST(PathMtu, FindsEthernetWithOneProbe) {
    OnPath path{packet_of(1500)};
    ASSERT_TRUE(path.step()); // the base
    ASSERT_TRUE(path.step());
    EXPECT_EQ(path.mtu.packet_bytes(), packet_of(1500));
}

TEST(PathMtu, EndsWithTheLargestThatMayBe) {
    OnPath path{20'000};
    path.search();
    EXPECT_EQ(path.probes, (std::vector<std::size_t>{1200, 1472, 8972}));
    EXPECT_EQ(path.mtu.state(), State::search_complete);
    EXPECT_EQ(path.mtu.packet_bytes(), 8972u);
}

TEST(PathMtu, NeverAsksForMoreThanMayBe) {
    OnPath path{20'000, {.least = 512, .base = 1200, .most = 1300, .around = kAround}};
    path.search();
    EXPECT_EQ(path.probes, (std::vector<std::size_t>{1200, 1300}));
    OnPath small{20'000, {.least = 512, .base = 600, .most = 512, .around = kAround}};
    small.search();
    EXPECT_EQ(small.probes, std::vector<std::size_t>{600});
    EXPECT_EQ(small.mtu.state(), State::search_complete);
}

TEST(PathMtu, FindsWhatTunnelsLeave) {
    for (const std::size_t mtu : {1280u, 1400u, 1420u, 1480u, 1492u, 1500u, 4352u, 8950u, 9000u}) {
        OnPath path{packet_of(mtu)};
        path.search();
        EXPECT_EQ(path.mtu.packet_bytes(), packet_of(mtu)) << mtu;
        EXPECT_LE(path.probes.size(), 20u) << mtu;
        EXPECT_EQ(path.mtu.state(), State::search_complete);
    }
}

TEST(PathMtu, MissesLittleOfAnyPath) {
    for (std::size_t carries = 1200; carries < 1500; carries += 4) {
        OnPath path{carries};
        path.search();
        EXPECT_LE(path.mtu.packet_bytes(), carries);
        EXPECT_LT(carries - path.mtu.packet_bytes(), 60u) << carries;
    }
}

TEST(PathMtu, RefusesASizeAfterThreeProbes) {
    OnPath path{packet_of(1500)};
    path.step();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(path.send(), packet_of(1500));
        path.expire();
    }
    EXPECT_EQ(path.send(), packet_of(1500)) << "two may have been lost for other reasons";
    path.mtu.answered(path.now);
    EXPECT_EQ(path.mtu.packet_bytes(), packet_of(1500));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(path.send(), 8972u) << "PROBE_COUNT begins anew";
        path.expire();
    }
    EXPECT_LT(path.send(), 8972u);
    EXPECT_EQ(path.mtu.state(), State::searching);
}

TEST(PathMtu, DoesNotCountWhatIsLostWithEverythingElse) {
    OnPath path{9000};
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(path.send(), 1200u);
        path.expire(false);
    }
    EXPECT_EQ(path.mtu.state(), State::base);
}

// --- timers ---

TEST(PathMtu, HasOneProbeOutAndOneInARoundTrip) {
    OnPath path{9000};
    ASSERT_EQ(path.send(), 1200u);
    const Instant at = path.now;
    EXPECT_TRUE(path.mtu.is_out());
    EXPECT_EQ(path.mtu.due(at + 500ms), 0u) << "one is out";
    path.mtu.answered(at + 1ms);
    EXPECT_EQ(path.mtu.due(at + kRoundTrip - 1ns), 0u) << "RFC 8899 §8";
    EXPECT_EQ(path.mtu.due(at + kRoundTrip), packet_of(1500));
}

TEST(PathMtu, WaitsForAnAnswerASecondAtLeast) {
    PathMtu mtu{kSizes};
    mtu.start();
    mtu.sent(mtu.due(Instant{1h}), Instant{1h}, 1ms, 200ms);
    EXPECT_EQ(mtu.deadline(), Instant{1h} + 1s);
    mtu.answered(Instant{1h});
    EXPECT_EQ(mtu.deadline(), kNever);
    mtu.sent(mtu.due(Instant{2h}), Instant{2h}, 1ms, 3s);
    EXPECT_EQ(mtu.deadline(), Instant{2h} + 3s);
}

TEST(PathMtu, AsksAgainAfterTenMinutes) {
    OnPath path{packet_of(1500)};
    path.search();
    ASSERT_EQ(path.mtu.state(), State::search_complete);
    const Instant complete = path.now;
    EXPECT_EQ(path.mtu.due(complete + 590s), 0u);
    EXPECT_EQ(path.mtu.state(), State::search_complete);
    path.packet_bytes_carried = 20'000;
    path.now = complete + 600s;
    path.search();
    EXPECT_EQ(path.mtu.packet_bytes(), 8972u);
}

// --- black holes ---

TEST(PathMtu, FallsToTheBaseInABlackHole) {
    OnPath path{20'000};
    path.search();
    path.packet_bytes_carried = packet_of(1400);
    EXPECT_TRUE(path.mtu.black_hole(path.now));
    EXPECT_EQ(path.mtu.state(), State::base);
    EXPECT_EQ(path.mtu.packet_bytes(), 1200u);
    EXPECT_FALSE(path.mtu.black_hole(path.now)) << "nothing is left to give up before it is known";
    path.search();
    EXPECT_EQ(path.mtu.packet_bytes(), packet_of(1400));
}

TEST(PathMtu, ForgetsTheProbeThatIsOutInABlackHole) {
    OnPath path{20'000};
    path.step();
    path.send();
    EXPECT_TRUE(path.mtu.black_hole(path.now));
    EXPECT_FALSE(path.mtu.is_out());
    EXPECT_EQ(path.send(), 1200u);
}

TEST(PathMtu, AsksWhetherWhatIsInUseStillFits) {
    OnPath path{packet_of(1500)};
    path.search();
    path.mtu.doubt(1200);
    path.mtu.doubt(1476);
    EXPECT_FALSE(path.mtu.is_doubted()) << "the base needs no doubt, and no more was in use";
    path.mtu.doubt(1300);
    EXPECT_TRUE(path.mtu.is_doubted());
    EXPECT_EQ(path.send(), 1472u);
    path.mtu.answered(path.now);
    EXPECT_FALSE(path.mtu.is_doubted());
    EXPECT_EQ(path.mtu.packet_bytes(), 1472u);

    path.mtu.doubt(1300);
    path.now += 1s;
    EXPECT_EQ(path.send(), 1472u);
    path.expire();
    EXPECT_EQ(path.mtu.state(), State::base);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(path.send(), 1200u);
        path.expire();
        EXPECT_EQ(path.mtu.state(), State::base) << "three times, as ever";
    }
}

TEST(PathMtu, DoubtsBeforeItLooksForMore) {
    OnPath path{20'000};
    path.step();
    path.step();
    EXPECT_EQ(path.send(), 8972u);
    path.mtu.doubt(1472);
    EXPECT_EQ(path.send(), 1472u);
}

// --- ERROR ---

TEST(PathMtu, LooksForLessThanTheBaseInError) {
    OnPath path{packet_of(1006)};
    path.search();
    EXPECT_EQ(path.mtu.state(), State::error);
    EXPECT_EQ(path.mtu.packet_bytes(), packet_of(1006));
    EXPECT_TRUE(path.mtu.black_hole(path.now));
    EXPECT_EQ(path.mtu.packet_bytes(), 512u);
    EXPECT_FALSE(path.mtu.black_hole(path.now)) << "512 is the least";
}

TEST(PathMtu, LeavesErrorWithTheBase) {
    OnPath path{600};
    path.search();
    EXPECT_EQ(path.mtu.state(), State::error);
    EXPECT_EQ(path.mtu.due(path.now + 599s), 0u);
    path.packet_bytes_carried = packet_of(1500);
    path.now += 600s;
    EXPECT_EQ(path.send(), 1200u);
    path.mtu.answered(path.now);
    EXPECT_EQ(path.mtu.state(), State::searching);
    EXPECT_EQ(path.mtu.packet_bytes(), 1200u);
    path.search();
    EXPECT_EQ(path.mtu.packet_bytes(), packet_of(1500));
}

TEST(PathMtu, MayHaveNothingBelowItsBase) {
    OnPath path{400, {.least = 512, .base = 512, .most = 1472, .around = kAround}};
    path.search();
    EXPECT_EQ(path.mtu.state(), State::error);
    EXPECT_EQ(path.mtu.packet_bytes(), 512u);
    EXPECT_FALSE(path.mtu.black_hole(path.now));
    path.packet_bytes_carried = 9000;
    path.now += 600s;
    path.search();
    EXPECT_EQ(path.mtu.packet_bytes(), 1472u);
}

// --- what the network says: §4.6.2 ---

struct TooBig : OnPath {
    /// 1472 is in use, 8972 is asked.
    TooBig() : OnPath{20'000} {
        step();
        step();
        EXPECT_EQ(send(), 8972u);
    }
    void say(std::size_t bytes) { mtu.too_big(bytes, now); }
};

TEST(PathMtuTooBig, BetweenWhatIsInUseAndTheProbeIsTheNextToTry) {
    TooBig path;
    path.say(4000);
    EXPECT_FALSE(path.mtu.is_out());
    EXPECT_EQ(path.mtu.packet_bytes(), 1472u) << "not believed, but tried";
    EXPECT_EQ(path.mtu.due(path.now), 0u) << "a round trip after the last";
    EXPECT_EQ(path.send(), 4000u);
    path.mtu.answered(path.now);
    EXPECT_EQ(path.mtu.packet_bytes(), 4000u);
    EXPECT_EQ(path.mtu.state(), State::search_complete) << "and no more fits";
}

TEST(PathMtuTooBig, IsTriedThreeTimesLikeAnyOther) {
    TooBig path;
    path.say(4000);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(path.send(), 4000u);
        path.expire();
    }
    EXPECT_LT(path.send(), 4000u);
    EXPECT_EQ(path.mtu.state(), State::searching);
}

TEST(PathMtuTooBig, ForgetsWhatWasRefused) {
    TooBig path;
    path.say(4000);
    EXPECT_EQ(path.send(), 4000u);
    path.say(3000);
    EXPECT_EQ(path.send(), 3000u);
    path.mtu.answered(path.now);
    EXPECT_EQ(path.send(), 0u);
    path.packet_bytes_carried = 9000;
    path.now += 600s;
    EXPECT_EQ(path.send(), 8972u);
}

TEST(PathMtuTooBig, OfWhatIsInUseEndsTheSearch) {
    TooBig path;
    path.say(1472);
    EXPECT_EQ(path.mtu.state(), State::search_complete);
    EXPECT_EQ(path.mtu.packet_bytes(), 1472u);
    EXPECT_EQ(path.send(), 0u);
}

TEST(PathMtuTooBig, OfTheProbeOrMoreIsNotHeeded) {
    TooBig path;
    path.say(8972);
    path.say(9100);
    path.say(65'000);
    EXPECT_TRUE(path.mtu.is_out());
    path.mtu.answered(path.now);
    EXPECT_EQ(path.mtu.packet_bytes(), 8972u);
}

TEST(PathMtuTooBig, WithoutAProbeIsNotHeeded) {
    TooBig path;
    path.mtu.answered(path.now);
    path.say(8972);
    path.say(9000);
    EXPECT_EQ(path.mtu.state(), State::search_complete);
    EXPECT_EQ(path.send(), 0u);
}

TEST(PathMtuTooBig, BelowTheLeastIsNotHeeded) {
    TooBig path;
    path.say(508);
    path.say(68);
    path.say(0);
    EXPECT_TRUE(path.mtu.is_out());
    path.mtu.answered(path.now);
    EXPECT_EQ(path.mtu.state(), State::search_complete);
    EXPECT_EQ(path.send(), 0u) << "nor does it make us ask";
}

TEST(PathMtuTooBig, BelowWhatIsInUseMakesUsAskAndNoMore) {
    TooBig path;
    path.mtu.answered(path.now);
    for (int i = 0; i < 3; ++i) {
        path.say(1300);
        EXPECT_EQ(path.mtu.packet_bytes(), 8972u);
        EXPECT_EQ(path.send(), 8972u) << "does it not fit?";
        path.mtu.answered(path.now);
        EXPECT_EQ(path.mtu.packet_bytes(), 8972u);
        EXPECT_EQ(path.mtu.state(), State::search_complete);
        path.say(1300);
        EXPECT_EQ(path.send(), 0u) << "not at the forger's pace";
        path.now += 1s;
    }
}

TEST(PathMtuTooBig, BelowWhatIsInUseIsBelievedWithOneProbeLost) {
    TooBig path;
    path.mtu.answered(path.now);
    path.say(1300);
    EXPECT_EQ(path.send(), 8972u);
    path.expire();
    EXPECT_EQ(path.mtu.state(), State::base);
    EXPECT_EQ(path.mtu.packet_bytes(), 1200u);
    EXPECT_EQ(path.send(), 1200u);
    path.mtu.answered(path.now);
    EXPECT_EQ(path.send(), 1300u) << "what it said is tried first";
    path.mtu.answered(path.now);
    EXPECT_EQ(path.mtu.packet_bytes(), 1300u);
    EXPECT_EQ(path.mtu.state(), State::search_complete);
}

TEST(PathMtuTooBig, BelowTheBaseIsAnErrorWithOneProbeLost) {
    OnPath path{9000};
    path.send();
    path.mtu.too_big(800, path.now);
    path.expire();
    EXPECT_EQ(path.mtu.state(), State::error);
    EXPECT_EQ(path.mtu.packet_bytes(), 512u);
    EXPECT_EQ(path.send(), 800u);
    path.mtu.answered(path.now);
    EXPECT_EQ(path.mtu.packet_bytes(), 800u);
    EXPECT_EQ(path.mtu.state(), State::error);
}

TEST(PathMtu, TakesNewLimitsWithTheNextProbe) {
    OnPath path{20'000};
    path.step();
    path.mtu.limit(1400, 60);
    EXPECT_EQ(path.send(), 1400u);
    path.mtu.answered(path.now);
    EXPECT_EQ(path.mtu.state(), State::search_complete);
}

} // namespace
} // namespace hawser::sctp
