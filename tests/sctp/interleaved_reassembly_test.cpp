// I-DATA by itself, without packets around it: RFC 8260 §2.2.3.
#include "sctp/rx/interleaved_reassembly.hpp"
#include "sctp/rx/tsn_tracker.hpp"

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace hawser::sctp {
namespace {

using Result = InterleavedReassembly::Result;

constexpr std::size_t kWaits = InterleavedReassembly::kWaitingOverheadBytes;
constexpr std::size_t kHeld = InterleavedReassembly::kHeldOverheadBytes;

class InterleavedReassemblyTest : public testing::Test {
protected:
    struct Fragment {
        std::uint32_t mid = 0;
        std::uint32_t fsn = 0;
        std::string_view text = "x";
        bool ending = false;
        std::uint16_t stream = 0;
        bool unordered = false;
        Ecn ecn = Ecn::not_ect;
    };

    static std::size_t window() { return options().receive_window_bytes; }
    static Options options() {
        Options options;
        options.message_bytes_max = 1000;
        options.receive_window_bytes = 4000;
        return options;
    }

    /// Takes it with the TSN that follows the highest one, or `tsn`.
    Result take(const Fragment& fragment) { return take(fragment, tracker_.highest().next()); }
    Result take(const Fragment& fragment, Tsn tsn) {
        return take_as(fragment, tsn, fragment.fsn == 0);
    }
    Result take_as(const Fragment& fragment, Tsn tsn, bool beginning) {
        const wire::sctp::IData data{.stream = static_cast<StreamId>(fragment.stream),
                                     .mid = Mid{fragment.mid},
                                     .ppid = Ppid{beginning ? 7u : 0u},
                                     .fsn = fragment.fsn,
                                     .tsn = tsn,
                                     .unordered = fragment.unordered,
                                     .beginning = beginning,
                                     .ending = fragment.ending,
                                     .payload = as_bytes(fragment.text)};
        const Ancillary ancillary{.ecn = fragment.ecn};
        const Datagram datagram{PacketId{}, Path{}, ancillary, {}};
        const Result result = reassembly_.take(data, datagram, tracker_);
        if (result != Result::no_room) tracker_.record(tsn);
        EXPECT_TRUE(result != Result::taken || reassembly_.is_consistent());
        return result;
    }
    Result whole(std::uint32_t mid, std::string_view text, std::uint16_t stream = 0) {
        return take({.mid = mid, .text = text, .ending = true, .stream = stream});
    }
    void give_up(std::vector<wire::sctp::SkippedMessages> skipped) {
        std::vector<std::byte> chunk(4 + 4 + 8 * skipped.size());
        wire::Writer out{chunk};
        wire::sctp::write_i_forward_tsn(out, Tsn{0}, skipped);
        const auto forward = wire::sctp::IForwardTsnView::parse(Bytes{chunk}.subspan(4));
        reassembly_.skip(*forward, 10);
        EXPECT_TRUE(reassembly_.is_consistent());
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

    bool nothing_waits() const {
        return reassembly_.charged_bytes(window()) == reassembly_.unread().charged_bytes();
    }
    std::uint64_t misnumbered() const { return shared_.counters.misnumbered_messages; }
    std::uint64_t given_up() const { return shared_.counters.given_up_fragments; }

    SeededRandom random_{1};
    PacketPool packets_;
    BufferPool buffers_;
    Shared shared_{options(), {.random = random_, .packets = packets_, .buffers = buffers_}};
    TsnTracker tracker_{Tsn{0xffff'fffe}}; // it wraps on the way
    InterleavedReassembly reassembly_{shared_, AssociationId{5}};
};

TEST_F(InterleavedReassemblyTest, HandsOutWholeMessagesAtOnce) {
    EXPECT_EQ(whole(0, "zero"), Result::taken);
    EXPECT_EQ(whole(1, "one"), Result::taken);
    const auto all = messages();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(as_text(all[1].payload.bytes()), "one");
    EXPECT_EQ(all[1].association, AssociationId{5});
    EXPECT_EQ(all[1].mid, Mid{1});
    EXPECT_EQ(all[1].ssn, Ssn{1});
    EXPECT_EQ(all[1].ppid, Ppid{7});
    EXPECT_EQ(all[1].tsn, Tsn{0xffff'ffff});
    EXPECT_EQ(all[1].cumulative_tsn, Tsn{0xffff'ffff});
    EXPECT_TRUE(nothing_waits());
    EXPECT_EQ(reassembly_.charged_bytes(window()), 7 + 2 * kMessageOverheadBytes)
        << "until they are taken";
    reassembly_.taken(7);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 0u);
}

TEST_F(InterleavedReassemblyTest, PutsSeveralMessagesTogetherAtATime) {
    EXPECT_EQ(take({.mid = 0, .text = "a0", .stream = 1}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .text = "b0", .stream = 2}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .text = "c0", .stream = 1, .unordered = true}), Result::taken);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 3 * (2 + kWaits));
    EXPECT_EQ(take({.fsn = 1, .text = "b1", .ending = true, .stream = 2}), Result::taken);
    EXPECT_EQ(take({.fsn = 1, .text = "a1", .stream = 1}), Result::taken);
    EXPECT_EQ(take({.fsn = 1, .text = "c1", .ending = true, .stream = 1, .unordered = true}),
              Result::taken);
    EXPECT_EQ(take({.fsn = 2, .text = "a2", .ending = true, .stream = 1}), Result::taken);
    EXPECT_EQ(texts(), (Texts{"b0b1", "c0c1", "a0a1a2"}));
    EXPECT_TRUE(nothing_waits());
}

TEST_F(InterleavedReassemblyTest, TakesTheFragmentsInAnyOrder) {
    std::vector<std::uint32_t> order{0, 1, 2, 3, 4};
    std::uint32_t mid = 0;
    do {
        for (const std::uint32_t fsn : order) {
            const std::string text(1, static_cast<char>('a' + fsn));
            EXPECT_EQ(take({.mid = mid, .fsn = fsn, .text = text, .ending = fsn == 4}),
                      Result::taken);
        }
        EXPECT_EQ(texts(), Texts{"abcde"});
        EXPECT_TRUE(nothing_waits());
        ++mid;
    } while (std::ranges::next_permutation(order).found);
    EXPECT_EQ(mid, 120u);
}

TEST_F(InterleavedReassemblyTest, SaysOfAMessageWhatItsFirstFragmentSays) {
    const Tsn first = tracker_.highest().plus(3);
    EXPECT_EQ(take({.fsn = 1, .text = "b", .ecn = Ecn::ce}, first.previous()), Result::taken);
    EXPECT_EQ(take({.fsn = 0, .text = "a"}, first), Result::taken);
    EXPECT_EQ(take({.fsn = 2, .text = "c", .ending = true}, first.next()), Result::taken);
    const auto all = messages();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].tsn, first);
    EXPECT_EQ(all[0].ppid, Ppid{7});
    EXPECT_EQ(all[0].ancillary.ecn, Ecn::ce) << "any fragment's";
    EXPECT_EQ(all[0].cumulative_tsn, tracker_.cumulative());
}

TEST_F(InterleavedReassemblyTest, HandsOutAStreamInTheOrderOfItsMids) {
    EXPECT_EQ(whole(2, "two"), Result::taken);
    EXPECT_EQ(take({.mid = 1, .text = "on"}), Result::taken);
    EXPECT_EQ(whole(0, "other", 1), Result::taken);
    EXPECT_EQ(texts(), Texts{"other"}) << "no stream waits for another";
    EXPECT_EQ(whole(0, "zero"), Result::taken);
    EXPECT_EQ(texts(), Texts{"zero"});
    EXPECT_EQ(take({.mid = 1, .fsn = 1, .text = "e", .ending = true}), Result::taken);
    EXPECT_EQ(texts(), (Texts{"one", "two"}));
}

TEST_F(InterleavedReassemblyTest, HandsOutUnorderedMessagesWhenTheyAreWhole) {
    EXPECT_EQ(take({.mid = 9, .text = "a", .unordered = true}), Result::taken);
    EXPECT_EQ(take({.mid = 4, .text = "b", .ending = true, .unordered = true}), Result::taken);
    EXPECT_EQ(take({.mid = 9, .fsn = 1, .text = "c", .ending = true, .unordered = true}),
              Result::taken);
    EXPECT_EQ(texts(), (Texts{"b", "ac"}));
}

TEST_F(InterleavedReassemblyTest, CountsMidsPastTheirLast) {
    for (const std::uint32_t mid : {0x7fff'fff0u, 0xf000'0000u, 0xffff'fffdu})
        give_up({{.stream = StreamId{0}, .unordered = false, .mid = Mid{mid}}});
    EXPECT_EQ(whole(0, "third"), Result::taken);
    EXPECT_EQ(whole(0xffff'ffff, "second"), Result::taken);
    EXPECT_TRUE(texts().empty());
    EXPECT_EQ(whole(0xffff'fffe, "first"), Result::taken);
    EXPECT_EQ(whole(1, "fourth"), Result::taken);
    EXPECT_EQ(texts(), (Texts{"first", "second", "third", "fourth"}));
}

TEST_F(InterleavedReassemblyTest, CountsWhatComesAfterItsTurn) {
    EXPECT_EQ(whole(0, "zero"), Result::taken);
    EXPECT_EQ(whole(0, "again"), Result::taken);
    EXPECT_EQ(take({.mid = 0xffff'ffff, .fsn = 3, .text = "late"}), Result::taken);
    EXPECT_EQ(texts(), Texts{"zero"});
    EXPECT_EQ(misnumbered(), 2u);
    EXPECT_TRUE(nothing_waits());
}

// --- what does not fit together ---

TEST_F(InterleavedReassemblyTest, RefusesAnFsnOfZeroThatDoesNotBegin) {
    EXPECT_EQ(take_as({.fsn = 0}, tracker_.highest().next(), false), Result::violation);
}

TEST_F(InterleavedReassemblyTest, RefusesTwoChunksForOneFsn) {
    EXPECT_EQ(take({.mid = 0, .fsn = 0}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .fsn = 2}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .fsn = 2}), Result::violation) << "one that is held";
    EXPECT_EQ(take({.mid = 0, .fsn = 0}), Result::violation) << "one that is joined";
}

TEST_F(InterleavedReassemblyTest, RefusesAWholeMessageForOneUnderConstruction) {
    EXPECT_EQ(take({.mid = 0, .fsn = 1}), Result::taken);
    EXPECT_EQ(whole(0, "whole"), Result::violation);
}

TEST_F(InterleavedReassemblyTest, RefusesASecondMessageForAMidThatWaits) {
    EXPECT_EQ(whole(3, "waits"), Result::taken);
    EXPECT_EQ(whole(3, "as well"), Result::violation);
    EXPECT_EQ(take({.mid = 3, .fsn = 1}), Result::violation);
}

TEST_F(InterleavedReassemblyTest, RefusesAFragmentBeyondTheEnd) {
    EXPECT_EQ(take({.mid = 0, .fsn = 2, .ending = true}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .fsn = 3}), Result::violation);
}

TEST_F(InterleavedReassemblyTest, RefusesASecondEnd) {
    EXPECT_EQ(take({.mid = 0, .fsn = 5, .ending = true}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .fsn = 3, .ending = true}), Result::violation);
}

TEST_F(InterleavedReassemblyTest, RefusesAnEndBeforeWhatIsHeld) {
    EXPECT_EQ(take({.mid = 0, .fsn = 5}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .fsn = 3, .ending = true}), Result::violation);
}

// --- limits ---

TEST_F(InterleavedReassemblyTest, RefusesAMessageLargerThanItMayBe) {
    const std::string half(500, 'x');
    EXPECT_EQ(take({.mid = 0, .fsn = 0, .text = half}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .fsn = 2, .text = half}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .fsn = 1}), Result::too_large);
}

TEST_F(InterleavedReassemblyTest, RefusesAnFsnThatNoMessageCanHave) {
    EXPECT_EQ(take({.mid = 0, .fsn = 999, .ending = true}), Result::taken);
    EXPECT_EQ(take({.mid = 1, .fsn = 1000}), Result::too_large) << "each before it has a byte";
    EXPECT_EQ(take({.mid = 1, .fsn = 0xffff'ffff, .ending = true}), Result::too_large);
}

TEST_F(InterleavedReassemblyTest, ChargesWhatWaitsForHalfTheWindow) {
    const std::string text(900, 'x');
    EXPECT_EQ(take({.mid = 0, .text = text, .stream = 1}), Result::taken);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 900 + kWaits);
    EXPECT_EQ(take({.mid = 0, .fsn = 2, .text = "y", .stream = 1}), Result::taken);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 901 + kWaits + kHeld);
    EXPECT_EQ(take({.mid = 0, .fsn = 2, .text = "y", .stream = 2}), Result::taken);
    EXPECT_EQ(reassembly_.charged_bytes(window()), 2000u)
        << "half, because only chunks can let it go";
}

/// Fills it with messages of one byte each until the limit.
TEST_F(InterleavedReassemblyTest, LeavesWhatIsTooMuchForLaterWhileSomethingIsMissing) {
    const Tsn missing = tracker_.cumulative().next();
    Tsn tsn = missing.next();
    std::uint32_t mid = 0;
    for (; take({.mid = mid, .unordered = true}, tsn) == Result::taken; ++mid)
        tsn = tsn.next();
    EXPECT_EQ(mid, reassembly_.limit_bytes() / (1 + kWaits));
    EXPECT_EQ(tracker_.kind(tsn), TsnTracker::Kind::fresh) << "it may come again";
    EXPECT_EQ(take({.mid = mid, .fsn = 0, .unordered = true}, missing), Result::taken)
        << "what fills the gap may let the rest go";
    // No gap is left.
    EXPECT_EQ(take({.mid = mid + 1, .unordered = true}), Result::too_large);
}

TEST_F(InterleavedReassemblyTest, FillsGapsForNoMoreThanTheLimitOnceMore) {
    const Tsn far = tracker_.cumulative().plus(60'000);
    EXPECT_EQ(take({.mid = 9999, .unordered = true}, far), Result::taken);
    std::uint32_t mid = 0;
    auto result = Result::taken;
    for (; result == Result::taken && mid < 10'000; ++mid)
        result = take({.mid = mid, .unordered = true}, tracker_.cumulative().next());
    EXPECT_EQ(result, Result::too_large);
    EXPECT_EQ(mid, 2 * reassembly_.limit_bytes() / (1 + kWaits)) << "and the first, far one";
}

TEST_F(InterleavedReassemblyTest, GuessesOfSizesHoldNoMoreThanAWindow) {
    EXPECT_EQ(whole(0, std::string(1000, 'x')), Result::taken);
    texts();
    for (std::uint32_t mid = 1; mid <= 10; ++mid)
        EXPECT_EQ(take({.mid = mid}), Result::taken);
    EXPECT_EQ(buffers_.in_use(), 10u);
    EXPECT_TRUE(reassembly_.is_consistent());
}

TEST_F(InterleavedReassemblyTest, GivesEverythingBack) {
    {
        InterleavedReassembly other{shared_, AssociationId{6}};
        const Tsn tsn = tracker_.cumulative().next();
        const wire::sctp::IData data{.fsn = 1, .tsn = tsn, .payload = as_bytes("held")};
        const Ancillary ancillary;
        EXPECT_EQ(other.take(data, {PacketId{}, Path{}, ancillary, {}}, tracker_), Result::taken);
        EXPECT_GT(buffers_.in_use(), 0u);
    }
    EXPECT_EQ(buffers_.in_use(), 0u);
}

TEST_F(InterleavedReassemblyTest, AllocatesNothingInASteadyState) {
    for (std::uint32_t mid = 0; mid < 3; ++mid) {
        EXPECT_EQ(take({.mid = mid, .text = "a", .stream = 1}), Result::taken);
        EXPECT_EQ(take({.mid = mid, .fsn = 1, .text = "b", .ending = true, .stream = 1}),
                  Result::taken);
        texts();
    }
    EXPECT_LE(buffers_.blocks_allocated(), 2u);
}

// --- RFC 8260 §2.3.1 ---

TEST_F(InterleavedReassemblyTest, GoesOnAfterMessagesThatWereGivenUp) {
    EXPECT_EQ(take({.mid = 0, .text = "half"}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .fsn = 2, .text = "held"}), Result::taken);
    EXPECT_EQ(whole(1, "one"), Result::taken);
    EXPECT_EQ(whole(3, "three"), Result::taken);
    give_up({{.stream = StreamId{0}, .unordered = false, .mid = Mid{2}}});
    EXPECT_EQ(texts(), (Texts{"one", "three"})) << "whole ones have their turn";
    EXPECT_EQ(given_up(), 2u);
    EXPECT_TRUE(nothing_waits());
    EXPECT_EQ(take({.mid = 0, .fsn = 3, .text = "rest"}), Result::taken);
    EXPECT_EQ(misnumbered(), 1u);
    EXPECT_EQ(whole(4, "four"), Result::taken);
    EXPECT_EQ(texts(), Texts{"four"});
}

TEST_F(InterleavedReassemblyTest, GivesUpOnlyWhatIsNamed) {
    EXPECT_EQ(take({.mid = 0, .stream = 1}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .stream = 2}), Result::taken);
    EXPECT_EQ(take({.mid = 0, .stream = 1, .unordered = true}), Result::taken);
    EXPECT_EQ(take({.mid = 1, .stream = 1, .unordered = true}), Result::taken);
    EXPECT_EQ(take({.mid = 2, .stream = 1, .unordered = true}), Result::taken);
    give_up({{.stream = StreamId{1}, .unordered = true, .mid = Mid{1}},
             {.stream = StreamId{10}, .unordered = true, .mid = Mid{1}}});
    EXPECT_EQ(given_up(), 2u);
    for (const std::uint16_t stream : {std::uint16_t{1}, std::uint16_t{2}})
        EXPECT_EQ(take({.fsn = 1, .text = "y", .ending = true, .stream = stream}), Result::taken);
    EXPECT_EQ(
        take({.mid = 2, .fsn = 1, .text = "z", .ending = true, .stream = 1, .unordered = true}),
        Result::taken);
    EXPECT_EQ(texts(), (Texts{"xy", "xy", "xz"}));
}

TEST_F(InterleavedReassemblyTest, GivesUpUnorderedMessagesWhereTheirMidsWrap) {
    for (const std::uint32_t mid : {0xffff'fffeu, 0xffff'ffffu, 0u, 1u, 0x7fff'ffffu})
        EXPECT_EQ(take({.mid = mid, .unordered = true}), Result::taken);
    give_up({{.stream = StreamId{0}, .unordered = true, .mid = Mid{0}}});
    EXPECT_EQ(given_up(), 3u) << "1 and 2^31 - 1 are after 0";
}

// Half the circle of MIDs is before the one that is named, half after it.
TEST_F(InterleavedReassemblyTest, GivesUpUnorderedMessagesHalfTheCircleBack) {
    EXPECT_EQ(take({.mid = 1, .unordered = true}), Result::taken);
    give_up({{.stream = StreamId{0}, .unordered = true, .mid = Mid{0x8000'0001}}});
    EXPECT_EQ(given_up(), 0u);
    give_up({{.stream = StreamId{0}, .unordered = true, .mid = Mid{0x8000'0000}}});
    EXPECT_EQ(given_up(), 1u);
}

TEST_F(InterleavedReassemblyTest, KnowsNoWayBack) {
    EXPECT_EQ(whole(0, "zero"), Result::taken);
    give_up({{.stream = StreamId{0}, .unordered = false, .mid = Mid{0}},
             {.stream = StreamId{0}, .unordered = false, .mid = Mid{0xffff'fff0}}});
    EXPECT_EQ(whole(1, "one"), Result::taken);
    EXPECT_EQ(texts(), (Texts{"zero", "one"}));
}

// --- whatever comes ---

/// Cuts messages of a few streams into fragments, sends them in a wild order, and compares what
/// comes out with what went in.
TEST_F(InterleavedReassemblyTest, PutsTogetherWhatWasCutInAnyOrder) {
    struct Piece {
        Fragment fragment;
        std::string text;
    };
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SeededRandom random{seed};
        std::map<std::pair<std::uint16_t, bool>, Texts> sent, got;
        std::vector<Piece> pieces;
        const std::uint32_t base = 1000 * static_cast<std::uint32_t>(seed);
        for (std::uint16_t stream = 0; stream < 3; ++stream) {
            for (const bool unordered : {false, true}) {
                if (!unordered)
                    give_up({{.stream = StreamId{stream}, .unordered = false, .mid = {base - 1}}});
                for (std::uint32_t mid = base; mid < base + 3; ++mid) {
                    const auto fragments = static_cast<std::uint32_t>(1 + random.below(4));
                    std::string whole;
                    for (std::uint32_t fsn = 0; fsn < fragments; ++fsn) {
                        pieces.push_back(
                            {.fragment = {.mid = mid,
                                          .fsn = fsn,
                                          .ending = fsn + 1 == fragments,
                                          .stream = stream,
                                          .unordered = unordered},
                             .text = std::to_string(mid) + "." + std::to_string(fsn) + " "});
                        whole += pieces.back().text;
                    }
                    sent[{stream, unordered}].push_back(whole);
                }
            }
        }
        for (std::size_t i = pieces.size(); i > 1; --i)
            std::swap(pieces[i - 1], pieces[random.below(i)]);
        for (Piece& piece : pieces) {
            piece.fragment.text = piece.text;
            ASSERT_EQ(take(piece.fragment), Result::taken) << "seed " << seed;
        }
        for (const Message& message : messages()) {
            got[{std::to_underlying(message.stream), message.unordered}].emplace_back(
                as_text(message.payload.bytes()));
        }
        for (auto& [key, texts] : got) {
            if (key.second) std::ranges::sort(texts);
        }
        ASSERT_EQ(got, sent) << "seed " << seed;
        ASSERT_TRUE(nothing_waits());
    }
}

/// Chunks of every shape on few numbers, until one is refused.
TEST_F(InterleavedReassemblyTest, StaysConsistentWhateverComes) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        SeededRandom random{seed};
        TsnTracker tracker{Tsn{1}};
        InterleavedReassembly reassembly{shared_, AssociationId{6}};
        const std::uint32_t base = random.chance(0.5) ? 0u : 0xffff'fffeu;
        for (int i = 0; i < 60; ++i) {
            const Tsn tsn =
                tracker.cumulative().plus(static_cast<std::uint32_t>(1 + random.below(12)));
            if (tracker.kind(tsn) != TsnTracker::Kind::fresh) continue;
            const bool beginning = random.chance(0.4);
            const wire::sctp::IData data{
                .stream = static_cast<StreamId>(random.below(2)),
                .mid = Mid{base + static_cast<std::uint32_t>(random.below(4))},
                .fsn = beginning ? 0 : static_cast<std::uint32_t>(1 + random.below(4)),
                .tsn = tsn,
                .unordered = random.chance(0.5),
                .beginning = beginning,
                .ending = random.chance(0.4),
                .payload = as_bytes("abc")};
            const Ancillary ancillary;
            const auto result = reassembly.take(data, {PacketId{}, Path{}, ancillary, {}}, tracker);
            if (result != Result::taken) break;
            tracker.record(tsn);
            ASSERT_TRUE(reassembly.is_consistent()) << "seed " << seed << " step " << i;
            if (!random.chance(0.1)) continue;
            std::array<std::byte, 16> chunk{};
            wire::Writer out{chunk};
            const std::array skipped{wire::sctp::SkippedMessages{
                .stream = data.stream, .unordered = random.chance(0.5), .mid = data.mid}};
            wire::sctp::write_i_forward_tsn(out, tsn, skipped);
            reassembly.skip(*wire::sctp::IForwardTsnView::parse(Bytes{chunk}.subspan(4)), 10);
            ASSERT_TRUE(reassembly.is_consistent()) << "seed " << seed << " step " << i;
        }
        messages();
    }
    EXPECT_EQ(buffers_.in_use(), 0u);
}

} // namespace
} // namespace hawser::sctp
