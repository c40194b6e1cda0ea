// Fragments and streams by themselves, without packets around them.
#include "sctp/rx/reassembly.hpp"
#include "sctp/rx/tsn_tracker.hpp"

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hawser::sctp {
namespace {

using Result = Reassembly::Result;

/// Takes chunks in any order as a receiver would: with the Cumulative TSN beside them.
class ReassemblyTest : public testing::Test {
protected:
    struct Fragment {
        std::uint32_t tsn;
        std::string_view text;
        bool beginning = true;
        bool ending = true;
        std::uint16_t ssn = 0;
        std::uint16_t stream = 0;
        bool unordered = false;
        Ecn ecn = Ecn::not_ect;
        Path path = {};
    };

    static std::size_t window() { return options().receive_window_bytes; }
    static Options options() {
        Options options;
        options.message_bytes_max = 20;
        options.receive_window_bytes = 10'000;
        return options;
    }

    Result take(const Fragment& fragment) {
        const wire::sctp::Data data{.stream = static_cast<StreamId>(fragment.stream),
                                    .ssn = Ssn{fragment.ssn},
                                    .ppid = Ppid{7},
                                    .tsn = Tsn{fragment.tsn},
                                    .unordered = fragment.unordered,
                                    .beginning = fragment.beginning,
                                    .ending = fragment.ending,
                                    .immediate = false,
                                    .payload = as_bytes(fragment.text)};
        const Ancillary ancillary{.ecn = fragment.ecn};
        const Datagram datagram{PacketId{}, fragment.path, ancillary, {}};
        const bool is_next = data.tsn == tracker_.cumulative().next();
        if (!is_next) {
            const Result early = reassembly_.take_early(data, datagram, tracker_.cumulative());
            tracker_.record(data.tsn);
            return checked(early);
        }
        const Result result = reassembly_.take_next(data, datagram);
        tracker_.record(data.tsn);
        if (result != Result::taken) return result;
        return checked(reassembly_.advance(data.tsn, tracker_.cumulative()));
    }
    /// A chunk at the Cumulative TSN that nobody will see.
    Result skip() {
        const Tsn tsn = tracker_.cumulative().next();
        tracker_.record(tsn);
        return checked(reassembly_.advance(tsn, tracker_.cumulative()));
    }
    /// A FORWARD TSN, with streams and their SSNs.
    Result give_up(std::uint32_t tsn, std::vector<wire::sctp::SkippedStream> skipped = {}) {
        std::vector<std::byte> chunk(4 + 4 + 4 * skipped.size());
        wire::Writer out{chunk};
        wire::sctp::write_forward_tsn(out, Tsn{tsn}, skipped);
        const auto forward = wire::sctp::ForwardTsnView::parse(Bytes{chunk}.subspan(4));
        reassembly_.forget(tracker_.cumulative(), tracker_.cumulative().next(), Tsn{tsn});
        tracker_.skip_to(Tsn{tsn});
        return checked(reassembly_.skip(*forward, 10, tracker_.cumulative()));
    }
    Result checked(Result result) {
        EXPECT_TRUE(result != Result::taken || reassembly_.is_consistent(tracker_.cumulative()));
        return result;
    }

    std::vector<Message> messages() {
        std::vector<Message> messages;
        while (!shared_.events.empty()) {
            messages.push_back(std::get<Message>(std::move(shared_.events.front())));
            shared_.events.drop_front();
        }
        return messages;
    }
    std::vector<std::string> texts() {
        std::vector<std::string> texts;
        for (const Message& message : messages())
            texts.emplace_back(as_text(message.payload.bytes()));
        return texts;
    }
    using Texts = std::vector<std::string>;

    SeededRandom random_{1};
    PacketPool packets_;
    BufferPool buffers_;
    Shared shared_{options(), {.random = random_, .packets = packets_, .buffers = buffers_}};
    TsnTracker tracker_{Tsn{1}};
    Reassembly reassembly_{shared_, AssociationId{1}};
};

TEST_F(ReassemblyTest, JoinsFragmentsInWhateverOrderTheyCome) {
    std::vector<std::uint32_t> order{1, 2, 3, 4};
    do {
        tracker_ = TsnTracker{Tsn{1}};
        reassembly_.reset();
        for (const std::uint32_t tsn : order) {
            const std::string text(1, static_cast<char>('a' + tsn - 1));
            EXPECT_EQ(take({.tsn = tsn, .text = text, .beginning = tsn == 1, .ending = tsn == 4}),
                      Result::taken);
        }
        EXPECT_EQ(texts(), Texts{"abcd"}) << order[0] << order[1] << order[2] << order[3];
    } while (std::ranges::next_permutation(order).found);
}

TEST_F(ReassemblyTest, TellsOfTheFirstFragmentAndWhereTheAssociationStood) {
    EXPECT_EQ(take({.tsn = 3, .text = "c", .beginning = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 1, .text = "a", .ending = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 2, .text = "b", .beginning = false, .ending = false}), Result::taken);
    const auto all = messages();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].tsn, Tsn{1});
    EXPECT_EQ(all[0].cumulative_tsn, Tsn{3});
    EXPECT_EQ(all[0].ppid, Ppid{7});
}

