#include "crypto/sha256.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace hawser::crypto {
namespace {

std::string hex(const Sha256::Digest& digest) {
    std::string text;
    for (const std::byte octet : digest) {
        std::array<char, 3> pair{};
        std::snprintf(pair.data(), pair.size(), "%02x", static_cast<unsigned>(octet));
        text += pair.data();
    }
    return text;
}

// The vectors of RFC 6234 §8.5 and of FIPS 180-4.
TEST(Sha256, AgreesWithTheStandard) {
    Sha256 hash;
    hash.update(as_bytes("abc"));
    EXPECT_EQ(hex(hash.finish()),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(hash.finish()),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, DoesNotCareHowTheBytesAreCut) {
    const std::string text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Sha256 hash;
        hash.update(as_bytes(text.substr(0, cut)));
        hash.update(as_bytes(text.substr(cut)));
        EXPECT_EQ(hex(hash.finish()),
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
            << cut;
    }
}

} // namespace
} // namespace hawser::crypto
