// Streams are used again at once after each reset, while copies of what they had before are still
// on their way. HAWSER_SEEDS=N plays N networks, HAWSER_SEED=n only that one.
#include "support/pair.hpp"
#include "support/seeds.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <string>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kUsualSeeds = 100;
constexpr unsigned kLives = 12;
constexpr std::uint16_t kStreams = 3;
/// An answer is here by then, however much is lost.
constexpr Duration kPatience = 10min;

/// One end's message, as its text says it: which of its stream's it is, and the number that it has
/// to have in its life; nobody can say that of one that was queued when the peer had a wish.
struct Mark {
    static constexpr int kAnyNumber = -1;

    unsigned index = 0;
    int number = kAnyNumber;

    std::string text(std::size_t bytes) const {
        std::string all = fmt::format("{} {} ", index, number);
        all.resize(std::max(bytes, all.size()), '.');
        return all;
    }
    static Mark of(const std::string& text) {
        Mark mark;
        EXPECT_EQ(std::sscanf(text.c_str(), "%u %d", &mark.index, &mark.number), 2);
        return mark;
    }
};

/// `a` sends in three streams, life after life, and `z` takes it.
class Lives {
public:
    explicit Lives(std::uint64_t seed)
        : random_{seed}, pair_{options(seed), seed}, interleaving_{seed % 2 == 1} {
        EXPECT_TRUE(pair_.connect());
        for (Side* side : {&pair_.a, &pair_.z})
            pair_.network().link(side->id) = rough_link();
    }

    void run() {
        for (unsigned life = 0; life < kLives && !testing::Test::HasFailure(); ++life)
            live_and_begin_again();
        for (Side* side : {&pair_.a, &pair_.z})
            pair_.network().link(side->id) = {.latency = 10ms};
        EXPECT_TRUE(pair_.run_until_idle());
        take();
        for (const Stream& stream : streams_) {
            EXPECT_EQ(stream.ordered_came, stream.ordered_sent) << "nothing is lost";
            EXPECT_TRUE(stream.unordered_open.empty());
        }
        for (const Side* side : {&pair_.a, &pair_.z}) {
            const sctp::Counters& counters = side->engine->counters();
            EXPECT_EQ(counters.misnumbered_messages, 0u);
            EXPECT_EQ(counters.of(Verdict::protocol_violation), 0u);
        }
    }

private:
    struct Stream {
        unsigned ordered_sent = 0;
        unsigned ordered_came = 0;
        std::set<unsigned> unordered_open; ///< sent, and not here
        unsigned unordered_sent = 0;
        int next_number = 0; ///< of the next ordered one
    };

    static sctp::Options options(std::uint64_t seed) {
        sctp::Options options = seed % 3 == 0 ? sctp::Options::rfc9260() : sctp::Options::modern();
        options.heartbeat_interval = sctp::Options::kHeartbeatOff;
        options.association_retransmissions_max = options.path_retransmissions_max = 100'000;
        options.outbound_streams = options.inbound_streams_max = kStreams;
        options.interleaving = seed % 2 == 1;
        options.reconfiguration = true;
        options.rto_min = options.rto_initial = 100ms;
        options.rto_max = 1s;
        return options;
    }

    Link rough_link() {
        const auto chance = [this](double most) {
            return most * static_cast<double>(random_.below(101)) / 100;
        };
        Link link{.loss = chance(0.3), .duplication = chance(0.5), .reordering = chance(0.5)};
        link.reordering_delay = (10 + at_most(500)) * 1ms;
        link.latency = 5ms;
        link.jitter = at_most(20) * 1ms;
        return link;
    }

    /// Something is said, and the streams begin again while that is under way.
    void live_and_begin_again() {
        const bool all = random_.chance(0.4);
        const bool by_sender = random_.chance(0.5);
        if (all && !by_sender) {
            while (pair_.a.status().queued_bytes > 0) // it is counted, and of the old life
                step(1);
            lose_count();
        }
        talk();
        if (random_.chance(0.5)) step(at_most(200));
        Side& who = by_sender ? pair_.a : pair_.z;
        const sctp::StreamReset reset{.direction = by_sender ? sctp::StreamDirection::outgoing
                                                             : sctp::StreamDirection::incoming,
                                      .streams = some_streams()};
        const auto asked = all ? who.engine->reset_association(who.association(), pair_.now())
                               : who.engine->reset_streams(who.association(), reset, pair_.now());
        ASSERT_TRUE(asked) << to_string(asked.error());
        if (by_sender) { // what it says from now on is of the new life
            numbers_begin_again(all ? std::vector<sctp::StreamId>{} : reset.streams);
            talk();
            return await(all);
        }
        await(all);
        numbers_begin_again(all ? std::vector<sctp::StreamId>{} : reset.streams);
        if (all) lose_count();
        talk();
    }

