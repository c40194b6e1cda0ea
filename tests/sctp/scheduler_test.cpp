// Stream schedulers by themselves: RFC 8260 §3.
#include "sctp/tx/scheduler.hpp"

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace hawser::sctp {
namespace {

using enum StreamScheduler;

constexpr StreamScheduler kAll[] = {first_come_first_served, round_robin,
                                    round_robin_per_packet,  priority,
                                    fair_capacity,           weighted_fair_queueing};

constexpr ClassId kOther{1};

/// A scheduler, and messages for it. Streams are letters.
class Desk {
public:
    explicit Desk(StreamScheduler kind) : scheduler{make_scheduler(kind)} {}

    OutgoingMessage* add(char stream, std::size_t bytes = 1, ClassId traffic_class = {}) {
        OutgoingMessage& message = messages_.emplace_back();
        message.payload = buffers_.copy(as_bytes(std::string(bytes, 'x')));
        message.stream = id(stream);
        message.traffic_class = traffic_class;
        scheduler->add(&message);
        return &message;
    }
    void add_many(char stream, int count, std::size_t bytes = 1) {
        for (; count > 0; --count)
            add(stream, bytes);
    }
    void value(char stream, std::uint16_t value) {
        ASSERT_TRUE(scheduler->set_value(id(stream), value));
    }

    /// A message that is not interleaved: taken out, then cut to its end.
    OutgoingMessage* leave_whole() {
        OutgoingMessage* message = scheduler->next();
        if (message == nullptr) return nullptr;
        scheduler->take(message);
        scheduler->charge(*message, message->payload.size());
        return message;
    }
    /// A chunk of one that is, or its rest.
    OutgoingMessage* leave(std::size_t bytes) { return leave(scheduler->next(), bytes); }
    OutgoingMessage* leave_of(ClassId traffic_class, std::size_t bytes) {
        return leave(scheduler->next_of(traffic_class), bytes);
    }

    /// The streams of the next messages, or chunks of so many bytes.
    std::string whole_messages(int count) {
        std::string order;
        for (; count > 0; --count)
            order += letter(leave_whole());
        return order;
    }
    std::string chunks(int count, std::size_t bytes) {
        std::string order;
        for (; count > 0; --count)
            order += letter(leave(bytes));
        return order;
    }
    std::string chunks_of(ClassId traffic_class, int count, std::size_t bytes) {
        std::string order;
        for (; count > 0; --count)
            order += letter(leave_of(traffic_class, bytes));
        return order;
    }
    static char letter(const OutgoingMessage* message) {
        return message == nullptr ? '-' : static_cast<char>(std::to_underlying(message->stream));
    }
    static StreamId id(char stream) { return static_cast<StreamId>(stream); }

    const std::unique_ptr<Scheduler> scheduler;

private:
    OutgoingMessage* leave(OutgoingMessage* message, std::size_t bytes) {
        if (message == nullptr) return nullptr;
        const std::size_t left = message->payload.size() - message->sent_bytes;
        bytes = std::min(bytes, left);
        message->sent_bytes += static_cast<std::uint32_t>(bytes);
        scheduler->charge(*message, bytes);
        if (message->fully_sent()) scheduler->take(message);
        return message;
    }

    BufferPool buffers_;
    std::deque<OutgoingMessage> messages_;
};

/// Bytes by stream, of messages that leave one after the other.
struct Shares {
    std::map<char, double> bytes;
    double total = 0;

    void count(char stream, std::size_t more) {
        bytes[stream] += static_cast<double>(more);
        total += static_cast<double>(more);
    }
    double of(char stream) const { return bytes.at(stream) / total; }
};

// --- §3.1 ---

TEST(FirstComeFirstServed, KeepsTheOrderOfAllStreams) {
    Desk desk{first_come_first_served};
    for (const char stream : std::string{"aabcab"})
        desk.add(stream, 100);
    EXPECT_EQ(desk.whole_messages(2), "aa");
    EXPECT_EQ(desk.chunks(4, 50), "bbcc") << "one after the other, by chunks too";
    EXPECT_EQ(desk.whole_messages(3), "ab-");
}

TEST(FirstComeFirstServed, LetsClassesTakeTurnsByTrains) {
    Desk desk{first_come_first_served};
    desk.add('a', 100);
    desk.add('b', 100, kOther);
    EXPECT_TRUE(desk.scheduler->others_wait({}));
    desk.scheduler->train_begins({});
    EXPECT_EQ(desk.chunks_of({}, 1, 10), "a");
    desk.scheduler->train_begins(desk.scheduler->next()->traffic_class);
    EXPECT_EQ(desk.chunks_of(kOther, 1, 10), "b") << "the other goes on later";
    EXPECT_EQ(desk.chunks(1, 100), "a");
    EXPECT_FALSE(desk.scheduler->others_wait(kOther));
    EXPECT_TRUE(desk.scheduler->others_wait({}));
}

// --- §3.2 ---

TEST(RoundRobin, TakesAMessageOfEachStreamInTurn) {
    Desk desk{round_robin};
    desk.add_many('a', 4, 5000); // whatever their size
    desk.add_many('b', 2);
    desk.add('c');
    EXPECT_EQ(desk.whole_messages(8), "abcabaa-");
}

TEST(RoundRobin, PutsAStreamThatHasWorkAgainBehindTheOthers) {
    Desk desk{round_robin};
    desk.add('a');
    desk.add_many('b', 3);
    desk.add_many('c', 3);
    EXPECT_EQ(desk.whole_messages(2), "ab");
    desk.add_many('a', 2);
    EXPECT_EQ(desk.whole_messages(6), "cbacba");
}

TEST(RoundRobin, TakesAChunkOfEachStreamInTurnWhereMessagesAreInterleaved) {
    Desk desk{round_robin};
    desk.add('a', 400);
    desk.add_many('b', 2, 100);
    desk.add('c', 200);
    EXPECT_EQ(desk.chunks(8, 100), "abcabcaa");
}

TEST(RoundRobin, LetsClassesTakeTurnsByTrains) {
    Desk desk{round_robin};
    for (const char stream : std::string{"abc"})
        desk.add(stream, 100);
    for (const char stream : std::string{"xy"})
        desk.add(stream, 100, kOther);
    EXPECT_EQ(desk.scheduler->next()->traffic_class, ClassId{});
    desk.scheduler->train_begins({});
    EXPECT_EQ(desk.chunks_of({}, 4, 10), "abca");
    ASSERT_EQ(desk.scheduler->next()->traffic_class, kOther);
    desk.scheduler->train_begins(kOther);
    EXPECT_EQ(desk.chunks_of(kOther, 3, 10), "xyx");
    desk.scheduler->train_begins({});
    EXPECT_EQ(desk.chunks_of({}, 3, 10), "bca") << "it goes on where it was";
    desk.scheduler->train_begins({});
    EXPECT_EQ(desk.scheduler->next()->traffic_class, kOther) << "it was not its turn";
}

// A stream stands in the class of its first message alone, so that its messages keep their order.
TEST(RoundRobin, MovesAStreamFromClassToClassWithItsMessages) {
    Desk desk{round_robin};
    desk.add('a');
    desk.add('a', 1, kOther);
    desk.add('a');
    EXPECT_EQ(desk.scheduler->next_of(kOther), nullptr);
    EXPECT_FALSE(desk.scheduler->others_wait({}));
    EXPECT_EQ(desk.chunks_of({}, 2, 1), "a-");
    EXPECT_TRUE(desk.scheduler->others_wait({}));
    EXPECT_EQ(desk.chunks_of(kOther, 2, 1), "a-");
    EXPECT_EQ(desk.chunks_of({}, 2, 1), "a-");
    EXPECT_EQ(desk.scheduler->next(), nullptr);
}

// --- §3.3 ---

TEST(PacketRoundRobin, FillsAPacketWithOneStream) {
    Desk desk{round_robin_per_packet};
    desk.add_many('a', 5);
    desk.add('b', 100);
    desk.add('c');
    Scheduler& scheduler = *desk.scheduler;
    scheduler.packet_begins();
    EXPECT_EQ(desk.chunks_of({}, 3, 1), "aaa");
    scheduler.packet_begins();
    EXPECT_EQ(desk.chunks_of({}, 2, 40), "bb");
    scheduler.packet_begins();
    EXPECT_EQ(desk.chunks_of({}, 2, 1), "c-") << "nothing else goes into its packet";
    scheduler.packet_begins();
    EXPECT_EQ(desk.chunks_of({}, 3, 1), "aa-");
    EXPECT_EQ(Desk::letter(scheduler.next()), 'b') << "another packet";
}

TEST(PacketRoundRobin, TakesWhatAStreamGetsMeanwhileIntoItsPacket) {
    Desk desk{round_robin_per_packet};
    desk.add('a');
    desk.scheduler->packet_begins();
    EXPECT_EQ(desk.chunks_of({}, 1, 1), "a");
    desk.add('b');
    desk.add('a', 1, kOther);
    EXPECT_EQ(desk.chunks_of({}, 1, 1), "-") << "the packet has another class";
    EXPECT_EQ(desk.chunks(2, 1), "ba");
}

// --- §3.4 ---

TEST(Priority, GoesBeforeEverythingElse) {
    Desk desk{priority};
    desk.value('a', 7);
    desk.value('b', 3);
    desk.value('c', 5);
    for (const char stream : std::string{"abc"})
        desk.add_many(stream, 3, 100);
    EXPECT_EQ(desk.whole_messages(5), "bbbcc");
    desk.add('b');
    EXPECT_EQ(desk.whole_messages(6), "bcaaa-") << "the lowest waits for ever, if need be";
}

TEST(Priority, IsSharedByTurns) {
    Desk desk{priority};
    for (const char stream : std::string{"abc"})
        desk.add(stream, 300);
    desk.value('z', 257);
    desk.add('z');
    EXPECT_EQ(desk.chunks(7, 150), "abcabcz");
}

TEST(Priority, CountsForWhatWaitsAlready) {
    Desk desk{priority};
    desk.add_many('a', 3, 100);
    desk.add_many('b', 3, 100);
    desk.add_many('c', 3, 100);
    desk.value('c', 0);
    EXPECT_EQ(desk.chunks(3, 50), "ccc");
    desk.value('b', 0);
    desk.value('c', 65'535);
    EXPECT_EQ(desk.chunks(6, 50), "bbbbbb");
    EXPECT_EQ(desk.whole_messages(6), "aaacc-");
}

// A message of a high priority is not kept waiting by the train of another class.
TEST(Priority, EndsTheTrainOfAnotherClass) {
    Desk desk{priority};
    desk.value('a', 1);
    desk.value('b', 2);
    desk.value('c', 3);
    desk.add('a', 100);
    desk.add('b', 100, kOther);
    desk.add('c', 100);
    desk.add('d', 100); // at the default, 256
    EXPECT_EQ(desk.chunks_of({}, 2, 100), "a-");
    EXPECT_EQ(desk.scheduler->next()->traffic_class, kOther);
    EXPECT_EQ(desk.chunks_of(kOther, 2, 100), "b-");
    EXPECT_EQ(desk.chunks_of({}, 2, 100), "cd");
}

TEST(Priority, EndsNoTrainOfAnEqual) {
    Desk desk{priority};
    desk.add('a', 100);
    desk.add('b', 100, kOther);
    EXPECT_EQ(desk.chunks_of({}, 3, 10), "aaa");
    EXPECT_EQ(desk.scheduler->next()->traffic_class, kOther) << "but it has had its turn";
}

// --- §3.5 ---

TEST(FairCapacity, CountsBytesAndNotMessages) {
    for (const bool interleaved : {false, true}) {
        Desk desk{fair_capacity};
        desk.add_many('a', 100, 9000);
        desk.add_many('b', 9000, 100);
        Shares shares;
        while (shares.total < 1'000'000) {
            const OutgoingMessage* message = interleaved ? desk.leave(1000) : desk.leave_whole();
            ASSERT_NE(message, nullptr);
            shares.count(Desk::letter(message),
                         interleaved ? std::min<std::size_t>(1000, message->payload.size())
                                     : message->payload.size());
        }
        EXPECT_NEAR(shares.of('a'), 0.5, 0.01) << "interleaved: " << interleaved;
    }
}

TEST(FairCapacity, OwesNothingToWhoHadNoWork) {
    Desk desk{fair_capacity};
    desk.add_many('a', 50, 1000);
    desk.add('b', 1000);
    EXPECT_EQ(desk.chunks(21, 1000), "ab" + std::string(19, 'a'));
    desk.add_many('b', 5, 1000);
    desk.add_many('c', 5, 1000);
    const std::string order = desk.chunks(15, 1000);
    EXPECT_EQ(std::ranges::count(order, 'b'), 5);
    EXPECT_EQ(std::ranges::count(order.substr(0, 6), 'a'), 2) << order;
    EXPECT_EQ(std::ranges::count(order.substr(0, 6), 'b'), 2) << order;
}

TEST(FairCapacity, ForgetsWhatWasBeforeAPause) {
    Desk desk{fair_capacity};
    desk.add('a', 1'000'000);
    EXPECT_EQ(desk.whole_messages(2), "a-");
    desk.add_many('b', 4, 100);
    desk.add_many('a', 4, 100);
    const std::string order = desk.whole_messages(8);
    EXPECT_EQ(std::ranges::count(order.substr(0, 4), 'a'), 2) << order;
}

// Its shares are those of streams, however many of them each class has.
TEST(FairCapacity, HoldsAcrossClasses) {
    Desk desk{fair_capacity};
    for (int i = 0; i < 200; ++i) {
        for (const char stream : std::string{"abc"})
            desk.add(stream, 1000);
        desk.add('x', 1000, kOther);
    }
    Shares shares;
    while (shares.total < 400'000) {
        const ClassId train = desk.scheduler->next()->traffic_class;
        desk.scheduler->train_begins(train);
        for (int packet = 0; packet < 10; ++packet)
            shares.count(Desk::letter(desk.leave_of(train, 1000)), 1000);
    }
    EXPECT_NEAR(shares.of('x'), 0.25, 0.03);
}

// --- §3.6 ---

TEST(WeightedFairQueueing, SharesByWeightWithinAHundredth) {
    for (const bool interleaved : {false, true}) {
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            SeededRandom random{seed};
            Desk desk{weighted_fair_queueing};
            std::map<char, double> weights;
            double sum = 0;
            for (const char stream : std::string{"abcde"}) {
                const auto weight = static_cast<std::uint16_t>(1 + random.below(20));
                desk.value(stream, weight);
                sum += weights[stream] = weight;
                for (std::size_t bytes = 0; bytes < 2'000'000;) {
                    const std::size_t more = 1 + random.below(random.chance(0.2) ? 4000 : 200);
                    bytes += desk.add(stream, more)->payload.size();
                }
            }
            Shares shares;
            while (shares.total < 2'000'000) { // so that none has run out
                const OutgoingMessage* of = desk.scheduler->next();
                const std::size_t before = interleaved ? of->sent_bytes : 0;
                ASSERT_EQ(interleaved ? desk.leave(1 + random.below(1400)) : desk.leave_whole(),
                          of);
                shares.count(Desk::letter(of),
                             (interleaved ? of->sent_bytes : of->payload.size()) - before);
            }
            for (const auto& [stream, weight] : weights)
                EXPECT_NEAR(shares.of(stream), weight / sum, 0.01) << "seed " << seed;
        }
    }
}

TEST(WeightedFairQueueing, HoldsForTheLeastAndTheLargestWeight) {
    Desk desk{weighted_fair_queueing};
    desk.value('a', 1);
    desk.value('b', 65'535);
    desk.add('a', 1000);
    desk.add('b', 200'000);
    std::size_t of_a = 0;
    for (int i = 0; i < 65'536 + 2; ++i)
        of_a += Desk::letter(desk.leave(1)) == 'a' ? 1u : 0u;
    EXPECT_GE(of_a, 1u);
    EXPECT_LE(of_a, 2u);
}

TEST(WeightedFairQueueing, TakesANewWeightAtOnce) {
    Desk desk{weighted_fair_queueing};
    desk.add('a', 1'000'000);
    desk.add('b', 1'000'000);
    const auto share_of_a = [&] {
        const std::string order = desk.chunks(400, 500);
        return static_cast<double>(std::ranges::count(order, 'a')) / 400;
    };
    EXPECT_NEAR(share_of_a(), 0.5, 0.01);
    desk.value('a', 3 * kStreamValueDefault);
    EXPECT_NEAR(share_of_a(), 0.75, 0.01);
    desk.value('b', 9 * kStreamValueDefault);
    EXPECT_NEAR(share_of_a(), 0.25, 0.01);
}

TEST(WeightedFairQueueing, GivesTheRestToThoseThatHaveWork) {
    Desk desk{weighted_fair_queueing};
    desk.value('a', 60'000);
    desk.add('a', 100);
    desk.add('b', 1000);
    desk.add('c', 1000);
    EXPECT_EQ(desk.chunks(1, 100), "a");
    const std::string order = desk.chunks(20, 100);
    EXPECT_EQ(std::ranges::count(order, 'b'), 10);
}

// At the least weight that is after 256 TiB; here each turn counts for 32.
TEST(WeightedFairQueueing, GoesOnWhereItsTimeBeginsAnew) {
    Desk desk{weighted_fair_queueing};
    for (const char stream : std::string{"abc"})
        desk.value(stream, 1);
    const auto turns = [&](int count) {
        std::string order;
        for (; count > 0; --count) {
            OutgoingMessage* const message = desk.scheduler->next();
            desk.scheduler->charge(*message, std::size_t{1} << 45);
            order += Desk::letter(message);
            if (order.back() == 'c') desk.scheduler->take(message);
        }
        std::ranges::sort(order);
        return order;
    };
    desk.add('a');
    desk.add('b');
    desk.add('c');
    EXPECT_EQ(turns(3), "abc");
    for (int round = 0; round < 20; ++round) {
        EXPECT_EQ(turns(2), "ab") << round;
        if (round % 5 < 4) continue;
        desk.add('c'); // whose own time, of long ago, would look like one to come
        EXPECT_EQ(turns(3), "abc") << round;
    }
}

TEST(WeightedFairQueueing, RefusesAWeightOfNothing) {
    Desk desk{weighted_fair_queueing};
    const auto set = desk.scheduler->set_value(StreamId{1}, 0);
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code, Errc::invalid_argument);
    desk.add(1, 10);
    EXPECT_EQ(desk.chunks(1, 5)[0], '\1') << "it has the default";
}

// --- all of them ---

TEST(Schedulers, WithoutValuesSaySo) {
    for (const StreamScheduler kind : kAll) {
        const auto set = make_scheduler(kind)->set_value(StreamId{1}, 5);
        const bool has_values = kind == priority || kind == weighted_fair_queueing;
        EXPECT_EQ(set.has_value(), has_values);
        if (!has_values) {
            EXPECT_EQ(set.error().code, Errc::unsupported);
        }
    }
}

TEST(Schedulers, GiveOutWhatIsWantedAndKeepTheRest) {
    for (const StreamScheduler kind : kAll) {
        Desk desk{kind};
        std::vector<OutgoingMessage*> wanted;
        std::multiset<char> rest;
        for (int i = 0; i < 60; ++i) {
            const char stream = static_cast<char>('a' + i % 7);
            OutgoingMessage* message =
                desk.add(stream, 1 + static_cast<std::size_t>(i), i % 3 == 0 ? kOther : ClassId{});
            message->ppid = static_cast<Ppid>(i % 4);
            if (i % 4 == 0) {
                wanted.push_back(message);
            } else {
                rest.insert(stream);
            }
        }
        std::vector<OutgoingMessage*> given;
        desk.scheduler->extract(
            [](const OutgoingMessage& message) { return message.ppid == Ppid{0}; },
            [&](OutgoingMessage* message) { given.push_back(message); });
        std::ranges::sort(given);
        std::ranges::sort(wanted);
        EXPECT_EQ(given, wanted);
        std::multiset<char> left;
        while (const OutgoingMessage* message = desk.leave_whole())
            left.insert(Desk::letter(message));
        EXPECT_EQ(left, rest);
    }
}

// Whatever is asked of it, every message leaves once, and after those of its stream and class that
// came before it.
TEST(Schedulers, LoseNothingAndKeepTheOrderOfStreams) {
    for (const StreamScheduler kind : kAll) {
        for (std::uint64_t seed = 1; seed <= 30; ++seed) {
            SeededRandom random{seed};
            Desk desk{kind};
            std::map<std::pair<StreamId, ClassId>, std::deque<OutgoingMessage*>> expected;
            std::size_t waiting = 0;
            const auto left = [&](const OutgoingMessage* message) {
                if (message == nullptr || !message->fully_sent()) return;
                auto& line = expected[{message->stream, message->traffic_class}];
                ASSERT_FALSE(line.empty());
                EXPECT_EQ(line.front(), message);
                line.pop_front();
                --waiting;
            };
            for (int step = 0; step < 2000; ++step) {
                const auto traffic_class = static_cast<ClassId>(random.below(4));
                const char stream = static_cast<char>('a' + random.below(12));
                switch (random.below(7)) {
                case 0:
                case 1: {
                    OutgoingMessage* message =
                        desk.add(stream, 1 + random.below(5000), traffic_class);
                    expected[{message->stream, traffic_class}].push_back(message);
                    ++waiting;
                    break;
                }
                case 2: left(desk.leave(1 + random.below(1500))); break;
                case 3: left(desk.leave_of(traffic_class, 1 + random.below(1500))); break;
                case 4: desk.scheduler->train_begins(traffic_class); break;
                case 5: desk.scheduler->packet_begins(); break;
                case 6:
                    static_cast<void>(desk.scheduler->set_value(
                        Desk::id(stream), static_cast<std::uint16_t>(random.below(9))));
                }
            }
            while (OutgoingMessage* message = desk.leave(100'000))
                left(message);
            EXPECT_EQ(waiting, 0u) << "seed " << seed;
        }
    }
}

} // namespace
} // namespace hawser::sctp
