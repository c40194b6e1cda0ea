// The addresses of a peer come and go: who takes over, and that nobody's index is lost.
#include "sctp/tx/destinations.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace hawser::sctp {
namespace {

const Instant kNow{std::chrono::hours{1}};

Path to(std::uint8_t host) {
    return {.remote = Address::ipv4({192, 0, 2, host}, 9899)};
}

struct Several {
    explicit Several(std::uint8_t count) {
        for (std::uint8_t host = 2; host <= count; ++host)
            all.add(to(host), options, kNow).confirmed = true;
    }
    std::vector<int> hosts() const {
        std::vector<int> found;
        for (const Destination* one : all)
            found.push_back(std::to_integer<int>(one->path.remote.octets()[3]));
        return found;
    }
    Destination& at(std::uint8_t host) { return *all.find(to(host).remote); }

    Options options;
    Destinations all{to(1), options, kNow};
};

TEST(Destinations, AreWalkedPastThoseThatWereRemoved) {
    for (const std::uint8_t gone : std::initializer_list<std::uint8_t>{1, 2, 3, 4}) {
        Several several{4};
        several.all.remove(several.at(gone));
        std::vector<int> left{1, 2, 3, 4};
        std::erase(left, gone);
        EXPECT_EQ(several.hosts(), left);
        EXPECT_EQ(several.all.size(), 3u);
        EXPECT_EQ(several.all.find(to(gone).remote), nullptr);
        for (const int host : left)
            EXPECT_EQ(&several.all[several.at(static_cast<std::uint8_t>(host)).index],
                      &several.at(static_cast<std::uint8_t>(host)));
    }
}

TEST(Destinations, APlaceThatWasLeftIsTakenByTheNext) {
    Several several{3};
    const std::uint8_t index = several.at(2).index;
    several.all.remove(several.at(2));
    Destination& added = several.all.add(to(9), several.options, kNow);
    EXPECT_EQ(added.index, index);
    EXPECT_FALSE(added.confirmed);
    EXPECT_EQ(several.hosts(), (std::vector{1, 9, 3}));
    several.all.remove(several.at(1));
    EXPECT_EQ(several.all.add(to(8), several.options, kNow).index, 0);
    EXPECT_EQ(several.hosts(), (std::vector{8, 9, 3}));
}

TEST(Destinations, APrimaryThatIsRemovedHasAnHeirThatIsConfirmed) {
    Several several{3};
    several.at(2).confirmed = false;
    several.all.remove(several.at(1));
    EXPECT_EQ(&several.all.primary(), &several.at(3));
    EXPECT_EQ(&several.all.current(), &several.at(3));
    several.all.remove(several.at(3));
    EXPECT_EQ(&several.all.current(), &several.at(2)) << "the only one, confirmed or not";
    EXPECT_FALSE(several.all.several());
}

TEST(Destinations, APrimaryThatStaysIsThePrimaryOn) {
    Several several{4};
    several.all.set_primary(several.at(4));
    for (const std::uint8_t gone : std::initializer_list<std::uint8_t>{1, 3, 2})
        several.all.remove(several.at(gone));
    EXPECT_EQ(&several.all.primary(), &several.at(4));
    EXPECT_EQ(several.hosts(), std::vector{4});
    several.all.add(to(5), several.options, kNow);
    EXPECT_TRUE(several.all.several());
}

} // namespace
} // namespace hawser::sctp