    void talk() {
        for (std::uint64_t left = 1 + random_.below(10); left > 0; --left) {
            const auto id = static_cast<std::uint16_t>(random_.below(kStreams));
            Stream& stream = streams_[id];
            const bool unordered = random_.chance(0.3);
            Mark mark{.index = unordered ? stream.unordered_sent : stream.ordered_sent};
            if (!unordered && stream.next_number != Mark::kAnyNumber)
                mark.number = stream.next_number++;
            const std::string text = mark.text(at_most(random_.chance(0.8) ? 100 : 4000));
            const sctp::SendOptions beside{.stream = sctp::StreamId{id}, .unordered = unordered};
            ASSERT_TRUE(pair_.a.send(text, beside));
            if (unordered) stream.unordered_open.insert(stream.unordered_sent++);
            if (!unordered) ++stream.ordered_sent;
        }
    }

    /// Until both ends know that it has been done.
    void await(bool all) {
        const Instant limit = pair_.now() + kPatience;
        for (Side* side : {&pair_.a, &pair_.z}) {
            while (!performed(*side, all)) {
                ASSERT_LT(pair_.now(), limit) << "nobody answers";
                step(1);
            }
        }
    }
    static bool performed(Side& side, bool all) {
        using sctp::ReconfigurationOutcome;
        auto outcome = ReconfigurationOutcome::failed;
        if (all) {
            const auto event = side.event<sctp::AssociationReset>();
            if (!event) return false;
            outcome = event->outcome;
        } else {
            const auto event = side.event<sctp::StreamsReset>();
            if (!event) return false;
            outcome = event->outcome;
        }
        EXPECT_EQ(outcome, ReconfigurationOutcome::performed);
        return true;
    }

    void step(std::size_t milliseconds) {
        pair_.run_for(milliseconds * 1ms);
        take();
    }

    void take() {
        while (const auto message = pair_.z.message()) {
            Stream& stream = streams_.at(std::to_underlying(message->stream));
            const Mark mark = Mark::of(std::string{as_text(message->payload.bytes())});
            if (message->unordered) {
                EXPECT_EQ(stream.unordered_open.erase(mark.index), 1u) << "it came twice";
                continue;
            }
            EXPECT_EQ(mark.index, stream.ordered_came++) << "in order, each once";
            if (mark.number != Mark::kAnyNumber && !interleaving_) {
                EXPECT_EQ(message->ssn.value, mark.number) << "of another life";
            }
        }
    }

    void numbers_begin_again(const std::vector<sctp::StreamId>& which) {
        for (std::uint16_t id = 0; id < kStreams; ++id) {
            if (which.empty() || std::ranges::count(which, sctp::StreamId{id}) > 0)
                streams_[id].next_number = 0;
        }
    }
    /// What has not begun when the peer wants all to begin again is of the new life: nobody here
    /// can say what that is.
    void lose_count() {
        for (Stream& stream : streams_)
            stream.next_number = Mark::kAnyNumber;
    }

    std::vector<sctp::StreamId> some_streams() {
        std::vector<sctp::StreamId> some;
        for (std::uint16_t id = 0; id < kStreams; ++id) {
            if (random_.chance(0.5)) some.push_back(sctp::StreamId{id});
        }
        return some; // none stands for all
    }
    std::size_t at_most(std::size_t most) { return random_.below(most + 1); }

    SeededRandom random_;
    Pair pair_;
    bool interleaving_;
    std::array<Stream, kStreams> streams_;
};

TEST(StreamReuse, NothingOfAnOldLifeComesInANewOneAndNothingIsLost) {
    for_each_seed(kUsualSeeds, [](std::uint64_t seed) { Lives{seed}.run(); });
}

} // namespace
} // namespace hawser::test