TEST_F(ReassemblyTest, TellsOfTheFirstFragmentOfARunBeyondAGap) {
    const Address ours = Address::ipv4({10, 0, 0, 1}, 1);
    const Path path{.local = ours, .remote = Address::ipv4({10, 0, 0, 2}, 2)};
    const Path other{.local = ours, .remote = Address::ipv4({10, 0, 0, 2}, 3)};
    Fragment tail{.tsn = 4, .text = "b", .beginning = false, .ssn = 3, .stream = 5};
    tail.unordered = true;
    tail.path = other;
    EXPECT_EQ(take(tail), Result::taken);
    Fragment head = tail;
    head.tsn = 3;
    head.text = "a";
    head.beginning = true;
    head.ending = false;
    head.path = path;
    head.ecn = Ecn::ect1;
    EXPECT_EQ(take(head), Result::taken);
    const auto all = messages();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(as_text(all[0].payload.bytes()), "ab");
    EXPECT_EQ(all[0].association, AssociationId{1});
    EXPECT_EQ(all[0].stream, StreamId{5});
    EXPECT_EQ(all[0].ssn, Ssn{3});
    EXPECT_EQ(all[0].ppid, Ppid{7});
    EXPECT_EQ(all[0].tsn, Tsn{3});
    EXPECT_EQ(all[0].cumulative_tsn, Tsn{0});
    EXPECT_TRUE(all[0].unordered);
    EXPECT_EQ(all[0].path, path);
    EXPECT_EQ(all[0].ancillary.ecn, Ecn::ect1);
}

