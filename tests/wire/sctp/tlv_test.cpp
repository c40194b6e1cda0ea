#include "wire/drawn.hpp"

#include <hawser/wire/sctp/tlv.hpp>

#include <gtest/gtest.h>

namespace hawser::wire::sctp {
namespace {

TEST(Chunks, AreWalkedOneBehindTheOther) {
    const Drawn bytes = drawn(R"(
        03 07 00 06   | SACK by its type, flags 7, six bytes
        aa bb 00 00   | two of value, two of padding
        0b 00 00 04   | COOKIE ACK
    )");
    Chunks chunks{bytes};

    const auto first = chunks.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, ChunkType::sack);
    EXPECT_EQ(first->flags, 7u);
    EXPECT_EQ(shown(first->value), "aa bb");
    EXPECT_EQ(shown(first->whole), "03 07 00 06  aa bb");

    const auto second = chunks.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->type, ChunkType::cookie_ack);
    EXPECT_TRUE(second->value.empty());

    EXPECT_FALSE(chunks.next());
    EXPECT_FALSE(chunks.malformed());
}

TEST(Chunks, OfNothingAreNoneAndWellFormed) {
    Chunks chunks{{}};
    EXPECT_FALSE(chunks.next());
    EXPECT_FALSE(chunks.malformed());
}

// RFC 9260 §3.2: the padding is not counted, and a receiver does without the last one's.
TEST(Chunks, AcceptTheLastOneWithoutItsPadding) {
    for (const char* text : {"0a 00 00 05 01", "0a 00 00 05 01 00", "0a 00 00 05 01 00 00",
                             "0a 00 00 05 01 00 00 00"}) {
        const Drawn bytes = drawn(text);
        Chunks chunks{bytes};
        const auto chunk = chunks.next();
        ASSERT_TRUE(chunk) << text;
        EXPECT_EQ(chunk->value.size(), 1u) << text;
        EXPECT_FALSE(chunks.next()) << text;
        EXPECT_FALSE(chunks.malformed()) << text;
    }
}

struct Broken {
    const char* what;
    const char* bytes;
    std::size_t good_before;
};

class MalformedTlvs : public testing::TestWithParam<Broken> {};

TEST_P(MalformedTlvs, EndTheWalkAndSaySo) {
    const Drawn bytes = drawn(GetParam().bytes);
    Chunks chunks{bytes};
    std::size_t good = 0;
    while (chunks.next())
        ++good;
    EXPECT_EQ(good, GetParam().good_before);
    EXPECT_TRUE(chunks.malformed());
    EXPECT_FALSE(chunks.next()) << "it stays ended";
    EXPECT_FALSE(well_formed<Chunk>(bytes));
    EXPECT_FALSE(well_formed<Parameter>(bytes));
}

INSTANTIATE_TEST_SUITE_P(Each, MalformedTlvs,
                         testing::Values(Broken{"one byte", "01", 0},
                                         Broken{"three bytes", "0b 00 00", 0},
                                         Broken{"length zero", "0b 00 00 00", 0},
                                         Broken{"length three", "0b 00 00 03", 0},
                                         Broken{"one byte beyond the end", "0b 00 00 05", 0},
                                         Broken{"far beyond the end", "0b 00 ff ff 01 02 03 04", 0},
                                         Broken{"a good one before", "0b 00 00 04  0b 00 00 08", 1},
                                         Broken{"half a header behind", "0b 00 00 04  0b 00", 1}),
                         [](const auto& test) {
                             std::string name = test.param.what;
                             for (char& c : name) {
                                 if (c == ' ') c = '_';
                             }
                             return name;
                         });

TEST(Parameters, HaveTypesOfTwoBytes) {
    const Drawn bytes = drawn("80 08 00 06  c0 82 00 00   c0 00 00 04");
    Parameters parameters{bytes};
    const auto first = parameters.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, ParameterType::supported_extensions);
    EXPECT_EQ(shown(first->value), "c0 82");
    EXPECT_EQ(shown(parameters.rest()), "c0 00 00 04");
    EXPECT_EQ(parameters.next()->type, ParameterType::forward_tsn_supported);
    EXPECT_FALSE(parameters.next());
}

