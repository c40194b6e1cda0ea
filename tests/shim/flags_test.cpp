// Flags as a runner gives them: for every connection, or for some.
#include "shim/flags.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace hawser::shim {
namespace {

using dtls::Version;

Result<Flags> parse(std::vector<std::string> words, Round round = Round::first) {
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    return parse_flags(arguments, round);
}

TEST(Flags, AreForEveryConnection) {
    for (const Round round : {Round::first, Round::resumed}) {
        const auto flags = parse({"-port", "4711", "-server", "-no-tls13", "-async"}, round);
        ASSERT_TRUE(flags);
        EXPECT_EQ(flags->port, 4711);
        EXPECT_TRUE(flags->server);
        EXPECT_EQ(flags->options.version_max, Version::v1_2);
    }
}

TEST(Flags, AreForTheConnectionThatTheyName) {
    const std::vector<std::string> words{"-on-initial-expect-cipher", "1", "-on-resume-verify-fail",
                                         "-on-resume-expect-cipher",  "2", "-verify-peer",
                                         "-on-retry-expect-cipher",   "3"};
    const auto first = parse(words);
    const auto resumed = parse(words, Round::resumed);
    ASSERT_TRUE(first && resumed);
    EXPECT_EQ(first->expect.cipher, 1);
    EXPECT_EQ(resumed->expect.cipher, 2);
    EXPECT_FALSE(first->rejects_peer);
    EXPECT_TRUE(resumed->rejects_peer);
}

/// Where the peer of a session is not judged again, the verdict of now is not asked for.
TEST(Flags, JudgeThePeerOfASessionWhereTheySaySo) {
    const std::vector<std::string> words{"-verify-peer", "-verify-fail"};
    const auto judge = [](const Result<Flags>& flags) {
        return flags && flags->options.verification.accepts != nullptr;
    };
    EXPECT_TRUE(judge(parse(words)));
    EXPECT_FALSE(judge(parse(words, Round::resumed)));
    EXPECT_TRUE(
        judge(parse({"-verify-peer", "-verify-fail", "-reverify-on-resume"}, Round::resumed)));
    EXPECT_FALSE(judge(parse({"-verify-fail"}))) << "a verdict that is only noted";
}

TEST(Flags, OfAServerAskForACertificateThatMayBeMissing) {
    const auto asks = parse({"-server", "-verify-peer"});
    ASSERT_TRUE(asks);
    EXPECT_TRUE(asks->options.verification.wanted());
    EXPECT_TRUE(asks->options.verification.optional);
    const auto demands = parse({"-server", "-verify-peer", "-require-any-client-certificate"});
    ASSERT_TRUE(demands);
    EXPECT_FALSE(demands->options.verification.optional);
}

TEST(Flags, OfACredentialComeAfterTheWordForIt) {
    const auto flags = parse({"-new-x509-credential", "-signing-prefs", "1027"});
    EXPECT_FALSE(flags) << "one without a file";
}

TEST(Flags, HaveBytesInBase64) {
    const auto flags = parse({"-expect-ocsp-response", "AQIDBA==", "-enable-ocsp-stapling"});
    ASSERT_TRUE(flags);
    EXPECT_EQ(flags->expect.ocsp_response,
              (std::vector{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}));
    EXPECT_TRUE(flags->options.ask_ocsp);
    EXPECT_EQ(parse({"-expect-ocsp-response", "+/8="})->expect.ocsp_response,
              (std::vector{std::byte{0xfb}, std::byte{0xff}}));
}

TEST(Flags, SayThatAClientTakesNoResponse) {
    const auto flags =
        parse({"-enable-ocsp-stapling", "-use-ocsp-callback", "-fail-ocsp-callback"});
    ASSERT_TRUE(flags);
    EXPECT_EQ(flags->options.verification.refusal,
              dtls::AlertDescription::bad_certificate_status_response);
    EXPECT_NE(flags->options.verification.accepts, nullptr);
}

TEST(Flags, TakeALeastVersionThatIsNotSpoken) {
    const auto flags = parse({"-min-version", "65279"});
    ASSERT_TRUE(flags);
    EXPECT_EQ(flags->options.version_min, Version::v1_2);
}

TEST(Flags, ThatAreNotKnownOrHaveNoSuchValueAreRefused) {
    for (const auto& words :
         std::initializer_list<std::vector<std::string>>{{"-unheard-of"},
                                                         {"-port"},
                                                         {"-port", "many"},
                                                         {"-max-version", "65279"},
                                                         {"-ocsp-response", "AQI"},
                                                         {"-ocsp-response", "A_I="},
                                                         {"-on-resume-unheard-of"},
                                                         {"-srtp-profiles", "SRTP_NONE"},
                                                         {"-mtu", "100"}}) {
        const auto flags = parse(words);
        ASSERT_FALSE(flags) << words.front();
        EXPECT_EQ(flags.error().code, Errc::unsupported);
    }
}

} // namespace
} // namespace hawser::shim