// What is held stays where it is found when something far beyond it comes.
TEST_F(ReassemblyTest, KeepsWhatItHoldsWhenItHasToHoldMore) {
    for (const std::uint32_t far : {6u, 9u, 40u, 5'000u}) {
        tracker_ = TsnTracker{Tsn{1}};
        reassembly_.reset();
        for (const std::uint32_t tsn : {2u, 4u, 5u})
            EXPECT_EQ(take({.tsn = tsn, .text = "x", .beginning = false, .ending = tsn == 5}),
                      Result::taken);
        EXPECT_EQ(take({.tsn = far + 10, .text = "y", .ending = false}), Result::taken);
        EXPECT_EQ(take({.tsn = 3, .text = "x", .beginning = false, .ending = false}),
                  Result::taken);
        EXPECT_EQ(take({.tsn = 1, .text = "a", .ending = false}), Result::taken);
        EXPECT_EQ(texts(), Texts{"axxxx"}) << far;
    }
}

TEST_F(ReassemblyTest, MarksAMessageWhenAnyFragmentWasMarked) {
    for (const std::uint32_t marked : {1u, 2u, 3u}) {
        tracker_ = TsnTracker{Tsn{1}};
        reassembly_.reset();
        for (const std::uint32_t tsn : {2u, 1u, 3u}) {
            EXPECT_EQ(take({.tsn = tsn,
                            .text = "x",
                            .beginning = tsn == 1,
                            .ending = tsn == 3,
                            .ecn = tsn == marked ? Ecn::ce : Ecn::ect0}),
                      Result::taken);
        }
        const auto all = messages();
        ASSERT_EQ(all.size(), 1u);
        EXPECT_EQ(all[0].ancillary.ecn, Ecn::ce) << "the mark was on " << marked;
    }
}

TEST_F(ReassemblyTest, HoldsWholeMessagesUntilTheirStreamIsThere) {
    EXPECT_EQ(take({.tsn = 3, .text = "2", .ssn = 2}), Result::taken);
    EXPECT_EQ(take({.tsn = 2, .text = "1", .ssn = 1}), Result::taken);
    EXPECT_EQ(take({.tsn = 4, .text = "other", .stream = 5}), Result::taken);
    EXPECT_EQ(texts(), Texts{"other"}) << "another stream does not wait";
    EXPECT_EQ(take({.tsn = 1, .text = "0", .ssn = 0}), Result::taken);
    EXPECT_EQ(texts(), (Texts{"0", "1", "2"}));
}

// A peer may give TSNs in another order than SSNs: the TSN says what is missing, the SSN whose turn
// it is.
TEST_F(ReassemblyTest, HoldsAMessageWhoseTsnHasComeAndWhoseTurnHasNot) {
    EXPECT_EQ(take({.tsn = 1, .text = "1", .ssn = 1}), Result::taken);
    EXPECT_EQ(texts(), Texts{});
    EXPECT_EQ(take({.tsn = 2, .text = "0", .ssn = 0}), Result::taken);
    EXPECT_EQ(texts(), (Texts{"0", "1"}));
    EXPECT_EQ(take({.tsn = 3, .text = "0 again", .ssn = 0}), Result::taken);
    EXPECT_EQ(texts(), Texts{}) << "its turn is over";
    EXPECT_EQ(take({.tsn = 4, .text = "2", .ssn = 2}), Result::taken);
    EXPECT_EQ(texts(), Texts{"2"});
}

TEST_F(ReassemblyTest, HandsUnorderedMessagesOutAtOnce) {
    EXPECT_EQ(take({.tsn = 3, .text = "late", .ssn = 9, .unordered = true}), Result::taken);
    EXPECT_EQ(texts(), Texts{"late"});
}

TEST_F(ReassemblyTest, CountsMessagesWhoseSsnHasPassedOrIsTaken) {
    EXPECT_EQ(take({.tsn = 1, .text = "0"}), Result::taken);
    EXPECT_EQ(take({.tsn = 2, .text = "again"}), Result::taken);
    EXPECT_EQ(take({.tsn = 3, .text = "2", .ssn = 2}), Result::taken);
    EXPECT_EQ(take({.tsn = 4, .text = "2 again", .ssn = 2}), Result::taken);
    EXPECT_EQ(shared_.counters.misnumbered_messages, 2u);
    EXPECT_EQ(take({.tsn = 5, .text = "1", .ssn = 1}), Result::taken);
    EXPECT_EQ(texts(), (Texts{"0", "1", "2"}));
}

TEST_F(ReassemblyTest, CountsWhatComesOfMessagesThatWereGivenUp) {
    EXPECT_EQ(take({.tsn = 1, .text = "a", .ending = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 3, .text = "c", .beginning = false, .ending = false}), Result::taken);
    EXPECT_EQ(give_up(3, {{StreamId{0}, Ssn{0}}}), Result::taken);
    EXPECT_EQ(shared_.counters.given_up_fragments, 2u);
    EXPECT_EQ(take({.tsn = 4, .text = "d", .beginning = false}), Result::taken) << "it ended there";
    EXPECT_EQ(shared_.counters.given_up_fragments, 3u);
}

TEST_F(ReassemblyTest, KeepsTheOrderWhereSsnsWrap) {
    for (std::uint32_t i = 0; i < 65'540; ++i)
        ASSERT_EQ(take({.tsn = 1 + i, .text = "x", .ssn = static_cast<std::uint16_t>(i)}),
                  Result::taken);
    EXPECT_EQ(messages().size(), 65'540u);
}

// What RFC 9260 §6.9 allows no sender: each pair of neighbours that cannot be.
TEST_F(ReassemblyTest, RefusesNeighboursThatDoNotFit) {
    struct Case {
        std::string_view what;
        Fragment first, second;
    };
    const Case cases[] = {
        {"a middle behind an end", {2, "x"}, {3, "x", false, false}},
        {"a beginning behind a middle", {2, "x", false, false}, {3, "x", true, false}},
        {"a beginning behind a beginning", {2, "x", true, false}, {3, "x", true, false}},
        {"another stream", {2, "x", true, false}, {3, "x", false, true, 0, 1}},
        {"another SSN", {2, "x", true, false}, {3, "x", false, true, 1}},
        {"unordered behind ordered", {2, "x", true, false}, {3, "x", false, true, 0, 0, true}},
    };
    for (const Case& each : cases) {
        for (const bool backwards : {false, true}) {
            if (each.first.beginning && each.first.ending) continue; // whole ones are not held
            tracker_ = TsnTracker{Tsn{1}};
            reassembly_.reset();
            EXPECT_EQ(take(backwards ? each.second : each.first), Result::taken) << each.what;
            EXPECT_EQ(take(backwards ? each.first : each.second), Result::violation) << each.what;
        }
    }
}

TEST_F(ReassemblyTest, RefusesAMiddleWithoutABeginning) {
    EXPECT_EQ(take({.tsn = 1, .text = "x", .beginning = false}), Result::violation);
}

TEST_F(ReassemblyTest, RefusesWhatASkippedChunkBringsToItsTurn) {
    EXPECT_EQ(take({.tsn = 2, .text = "x", .beginning = false, .ending = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 3, .text = "x", .beginning = false, .ending = false}), Result::taken);
    EXPECT_EQ(skip(), Result::violation);
}

TEST_F(ReassemblyTest, RefusesASkippedChunkWithinAMessage) {
    EXPECT_EQ(take({.tsn = 1, .text = "x", .ending = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 3, .text = "x", .beginning = false}), Result::taken);
    EXPECT_EQ(skip(), Result::violation);
}

TEST_F(ReassemblyTest, HandsOutWhatStandsWholeBehindASkippedChunk) {
    EXPECT_EQ(take({.tsn = 2, .text = "a", .ending = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 3, .text = "b", .beginning = false}), Result::taken);
    EXPECT_EQ(texts(), Texts{"ab"});
    EXPECT_EQ(skip(), Result::taken);
    EXPECT_EQ(tracker_.cumulative(), Tsn{3});
}

TEST_F(ReassemblyTest, RefusesAMessageAboveTheLimitHoweverItComes) {
    const std::string most(20, 'x');
    const std::string more(21, 'x');
    EXPECT_EQ(take({.tsn = 1, .text = most}), Result::taken);
    EXPECT_EQ(take({.tsn = 2, .text = more}), Result::too_large);
    tracker_ = TsnTracker{Tsn{1}};
    reassembly_.reset();
    EXPECT_EQ(take({.tsn = 5, .text = more}), Result::too_large);
    EXPECT_EQ(take({.tsn = 1, .text = most, .ending = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 2, .text = "x", .beginning = false}), Result::too_large);
    tracker_ = TsnTracker{Tsn{1}};
    reassembly_.reset();
    EXPECT_EQ(take({.tsn = 3, .text = most, .beginning = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 2, .text = "x", .ending = false}), Result::too_large);
}

// Of as many bytes as may be, in whatever order they come; and of one more.
TEST_F(ReassemblyTest, TakesAMessageOfTheLimitHoweverItComes) {
    std::vector<std::uint32_t> order{2, 3, 4};
    do {
        for (const bool first_comes_last : {false, true}) {
            for (const std::size_t more : {0u, 1u}) {
                tracker_ = TsnTracker{Tsn{1}};
                reassembly_.reset();
                std::vector<std::uint32_t> all = order;
                all.insert(first_comes_last ? all.end() : all.begin(), 1u);
                Result last = Result::taken;
                for (const std::uint32_t tsn : all) {
                    if (last != Result::taken) break;
                    const std::string text(tsn == 3 ? 5 + more : 5, 'x');
                    last =
                        take({.tsn = tsn, .text = text, .beginning = tsn == 1, .ending = tsn == 4});
                }
                EXPECT_EQ(last, more == 0 ? Result::taken : Result::too_large)
                    << all[0] << all[1] << all[2] << all[3];
                EXPECT_EQ(texts(), more == 0 ? Texts{std::string(20, 'x')} : Texts{});
            }
        }
    } while (std::ranges::next_permutation(order).found);
}

TEST_F(ReassemblyTest, TakesARunOfTheLimitBeyondAGap) {
    std::vector<std::uint32_t> order{2, 3, 4, 5};
    do {
        for (const std::size_t more : {0u, 1u}) {
            tracker_ = TsnTracker{Tsn{1}};
            reassembly_.reset();
            Result last = Result::taken;
            for (const std::uint32_t tsn : order) {
                if (last != Result::taken) break;
                const std::string text(tsn == 3 ? 5 + more : 5, 'x');
                last = take({.tsn = tsn, .text = text, .beginning = tsn == 2, .ending = tsn == 5});
            }
            EXPECT_EQ(last, more == 0 ? Result::taken : Result::too_large)
                << order[0] << order[1] << order[2] << order[3];
            EXPECT_EQ(texts(), more == 0 ? Texts{std::string(20, 'x')} : Texts{});
        }
    } while (std::ranges::next_permutation(order).found);
}

TEST_F(ReassemblyTest, GivesBackNothingThatIsInUseWhenItShrinks) {
    EXPECT_EQ(take({.tsn = 2, .text = "b", .beginning = false}), Result::taken);
    reassembly_.shrink();
    EXPECT_EQ(take({.tsn = 4, .text = "2", .ssn = 2}), Result::taken);
    reassembly_.shrink();
    EXPECT_EQ(take({.tsn = 1, .text = "a", .ending = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 3, .text = "1", .ssn = 1}), Result::taken);
    EXPECT_EQ(texts(), (Texts{"ab", "1", "2"}));
    reassembly_.shrink();
    EXPECT_EQ(take({.tsn = 6, .text = "b", .beginning = false, .ssn = 3}), Result::taken);
    EXPECT_EQ(take({.tsn = 5, .text = "a", .ending = false, .ssn = 3}), Result::taken);
    EXPECT_EQ(texts(), Texts{"ab"});
}

// Bytes that are held, and those that nobody has taken, each with their bookkeeping.
TEST_F(ReassemblyTest, ChargesForWhatItHolds) {
    constexpr std::size_t kEach = kMessageOverheadBytes;
    EXPECT_EQ(reassembly_.charged_bytes(window()), 0u);
    EXPECT_EQ(take({.tsn = 3, .text = "abc", .beginning = false}), Result::taken);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 3 + kEach);
    EXPECT_EQ(take({.tsn = 5, .text = "early", .ssn = 1}), Result::taken);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 8 + 2 * kEach);
    EXPECT_EQ(take({.tsn = 1, .text = "ab", .ending = false}), Result::taken);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 10 + 2 * kEach)
        << "the one at the Cumulative TSN";
    EXPECT_EQ(take({.tsn = 2, .text = "x", .beginning = false, .ending = false}), Result::taken);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 11 + 2 * kEach) << "two messages, not taken";
    EXPECT_EQ(texts(), (Texts{"abxabc", "early"}));
    reassembly_.taken(6);
    reassembly_.taken(5);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 0u);
    reassembly_.taken(100);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 0u) << "too much is no harm";
}

