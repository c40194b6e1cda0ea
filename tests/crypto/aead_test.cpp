#include "crypto/aead.hpp"

#include "crypto/vectors.hpp"

#include <gtest/gtest.h>

namespace hawser::crypto {
namespace {

constexpr std::array kKinds{
    AeadKind::aes_128_gcm,   AeadKind::aes_256_gcm, AeadKind::chacha20_poly1305,
    AeadKind::aes_128_ccm,   AeadKind::aes_256_ccm, AeadKind::aes_128_ccm_8,
    AeadKind::aes_256_ccm_8,
};

struct Vector {
    AeadKind kind;
    std::string_view key;
    std::string_view nonce;
    std::string_view aad;
    std::string_view text;
    std::string_view sealed;
    std::string_view tag;
};

constexpr std::string_view kGcmText =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
constexpr std::string_view kGcmAad = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
constexpr std::string_view kCcmText = "202122232425262728292a2b2c2d2e2f3031323334353637";
constexpr std::string_view kCcmSealed = "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5";

// The GCM specification's test cases 4 and 16, SP 800-38C's example 3, and RFC 8439 §2.8.2.
constexpr std::array kVectors{
    Vector{AeadKind::aes_128_gcm, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
           kGcmAad, kGcmText,
           "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
           "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
           "5bc94fbc3221a5db94fae95ae7121a47"},
    Vector{AeadKind::aes_256_gcm,
           "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
           "cafebabefacedbaddecaf888", kGcmAad, kGcmText,
           "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
           "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
           "76fc6ece0f4e1768cddf8853bb2d551b"},
    Vector{AeadKind::aes_128_ccm_8, "404142434445464748494a4b4c4d4e4f", "101112131415161718191a1b",
           "000102030405060708090a0b0c0d0e0f10111213", kCcmText, kCcmSealed, "484392fbc1b09951"},
    Vector{AeadKind::chacha20_poly1305,
           "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
           "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
           "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
           "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
           "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
           "637265656e20776f756c642062652069742e",
           "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
           "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
           "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
           "3ff4def08e4b7a9de576d26586cec64b6116",
           "1ae10b594f09e26a7e902ecbd0600691"},
};

/// One record, sealed with keys and contents that depend on the kind alone.
struct Record {
    explicit Record(AeadKind of, std::size_t text_bytes = 50)
        : kind{of},
          key(key_bytes(of), std::byte{0x42}),
          text(text_bytes, std::byte{0x17}),
          tag(tag_bytes(of)) {
        Aead seal;
        seal.set_key(kind, Aead::Use::seal, key);
        seal.seal(nonce, aad, text, tag);
        open.set_key(kind, Aead::Use::open, key);
    }

    bool opens() {
        std::vector<std::byte> copy = text;
        return open.open(nonce, aad, copy, tag) &&
               copy == std::vector<std::byte>(text.size(), std::byte{0x17});
    }

    AeadKind kind;
    std::vector<std::byte> key;
    std::vector<std::byte> nonce = from_hex("000102030405060708090a0b");
    std::vector<std::byte> aad = from_hex("17fefd0001000000000005002a");
    std::vector<std::byte> text;
    std::vector<std::byte> tag;
    Aead open;
};

TEST(Aead, AgreesWithTheStandards) {
    Aead seal;
    Aead open;
    for (const Vector& vector : kVectors) {
        auto text = from_hex(vector.text);
        std::vector<std::byte> tag(tag_bytes(vector.kind));
        seal.set_key(vector.kind, Aead::Use::seal, from_hex(vector.key));
        seal.seal(from_hex(vector.nonce), from_hex(vector.aad), text, tag);
        EXPECT_EQ(to_hex(text), vector.sealed);
        EXPECT_EQ(to_hex(tag), vector.tag);

        open.set_key(vector.kind, Aead::Use::open, from_hex(vector.key));
        EXPECT_TRUE(open.open(from_hex(vector.nonce), from_hex(vector.aad), text, tag));
        EXPECT_EQ(to_hex(text), vector.text);
    }
}

TEST(Aead, CcmWithTheLongTagEncryptsAsWithTheShortOne) {
    auto text = from_hex(kCcmText);
    std::array<std::byte, 16> tag{};
    Aead seal;
    seal.set_key(AeadKind::aes_128_ccm, Aead::Use::seal,
                 from_hex("404142434445464748494a4b4c4d4e4f"));
    seal.seal(from_hex("101112131415161718191a1b"),
              from_hex("000102030405060708090a0b0c0d0e0f10111213"), text, tag);
    EXPECT_EQ(to_hex(text), kCcmSealed);
}

TEST(Aead, OpensWhatItSealedOfAnySize) {
    for (const AeadKind kind : kKinds) {
        for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 1200U, 16384U}) {
            EXPECT_TRUE(Record(kind, size).opens()) << int(kind) << " " << size;
        }
    }
}

