#include "wire/drawn.hpp"

#include <hawser/wire/sctp/causes.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::wire::sctp {
namespace {

using namespace std::chrono_literals;

struct Case {
    const char* name;
    const char* bytes;
    std::size_t alternative; ///< of AnyCause
};

/// One of each, as RFC 9260 §3.3.10 draws it.
const std::vector<Case> kCases{
    {"InvalidStreamIdentifier", "00 01 00 08  00 07 00 00", 0},
    {"MissingMandatoryParameter", "00 02 00 0c  00 00 00 02  00 07 00 05", 1},
    {"StaleCookie", "00 03 00 08  00 0f 42 40", 2},
    {"OutOfResource", "00 04 00 04", 3},
    {"UnresolvableAddress", "00 05 00 0c  00 0b 00 08  61 2e 62 00", 4},
    {"UnrecognizedChunkType", "00 06 00 09  ff 00 00 05  01", 5},
    {"InvalidMandatoryParameter", "00 07 00 04", 6},
    {"UnrecognizedParameters", "00 08 00 08  c0 00 00 04", 7},
    {"NoUserData", "00 09 00 08  00 00 03 e8", 8},
    {"CookieWhileShuttingDown", "00 0a 00 04", 9},
    {"RestartWithNewAddresses", "00 0b 00 0c  00 05 00 08  0a 00 00 01", 10},
    {"UserInitiatedAbort", "00 0c 00 07  62 79 65", 11},
    {"ProtocolViolation", "00 0d 00 06  6e 6f", 12},
    {"UnsupportedHmac", "01 05 00 06  00 02", 13}, // RFC 4895 §4.1
    {"UnknownCause", "12 34 00 05  7f", 14},
};

class EachCause : public testing::TestWithParam<Case> {};

TEST_P(EachCause, IsReadByItsCodeAndWrittenBackTheSame) {
    const Drawn bytes = drawn(GetParam().bytes);
    const auto cause = parse_cause(only_item<Cause>(bytes));
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->index(), GetParam().alternative);
    const std::string again = shown_from(
        [&](Writer& out) { std::visit([&out](const auto& typed) { typed.write(out); }, *cause); });
    EXPECT_EQ(again, shown(bytes));
}

INSTANTIATE_TEST_SUITE_P(Rfc9260, EachCause, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string{test.param.name}; });

TEST(ErrorCause, SaysWhatItSays) {
    EXPECT_EQ(InvalidStreamIdentifier::parse(drawn("00 07 12 34"))->stream, StreamId{7});
    EXPECT_EQ(StaleCookie::parse(drawn("00 0f 42 40"))->staleness, 1s);
    EXPECT_EQ(NoUserData::parse(drawn("00 00 03 e8"))->tsn, Tsn{1'000});
    const Drawn missing_bytes = drawn("00 00 00 02  00 07 00 05");
    const auto missing = MissingMandatoryParameter::parse(missing_bytes);
    ASSERT_TRUE(missing);
    ASSERT_EQ(missing->size(), 2u);
    EXPECT_EQ((*missing)[0], ParameterType::state_cookie);
    EXPECT_EQ((*missing)[1], ParameterType::ipv4_address);
}

TEST(ErrorCause, MissingParametersAreWrittenFromTheirTypes) {
    const std::array types{ParameterType::state_cookie};
    EXPECT_EQ(shown_from([&](Writer& out) { write_missing_parameters(out, types); }),
              "00 02 00 0a  00 00 00 01  00 07");
}

TEST(ErrorCause, StalenessIsCutToWhatTheFieldHolds) {
    EXPECT_EQ(shown_from([](Writer& out) { StaleCookie{.staleness = 2h}.write(out); }),
              "00 03 00 08  ff ff ff ff");
    EXPECT_EQ(shown_from([](Writer& out) { StaleCookie{.staleness = -1us}.write(out); }),
              "00 03 00 08  00 00 00 00");
}

TEST(ErrorCause, WithAValueThatDoesNotFitItsCodeIsMalformed) {
    for (const char* text : {
             "00 01 00 06  00 07",                    // a stream, but half of the field
             "00 02 00 06  00 00",                    // no count
             "00 02 00 0a  00 00 00 02  00 07",       // two counted, one there
             "00 02 00 0a  80 00 00 01  00 07",       // a count that doubles to the length
             "00 02 00 0c  00 00 00 01  00 07 00 05", // one counted, two there
             "00 03 00 04",                           // no staleness
             "00 04 00 05  00",                       // nothing is expected
             "00 07 00 08  00 00 00 00",              // nothing is expected
             "00 09 00 0c  00 00 03 e8  00 00 00 00", // more than a TSN
             "00 0a 00 05  00",                       // nothing is expected
         }) {
        const Drawn bytes = drawn(text);
        const auto cause = parse_cause(only_item<Cause>(bytes));
        ASSERT_FALSE(cause) << text;
        EXPECT_EQ(cause.error().code, Errc::malformed) << text;
    }
}

} // namespace
} // namespace hawser::wire::sctp