TEST(FindFirst, AnswersTheFirstOfItsType) {
    const Drawn bytes = drawn("00 07 00 05 01 00 00 00  00 09 00 04  00 07 00 05 02 00 00 00");
    EXPECT_EQ(shown(find_first<Parameter>(bytes, ParameterType::state_cookie)->value), "01");
    EXPECT_TRUE(find_first<Parameter>(bytes, ParameterType::cookie_preservative));
    EXPECT_FALSE(find_first<Parameter>(bytes, ParameterType::ipv4_address));
}

TEST(WriteChunk, CountsItsHeaderButNotItsPadding) {
    EXPECT_EQ(shown_from([](Writer& out) {
                  write_chunk(out, ChunkType::cookie_echo, 0, as_bytes("abcde"));
                  write_chunk(out, ChunkType::cookie_ack, 0, Bytes{});
              }),
              "0a 00 00 09  61 62 63 64  65 00 00 00  0b 00 00 04");
}

// RFC 9260 §3.2: a chunk's length counts the padding of its parameters, but not the last one's.
TEST(WriteChunk, LeavesThePaddingOfItsLastParameterOutOfItsLength) {
    EXPECT_EQ(shown_from([](Writer& out) {
                  write_chunk(out, ChunkType::error, 0, [](Writer& to) {
                      write_item(to, CauseCode::protocol_violation, as_bytes("a"));
                      write_item(to, CauseCode::user_initiated_abort, as_bytes("bc"));
                  });
              }),
              "09 00 00 12  00 0d 00 05  61 00 00 00  00 0c 00 06  62 63 00 00");
}

TEST(WriteChunk, GivesUpOnWhatItsLengthCannotSay) {
    const Drawn large(kTlvValueBytesMax);
    const Drawn larger(kTlvValueBytesMax + 1);
    std::vector<std::byte> room(70'000);
    Writer fits{room};
    write_chunk(fits, ChunkType::pad, 0, large);
    EXPECT_TRUE(fits.ok());
    EXPECT_EQ(fits.written(), 65'536u);
    Writer does_not{room};
    write_chunk(does_not, ChunkType::pad, 0, larger);
    EXPECT_FALSE(does_not.ok());
    Writer parameter{room};
    write_item(parameter, ParameterType::padding, larger);
    EXPECT_FALSE(parameter.ok());
}

TEST(UnknownAction, IsInTheTopTwoBitsOfTheType) {
    constexpr UnknownAction kStop{.skip = false, .report = false};
    constexpr UnknownAction kStopAndReport{.skip = false, .report = true};
    constexpr UnknownAction kSkip{.skip = true, .report = false};
    constexpr UnknownAction kSkipAndReport{.skip = true, .report = true};
    static_assert(unknown_action(ChunkType{0x3f}) == kStop);
    static_assert(unknown_action(ChunkType{0x40}) == kStopAndReport);
    static_assert(unknown_action(ChunkType{0xbf}) == kSkip);
    static_assert(unknown_action(ChunkType{0xc0}) == kSkipAndReport);
    static_assert(unknown_action(ParameterType{0x3fff}) == kStop);
    static_assert(unknown_action(ParameterType{0x4000}) == kStopAndReport);
    static_assert(unknown_action(ParameterType{0xbfff}) == kSkip);
    static_assert(unknown_action(ParameterType{0xc000}) == kSkipAndReport);
    // The extensions chose their numbers for this.
    EXPECT_EQ(unknown_action(ChunkType::forward_tsn), kSkipAndReport);
    EXPECT_EQ(unknown_action(ChunkType::pad), kSkip);
    EXPECT_EQ(unknown_action(ChunkType::i_data), kStopAndReport);
    EXPECT_EQ(unknown_action(ParameterType::zero_checksum_acceptable), kSkip);
}

TEST(Names, AreThoseOfTheRegistry) {
    EXPECT_EQ(name(ChunkType::init_ack), "INIT ACK");
    EXPECT_EQ(name(ChunkType{200}), "unknown");
    EXPECT_EQ(name(ParameterType::state_cookie), "State Cookie");
    EXPECT_EQ(name(ParameterType{0x7777}), "unknown");
    EXPECT_EQ(name(CauseCode::stale_cookie), "Stale Cookie");
    EXPECT_EQ(name(CauseCode{999}), "unknown");
}

} // namespace
} // namespace hawser::wire::sctp