TEST(Aead, OpensWithoutAssociatedData) {
    for (const AeadKind kind : kKinds) {
        Record record{kind};
        record.aad.clear();
        EXPECT_FALSE(record.opens());
        Aead seal;
        seal.set_key(kind, Aead::Use::seal, record.key);
        record.text.assign(record.text.size(), std::byte{0x17});
        seal.seal(record.nonce, {}, record.text, record.tag);
        EXPECT_TRUE(record.opens());
    }
}

TEST(Aead, RejectsAChangeOfAnyByte) {
    for (const AeadKind kind : kKinds) {
        Record record{kind};
        for (auto* part : {&record.nonce, &record.aad, &record.text, &record.tag}) {
            for (std::byte& octet : *part) {
                octet ^= std::byte{0x80};
                EXPECT_FALSE(record.opens()) << int(kind);
                octet ^= std::byte{0x80};
            }
        }
        EXPECT_TRUE(record.opens()) << int(kind); // a rejection leaves no trace
    }
}

TEST(Aead, RejectsATagOfTheWrongSize) {
    for (const AeadKind kind : kKinds) {
        Record record{kind};
        const auto whole = record.tag;
        for (std::size_t size = 0; size < whole.size(); ++size) {
            record.tag.resize(size);
            EXPECT_FALSE(record.opens()) << int(kind) << " " << size;
        }
        record.tag = whole;
        record.tag.push_back(std::byte{0});
        EXPECT_FALSE(record.opens()) << int(kind);
    }
}

TEST(Aead, TakesKeysOfOtherKindsAndUsesInTurn) {
    Aead shared;
    for (int round = 0; round < 3; ++round) {
        for (const AeadKind kind : kKinds) {
            const Record record{kind};
            auto text = record.text;
            shared.set_key(kind, Aead::Use::open, record.key);
            EXPECT_TRUE(shared.open(record.nonce, record.aad, text, record.tag));
            std::vector<std::byte> tag(record.tag.size());
            shared.set_key(kind, Aead::Use::seal, record.key);
            shared.seal(record.nonce, record.aad, text, tag);
            EXPECT_EQ(text, record.text);
            EXPECT_EQ(tag, record.tag);
        }
    }
}

TEST(Aead, ForgetsTheFormerKey) {
    for (const AeadKind kind : kKinds) {
        Record record{kind};
        std::vector<std::byte> other = record.key;
        other.back() ^= std::byte{1};
        record.open.set_key(kind, Aead::Use::open, other);
        EXPECT_FALSE(record.opens()) << int(kind);
        record.open.set_key(kind, Aead::Use::open, record.key);
        EXPECT_TRUE(record.opens()) << int(kind);
    }
}

TEST(Aead, MovesWithItsKey) {
    Record record{AeadKind::aes_128_gcm};
    Aead moved = std::move(record.open);
    EXPECT_TRUE(moved.has_key());
    EXPECT_FALSE(record.open.has_key()); // NOLINT(bugprone-use-after-move): the promise tested
    record.open.set_key(AeadKind::aes_128_gcm, Aead::Use::open, record.key);
    EXPECT_TRUE(record.opens());
    record.open = std::move(moved);
    EXPECT_TRUE(record.opens());
}

} // namespace
} // namespace hawser::crypto