TEST_F(ReassemblyTest, GivesEverythingBackWhenItIsReset) {
    EXPECT_EQ(take({.tsn = 1, .text = "ab", .ending = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 5, .text = "x", .beginning = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 9, .text = "early", .ssn = 4}), Result::taken);
    reassembly_.reset();
    EXPECT_EQ(reassembly_.charged_bytes(window()), 0u);
    EXPECT_EQ(buffers_.in_use(), 0u);
    tracker_ = TsnTracker{Tsn{100}};
    EXPECT_EQ(take({.tsn = 100, .text = "anew", .ssn = 0}), Result::taken);
    EXPECT_EQ(texts(), Texts{"anew"});
}

// RFC 3758 §3.6.
TEST_F(ReassemblyTest, GoesOnAfterAMessageThatWasGivenUp) {
    EXPECT_EQ(take({.tsn = 2, .text = "1", .ssn = 1}), Result::taken);
    EXPECT_EQ(take({.tsn = 3, .text = "2", .ssn = 2}), Result::taken);
    EXPECT_TRUE(texts().empty());
    EXPECT_EQ(give_up(1, {{StreamId{0}, Ssn{0}}}), Result::taken);
    EXPECT_EQ(texts(), (Texts{"1", "2"}));
    EXPECT_EQ(take({.tsn = 4, .text = "3", .ssn = 3}), Result::taken);
    EXPECT_EQ(texts(), Texts{"3"});
}

