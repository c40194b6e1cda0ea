#include "crypto/hash.hpp"

#include "crypto/secret.hpp"
#include "crypto/vectors.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <new>

namespace hawser::crypto {
namespace {

TEST(Hash, AgreesWithTheStandard) { // FIPS 180-4, "abc"
    EXPECT_EQ(to_hex(digest(Hash::sha256, {as_bytes("a"), as_bytes("bc")}).bytes()),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(digest(Hash::sha384, {as_bytes("abc")}).bytes()),
              "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
              "8086072ba1e7cc2358baeca134c825a7");
}

TEST(Hash, RunsOnAfterADigest) {
    for (const Hash hash : {Hash::sha256, Hash::sha384}) {
        RunningHash running{hash};
        EXPECT_EQ(running.digest(), digest(hash, {}));
        running.update(as_bytes("hello "));
        EXPECT_EQ(running.digest(), digest(hash, {as_bytes("hello ")}));
        RunningHash branch = running;
        running.update(as_bytes("world"));
        branch.update(as_bytes("moon"));
        EXPECT_EQ(running.digest(), digest(hash, {as_bytes("hello world")}));
        EXPECT_EQ(branch.digest(), digest(hash, {as_bytes("hello moon")}));
        const RunningHash moved = std::move(running);
        branch = moved;
        EXPECT_EQ(branch.digest(), digest(hash, {as_bytes("hello world")}));
        EXPECT_EQ(branch.hash(), hash);
    }
}

TEST(Hmac, AgreesWithRfc4231) {
    const Bytes jefe = as_bytes("Jefe"); // test case 2
    const Bytes question = as_bytes("what do ya want for nothing?");
    EXPECT_EQ(to_hex(hmac(Hash::sha256, jefe, {question}).bytes()),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(to_hex(hmac(Hash::sha384, jefe, {question.first(10), question.subspan(10)}).bytes()),
              "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
              "8e2240ca5e69e2c78b3239ecfab21649");

    const std::vector<std::byte> long_key(131, std::byte{0xaa}); // test case 6
    const Bytes text = as_bytes("Test Using Larger Than Block-Size Key - Hash Key First");
    EXPECT_EQ(to_hex(hmac(Hash::sha256, long_key, {text}).bytes()),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    EXPECT_EQ(to_hex(hmac(Hash::sha384, long_key, {text}).bytes()),
              "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
              "0c2ef6ab4030fe8296248df163f44952");
}

TEST(Secret, CopiesAndMoves) {
    Secret first{as_bytes("the first secret")};
    Secret second = first;
    EXPECT_EQ(as_text(second.bytes()), "the first secret");
    second = Secret{as_bytes("short")};
    EXPECT_EQ(as_text(second.bytes()), "short");
    first = std::move(second);
    EXPECT_EQ(as_text(first.bytes()), "short");
    EXPECT_TRUE(second.empty()); // NOLINT(bugprone-use-after-move): that it is empty is the promise
    EXPECT_EQ(Secret{4}.size(), 4U);
}

TEST(Secret, IsWipedWhenItEnds) {
    alignas(Secret) std::array<std::byte, sizeof(Secret)> memory{};
    auto* secret = new (memory.data()) Secret{as_bytes("do not leave me lying around")};
    EXPECT_NE(memory, (std::array<std::byte, sizeof(Secret)>{}));
    std::destroy_at(secret);
    EXPECT_EQ(memory, (std::array<std::byte, sizeof(Secret)>{}));
}

TEST(Secret, IsWipedWhenAShorterOneTakesItsPlace) {
    Secret secret{as_bytes("a long secret of many bytes")};
    const Bytes memory = secret.bytes();
    secret = Secret{as_bytes("x")};
    for (std::size_t i = 1; i < memory.size(); ++i)
        EXPECT_EQ(memory[i], std::byte{0}) << i;
}

} // namespace
} // namespace hawser::crypto
