#include "crypto/hmac_context.hpp"
#include "support/slow_hmac.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hawser::crypto {
namespace {

std::string hex(Bytes bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::byte octet : bytes) {
        text += kDigits[std::to_integer<std::size_t>(octet >> 4)];
        text += kDigits[std::to_integer<std::size_t>(octet & std::byte{15})];
    }
    return text;
}

struct Vector {
    std::string key;
    std::string message;
    std::string sha1;   ///< RFC 2202 §3
    std::string sha256; ///< RFC 4231 §4; empty where its input is another
};

std::vector<Vector> vectors() {
    std::string counted;
    for (char octet = 1; octet <= 25; ++octet)
        counted += octet;
    return {
        {std::string(20, '\x0b'), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(20, '\xaa'), std::string(50, '\xdd'),
         "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {counted, std::string(50, '\xcd'), "4c9007f4026250c6bc8414f9bf50c86c2d7235da",
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "aa4ae5e15272d00e95705637ce8a3b55ed402112", ""},
        {std::string(80, '\xaa'),
         "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
         "e8e99d0f45237d786d6bbaa7965c7808bbff1a91", ""},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First", "",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {std::string(131, '\xaa'),
         "This is a test using a larger than block-size key and a larger than block-size data. The "
         "key needs to be hashed before being used by the HMAC algorithm.",
         "", "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
}

TEST(HmacContext, AgreesWithTheVectorsOfItsRfcs) {
    HmacContext hmac;
    for (const Vector& each : vectors()) {
        const auto code = [&](HmacHash hash) {
            return hex(hmac.compute(hmac.key(hash, {as_bytes(each.key)}), {as_bytes(each.message)})
                           .bytes());
        };
        if (!each.sha1.empty()) {
            EXPECT_EQ(code(HmacHash::sha1), each.sha1);
        }
        if (!each.sha256.empty()) {
            EXPECT_EQ(code(HmacHash::sha256), each.sha256);
        }
    }
}

// What conformance tests authenticate with.
TEST(SlowHmac, AgreesWithThemToo) {
    for (const Vector& each : vectors()) {
        const auto code = [&](test::Hmac hash) {
            return hex(test::slow_hmac(hash, as_bytes(each.key), as_bytes(each.message)));
        };
        if (!each.sha1.empty()) {
            EXPECT_EQ(code(test::kSha1), each.sha1);
        }
        if (!each.sha256.empty()) {
            EXPECT_EQ(code(test::kSha256), each.sha256);
        }
    }
}

TEST(HmacContext, DoesNotCareHowKeysAndBytesAreCut) {
    HmacContext hmac;
    for (const std::size_t size : {0u, 1u, 63u, 64u, 65u, 200u}) {
        const std::string key(size, 'k');
        const std::string text(size, 't');
        for (std::size_t cut = 0; cut <= size; cut += 1 + size / 7) {
            const auto parts = [cut](const std::string& whole) {
                return std::pair{as_bytes(whole).first(cut), as_bytes(whole).subspan(cut)};
            };
            const auto [a, b] = parts(key);
            const auto [c, d] = parts(text);
            for (const auto& [ours, theirs] : {std::pair{HmacHash::sha1, test::kSha1},
                                               std::pair{HmacHash::sha256, test::kSha256}}) {
                const HmacKey made = hmac.key(ours, {a, b});
                EXPECT_EQ(hex(hmac.compute(made, {c, d}).bytes()),
                          hex(test::slow_hmac(theirs, as_bytes(key), as_bytes(text))));
            }
        }
    }
}

TEST(HmacContext, KeepsKeysApart) {
    HmacContext hmac;
    const HmacKey one = hmac.key(HmacHash::sha1, {as_bytes("one")});
    const HmacKey two = hmac.key(HmacHash::sha256, {as_bytes("two")});
    const auto code = [&](const HmacKey& key) {
        return hex(hmac.compute(key, {as_bytes("text")}).bytes());
    };
    const std::string first = code(one);
    EXPECT_EQ(first.size(), 40u);
    EXPECT_EQ(code(two).size(), 64u);
    EXPECT_EQ(code(one), first);
}

} // namespace
} // namespace hawser::crypto