TEST_F(ReassemblyTest, HandsOutWholeMessagesAmongThoseThatWereGivenUp) {
    EXPECT_EQ(take({.tsn = 2, .text = "1", .ssn = 1}), Result::taken);
    EXPECT_EQ(take({.tsn = 6, .text = "5", .ssn = 5}), Result::taken);
    EXPECT_EQ(give_up(4, {{StreamId{0}, Ssn{3}}}), Result::taken);
    EXPECT_EQ(texts(), Texts{"1"}) << "4 may still come";
    EXPECT_EQ(take({.tsn = 5, .text = "4", .ssn = 4}), Result::taken);
    EXPECT_EQ(texts(), (Texts{"4", "5"}));
}

TEST_F(ReassemblyTest, ForgetsTheHalfOfAMessageThatWasGivenUp) {
    EXPECT_EQ(take({.tsn = 1, .text = "a", .ending = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 3, .text = "c", .beginning = false, .ending = false}), Result::taken);
    EXPECT_GT(reassembly_.charged_bytes(window()), 0u);
    EXPECT_EQ(give_up(3, {{StreamId{0}, Ssn{0}}}), Result::taken);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 0u);
    EXPECT_EQ(take({.tsn = 4, .text = "next", .ssn = 1}), Result::taken);
    EXPECT_EQ(texts(), Texts{"next"});
}

