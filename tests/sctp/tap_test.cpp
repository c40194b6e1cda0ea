// A tap on the engine sees every packet once, both ways, and why it was dropped.
#include "support/pair.hpp"
#include "support/sctp_bytes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;

struct Watcher final : Tap {
    void seen(const Sighting& sighting) override {
        EXPECT_EQ(sighting.layer, Layer::sctp);
        EXPECT_TRUE(test::take_apart(sighting.bytes).checksum_right ||
                    sighting.verdict == Verdict::bad_checksum);
        (sighting.direction == Direction::in ? in : out)[sighting.verdict] += 1;
        if (sighting.direction == Direction::out)
            ids_out.push_back(std::to_underlying(sighting.packet_id));
        last_remote = sighting.path.remote;
        last_marking = sighting.ancillary;
    }
    bool wants(Layer layer) const override { return layer == Layer::sctp && wanted; }
    bool wanted = true;
    std::map<Verdict, int> in;
    std::map<Verdict, int> out;
    std::vector<std::uint64_t> ids_out;
    Address last_remote;
    Ancillary last_marking;
};

TEST(Tap, SeesNothingThatItDoesNotWant) {
    Pair pair;
    Watcher watcher;
    watcher.wanted = false;
    pair.a.set_tap(&watcher);
    ASSERT_TRUE(pair.connect());
    EXPECT_TRUE(watcher.in.empty() && watcher.out.empty());
    watcher.wanted = true;
    ASSERT_TRUE(pair.a.send("seen"));
    pair.run_for(1s);
    EXPECT_FALSE(watcher.in.empty() || watcher.out.empty());
}

TEST(Tap, SeesEveryPacketOnceBothWays) {
    Pair pair;
    Watcher watcher;
    pair.a.set_tap(&watcher);
    ASSERT_TRUE(pair.connect());
    ASSERT_TRUE(pair.a.send(std::string(20'000, 'x'))); // a train: each of its packets is one
    ASSERT_TRUE(pair.z.send("back", {.ancillary = {.dscp = Dscp::ef}}));
    pair.run_for(1s);
    const auto sent = static_cast<int>(pair.network().datagrams_sent(pair.a.id));
    const auto received = static_cast<int>(pair.network().datagrams_sent(pair.z.id));
    EXPECT_EQ(watcher.out, (std::map<Verdict, int>{{Verdict::accepted, sent}}));
    EXPECT_EQ(watcher.in, (std::map<Verdict, int>{{Verdict::accepted, received}}));
    EXPECT_EQ(watcher.last_remote, pair.network().address(pair.z.id));
    for (std::size_t i = 1; i < watcher.ids_out.size(); ++i)
        EXPECT_EQ(watcher.ids_out[i], watcher.ids_out[i - 1] + 1) << "each has an id of its own";
    const Counters& counters = pair.a.engine->counters();
    EXPECT_EQ(counters.packets_sent, pair.network().datagrams_sent(pair.a.id));
    EXPECT_EQ(counters.of(Verdict::accepted), pair.network().datagrams_sent(pair.z.id));
    EXPECT_EQ(pair.a.status().packets_sent, counters.packets_sent);
}

TEST(Tap, SaysWhyAPacketWasDropped) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    Watcher watcher;
    pair.a.set_tap(&watcher);
    pair.inject(pair.a, std::vector<std::byte>(5));
    pair.inject(pair.a, std::vector<std::byte>(40, std::byte{1}));
    pair.inject(pair.a, test::put_together(1, 2, 3, {test::abort()}));
    pair.settle();
    EXPECT_EQ(watcher.in, (std::map<Verdict, int>{{Verdict::malformed, 1},
                                                  {Verdict::bad_checksum, 1},
                                                  {Verdict::out_of_the_blue, 1}}));
    EXPECT_EQ(pair.a.engine->counters().of(Verdict::bad_checksum), 1u);
}

TEST(Tap, MayBeTakenOffWhileTheEngineRuns) {
    Pair pair;
    Watcher watcher;
    pair.a.set_tap(&watcher);
    ASSERT_TRUE(pair.connect());
    const auto before = watcher.out;
    pair.a.set_tap(nullptr);
    ASSERT_TRUE(pair.a.send("unseen"));
    pair.run_for(1s);
    EXPECT_EQ(watcher.out, before);
    EXPECT_EQ(pair.z.received(), "unseen");
}

} // namespace
} // namespace hawser::sctp
