#include "crypto/fingerprint.hpp"

#include "crypto/vectors.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hawser::crypto {
namespace {

TEST(Fingerprint, IsWrittenInCapitalsWithColons) {
    EXPECT_EQ(fingerprint_text(from_hex("00abcdef09")), "00:AB:CD:EF:09");
    EXPECT_EQ(fingerprint_text({}), "");
}

TEST(Fingerprint, IsReadInEveryFormPeopleWrite) {
    for (const Hash hash : {Hash::sha256, Hash::sha384}) {
        const Digest wanted = digest(hash, {as_bytes("certificate")});
        const std::string text = fingerprint_text(wanted.bytes());
        const std::string name = hash == Hash::sha256 ? "sha-256" : "SHA-384";
        for (const std::string& form :
             {text, name + " " + text, " " + text + "\n", to_hex(wanted.bytes()),
              name + "  " + to_hex(wanted.bytes())}) {
            const auto read = parse_fingerprint(form);
            ASSERT_TRUE(read) << form;
            EXPECT_EQ(*read, wanted) << form;
        }
    }
}

TEST(Fingerprint, IsRefusedWhenItIsNone) {
    const std::string good = fingerprint_text(digest(Hash::sha256, {}).bytes());
    std::string bad_digit = good;
    bad_digit[4] = 'G';
    std::string bad_colon = good;
    bad_colon[5] = '-';
    const std::vector<std::string> wrong{"",
                                         " ",
                                         bad_digit,
                                         bad_colon,
                                         good + ":",
                                         good + ":00",
                                         good.substr(1),
                                         good.substr(3),
                                         "sha-384 " + good,
                                         "sha-256",
                                         "sha-256 AB:CD"};
    for (const std::string& text : wrong) {
        const auto read = parse_fingerprint(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().code, Errc::malformed) << text;
    }
    EXPECT_EQ(parse_fingerprint("sha-1 " + good).error().code, Errc::unsupported);
}

} // namespace
} // namespace hawser::crypto