TEST_F(ReassemblyTest, JoinsWhatWasHeldAfterWhatWasGivenUp) {
    EXPECT_EQ(take({.tsn = 4, .text = "a", .ending = false, .ssn = 1}), Result::taken);
    EXPECT_EQ(take({.tsn = 6, .text = "c", .beginning = false, .ssn = 1}), Result::taken);
    EXPECT_EQ(give_up(3, {{StreamId{0}, Ssn{0}}}), Result::taken);
    EXPECT_TRUE(texts().empty());
    EXPECT_EQ(take({.tsn = 5, .text = "b", .beginning = false, .ending = false, .ssn = 1}),
              Result::taken);
    EXPECT_EQ(texts(), Texts{"abc"});
}

TEST_F(ReassemblyTest, SkipsUnorderedMessagesWithoutAStream) {
    EXPECT_EQ(take({.tsn = 2, .text = "x", .ending = false, .unordered = true}), Result::taken);
    EXPECT_EQ(give_up(2), Result::taken);
    EXPECT_EQ(take({.tsn = 3, .text = "y", .unordered = true}), Result::taken);
    EXPECT_EQ(take({.tsn = 4, .text = "0"}), Result::taken);
    EXPECT_EQ(texts(), (Texts{"y", "0"}));
}

TEST_F(ReassemblyTest, KnowsNoStreamBeyondThoseAgreedOnAndNoWayBack) {
    EXPECT_EQ(take({.tsn = 1, .text = "0"}), Result::taken);
    EXPECT_EQ(take({.tsn = 2, .text = "1", .ssn = 1}), Result::taken);
    EXPECT_EQ(give_up(3, {{StreamId{10}, Ssn{7}}, {StreamId{0}, Ssn{0}}}), Result::taken);
    EXPECT_EQ(take({.tsn = 4, .text = "2", .ssn = 2}), Result::taken);
    EXPECT_EQ(texts(), (Texts{"0", "1", "2"}));
}

// The FORWARD TSN of usrsctp is as long as its packet has room, and may end within a message.
TEST_F(ReassemblyTest, WantsNothingOfTheRestOfAMessageWhoseBeginningWasGivenUp) {
    EXPECT_EQ(take({.tsn = 1, .text = "a", .ending = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 3, .text = "c", .beginning = false, .ending = false}), Result::taken);
    EXPECT_EQ(take({.tsn = 5, .text = "e", .beginning = false}), Result::taken);
    EXPECT_EQ(give_up(2), Result::taken) << "3 is held, 5 is beyond a gap";
    EXPECT_EQ(take({.tsn = 4, .text = "d", .beginning = false, .ending = false}), Result::taken);
    EXPECT_EQ(tracker_.cumulative(), Tsn{5});
    EXPECT_EQ(reassembly_.charged_bytes(window()), 0u);
    EXPECT_EQ(give_up(5, {{StreamId{0}, Ssn{0}}}), Result::taken);
    EXPECT_EQ(take({.tsn = 6, .text = "next", .ssn = 1}), Result::taken);
    EXPECT_EQ(texts(), Texts{"next"});
    EXPECT_EQ(take({.tsn = 7, .text = "x", .beginning = false, .ssn = 2}), Result::violation)
        << "after a beginning the rules hold again";
}

TEST_F(ReassemblyTest, StaysConsistentWhateverIsGivenUp) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SeededRandom random{seed};
        tracker_ = TsnTracker{Tsn{1}};
        reassembly_.reset();
        auto result = Result::taken;
        for (int i = 0; i < 60 && result == Result::taken; ++i) {
            const auto ahead = static_cast<std::uint32_t>(1 + random.below(12));
            const Tsn tsn = tracker_.cumulative().plus(ahead);
            if (random.chance(0.15)) {
                result = give_up(tsn.value,
                                 {{StreamId{0}, Ssn{static_cast<std::uint16_t>(random.below(4))}}});
            } else if (tracker_.kind(tsn) == TsnTracker::Kind::fresh) {
                result = take({.tsn = tsn.value,
                               .text = "x",
                               .beginning = random.chance(0.7),
                               .ending = random.chance(0.7),
                               .ssn = static_cast<std::uint16_t>(random.below(3))});
            }
        }
        messages();
    }
}

} // namespace
} // namespace hawser::sctp
