#include "dtls/record_protection.hpp"

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

namespace hawser::dtls {
namespace {

using crypto::AeadKind;
using wire::dtls::Version;

struct Kind {
    Version version;
    AeadKind aead;
    std::size_t cid_bytes;
};

std::vector<Kind> kinds() {
    std::vector<Kind> all;
    for (const Version version : {Version::v1_2, Version::v1_3}) {
        for (int aead = 0; aead <= static_cast<int>(AeadKind::aes_256_ccm_8); ++aead) {
            for (const std::size_t cid_bytes : {0u, 1u, 8u, 20u})
                all.push_back({version, static_cast<AeadKind>(aead), cid_bytes});
        }
    }
    return all;
}

/// Seals and opens under the keys of one kind.
class Sealed {
public:
    explicit Sealed(const Kind& kind) : cid(kind.cid_bytes, std::byte{0xc1}) {
        SeededRandom random{42};
        keys.version = kind.version;
        keys.kind = kind.aead;
        keys.epoch = kind.version == Version::v1_3 ? 3 : 1;
        keys.id = 1;
        random.fill(keys.key);
        random.fill(keys.iv);
        random.fill(keys.number_key);
    }
    std::vector<std::byte> seal(std::uint64_t sequence, Bytes content,
                                ContentType type = ContentType::application_data) {
        const RecordRoom room = record_room(keys, cid.size());
        const std::size_t padding = record_padding(keys, content.size());
        std::vector<std::byte> record(room.headroom + content.size() + padding + room.tailroom);
        std::ranges::copy(content, record.begin() + static_cast<long>(room.headroom));
        if (padding != 0) {
            record[room.headroom + content.size()] = static_cast<std::byte>(type);
            type = ContentType{};
        }
        seal_record(contexts, keys, sequence, type, cid, record);
        return record;
    }
    /// `upcoming`: what follows it in its train.
    std::optional<std::vector<std::byte>> open(std::vector<std::byte> bytes, std::uint64_t expected,
                                               Bytes upcoming = {}) {
        wire::dtls::Records records{bytes, cid.size()};
        const auto* record = records.next();
        if (!record || !std::ranges::equal(record->cid, cid)) return std::nullopt;
        const auto place = record->in(bytes);
        std::uint64_t sequence = record->sequence;
        if (keys.version == Version::v1_3) {
            if (record->kind != wire::dtls::RecordKind::unified) return std::nullopt;
            const auto whole = unmask_number(contexts, keys, *record, place, expected, upcoming);
            if (!whole) return std::nullopt;
            sequence = *whole;
        } else if (record->epoch != keys.epoch) {
            return std::nullopt;
        }
        last_sequence = sequence;
        const auto opened = open_record(contexts, keys, sequence, *record, place);
        if (!opened || opened->type != ContentType::application_data) return std::nullopt;
        return std::vector<std::byte>{opened->content.begin(), opened->content.end()};
    }

    KeyedContexts contexts;
    RecordKeys keys;
    std::vector<std::byte> cid;
    std::uint64_t last_sequence = 0;
};

std::vector<std::byte> content_of(std::size_t size) {
    std::vector<std::byte> content(size);
    SeededRandom{size}.fill(content);
    return content;
}

TEST(RecordProtection, OpensWhatItSealed) {
    for (const Kind& kind : kinds()) {
        Sealed sealed{kind};
        std::uint64_t sequence = 0;
        for (const std::size_t size : {0u, 1u, 7u, 16u, 100u, 1200u, 16'384u}) {
            const auto content = content_of(size);
            const auto opened = sealed.open(sealed.seal(sequence, content), sequence);
            ASSERT_TRUE(opened) << static_cast<int>(kind.aead) << " cid " << kind.cid_bytes;
            EXPECT_EQ(*opened, content);
            EXPECT_EQ(sealed.last_sequence, sequence);
            sequence = sequence * 3 + 1;
        }
    }
}

/// Records of one size, the last of them shorter, in a row.
struct Train {
    Train(Sealed& sealed, std::size_t count, std::size_t content_bytes) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t bytes = i + 1 == count ? content_bytes / 2 : content_bytes;
            contents.push_back(content_of(bytes + 1));
            const auto record = sealed.seal(i, contents.back());
            if (i == 0) stride = record.size();
            starts.push_back(row.size());
            row.insert(row.end(), record.begin(), record.end());
        }
    }
    std::vector<std::byte> record(std::size_t index) const {
        const std::size_t end = index + 1 < starts.size() ? starts[index + 1] : row.size();
        return {row.begin() + static_cast<long>(starts[index]),
                row.begin() + static_cast<long>(end)};
    }
    Bytes after(std::size_t index) const {
        return index + 1 < starts.size() ? Bytes{row}.subspan(starts[index + 1]) : Bytes{};
    }

    std::vector<std::byte> row;
    std::size_t stride = 0;
    std::vector<std::size_t> starts;
    std::vector<std::vector<std::byte>> contents;
};

TEST(RecordProtection, SealsARowAsItSealsEachOfIt) {
    for (const Kind& kind : kinds()) {
        for (const std::size_t count : {1u, 2u, 15u, 16u, 17u, 40u}) {
            Sealed sealed{kind};
            const Train train{sealed, count, 60};
            std::vector<std::byte> row(train.row.size());
            const RecordRoom room = record_room(sealed.keys, sealed.cid.size());
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t size = train.record(i).size();
                const MutableBytes record = MutableBytes{row}.subspan(train.starts[i], size);
                std::ranges::copy(train.contents[i], record.data() + room.headroom);
                seal_in_sight(sealed.contexts, sealed.keys, i, ContentType::application_data,
                              sealed.cid, record);
            }
            EXPECT_EQ(row == train.row, kind.version == Version::v1_2) << "numbers in sight";
            hide_numbers(sealed.contexts, sealed.keys, sealed.cid, row, train.stride);
            EXPECT_EQ(row, train.row) << static_cast<int>(kind.aead) << ", " << count;
        }
    }
}

TEST(RecordProtection, OpensATrainWhoseMasksItKnowsAhead) {
    for (const Kind& kind : kinds()) {
        Sealed sealed{kind};
        const Train train{sealed, 40, 60};
        for (std::size_t i = 0; i < 40; ++i)
            EXPECT_EQ(sealed.open(train.record(i), i, train.after(i)), train.contents[i]) << i;
    }
}

// What was looked at ahead may be lost, late, changed or another one's by the time it comes.
TEST(RecordProtection, TakesNoMaskForAnothers) {
    SeededRandom chance{5};
    for (const Kind& kind : kinds()) {
        Sealed one{kind};
        Sealed other{kind};
        other.keys.id = 2;
        other.keys.number_key[0] ^= std::byte{1};
        const Train of_one{one, 40, 60};
        const Train of_other{other, 40, 60};
        KeyedContexts shared;
        for (int round = 0; round < 200; ++round) {
            Sealed& sealed = chance.below(4) == 0 ? other : one;
            const Train& train = &sealed == &one ? of_one : of_other;
            const std::size_t i = chance.below(40);
            std::swap(shared, sealed.contexts);
            // The right rest, the wrong one, or one that is no multiple of anything.
            Bytes upcoming =
                chance.below(3) == 0 ? of_other.after(chance.below(40)) : train.after(i);
            upcoming = upcoming.subspan(std::min(chance.below(3), upcoming.size()));
            EXPECT_EQ(sealed.open(train.record(i), i, upcoming), train.contents[i]);
            std::swap(shared, sealed.contexts);
        }
    }
}

TEST(RecordProtection, MakesAMaskOfTheWholeSample) {
    crypto::RecordNumberCipher cipher;
    cipher.set_key(AeadKind::aes_128_gcm, content_of(16));
    for (std::size_t other = 0; other < 16; ++other) {
        MasksAhead ahead;
        std::array<std::byte, 16> sample{};
        std::array<std::byte, 16> next{};
        next[0] = std::byte{1};
        const auto mask_of = [&](const std::array<std::byte, 16>& of, Bytes upcoming) {
            return ahead.mask(cipher, 1, of.data(), {.upcoming = upcoming, .stride = 16});
        };
        EXPECT_EQ(mask_of(sample, next), cipher.mask(sample));
        next[other] ^= std::byte{2}; // another one comes, with 15 bytes the same
        EXPECT_EQ(mask_of(next, {}), cipher.mask(next)) << other;
    }
}

TEST(RecordProtection, RefusesARecordWithAnyByteChanged) {
    for (const Kind& kind : kinds()) {
        Sealed sealed{kind};
        const auto record = sealed.seal(77, content_of(24));
        ASSERT_TRUE(sealed.open(record, 77));
        for (std::size_t at = 0; at < record.size(); ++at) {
            for (const std::byte flip : {std::byte{1}, std::byte{0x80}}) {
                auto changed = record;
                changed[at] ^= flip;
                EXPECT_EQ(sealed.open(changed, 77), std::nullopt)
                    << "byte " << at << " aead " << static_cast<int>(kind.aead) << " cid "
                    << kind.cid_bytes << " version " << static_cast<int>(kind.version);
            }
        }
    }
}

TEST(RecordProtection, RefusesARecordThatWasCutOrGrown) {
    for (const Kind& kind : kinds()) {
        Sealed sealed{kind};
        const auto record = sealed.seal(5, content_of(24));
        for (std::size_t size = 0; size < record.size(); ++size)
            EXPECT_EQ(sealed.open({record.begin(), record.begin() + static_cast<long>(size)}, 5),
                      std::nullopt);
    }
}

TEST(RecordProtection, GivesEachOf65536RecordsANonceOfItsOwn) {
    for (const Kind& kind : kinds()) {
        if (kind.cid_bytes != 0) continue;
        const Sealed sealed{kind};
        std::set<std::array<std::byte, crypto::kNonceBytes>> nonces;
        for (std::uint64_t sequence = 0; sequence < 65'536; ++sequence)
            nonces.insert(sealed.keys.nonce(sequence));
        EXPECT_EQ(nonces.size(), 65'536u);
    }
}

/// RFC 8446 §5.3, RFC 7905 §2: the number is added to the IV; in 1.2 the number of AES stands
/// behind the four bytes of its salt (RFC 5288 §3, RFC 6655 §3).
TEST(RecordProtection, MakesTheNonceOfItsVersionAndCipher) {
    constexpr std::uint64_t kSequence = 0x0102'0304'0506;
    for (const Kind& kind : kinds()) {
        const Sealed sealed{kind};
        const bool is_1_2 = kind.version == Version::v1_2;
        const bool is_salted = is_1_2 && kind.aead != AeadKind::chacha20_poly1305;
        const std::uint64_t number = is_1_2 ? sealed.keys.epoch << 48 | kSequence : kSequence;
        auto expected = sealed.keys.iv;
        for (std::size_t i = 0; i < 8; ++i) {
            const auto byte = static_cast<std::byte>(number >> (56 - 8 * i));
            expected[4 + i] = is_salted ? byte : expected[4 + i] ^ byte;
        }
        EXPECT_EQ(sealed.keys.nonce(kSequence), expected) << static_cast<int>(kind.aead);
    }
}

/// RFC 9325 §7.2.1 and RFC 5288 §3: the explicit part is the record's own number, never random.
TEST(RecordProtection, PutsEpochAndNumberIntoTheNonceOfDtls12) {
    Sealed sealed{{Version::v1_2, AeadKind::aes_128_gcm, 0}};
    const auto record = sealed.seal(0x0102'0304'0506, content_of(4));
    const std::array<std::byte, 8> expected{std::byte{0}, std::byte{1}, std::byte{1}, std::byte{2},
                                            std::byte{3}, std::byte{4}, std::byte{5}, std::byte{6}};
    EXPECT_TRUE(std::ranges::equal(Bytes{record}.subspan(13, 8), expected));
}

TEST(RecordProtection, HidesTheNumberOfTheSmallestRecord) {
    for (const AeadKind aead : {AeadKind::aes_128_ccm_8, AeadKind::aes_256_ccm_8}) {
        Sealed sealed{{Version::v1_3, aead, 0}};
        std::set<std::pair<std::byte, std::byte>> shown;
        for (std::uint64_t sequence = 0; sequence < 64; ++sequence) {
            const auto record = sealed.seal(sequence, {});
            EXPECT_EQ(record.size(), 5u + 16u); // header, and as much as hides the number
            shown.emplace(record[1], record[2]);
            const auto opened = sealed.open(record, sequence);
            ASSERT_TRUE(opened);
            EXPECT_TRUE(opened->empty());
        }
        EXPECT_GT(shown.size(), 60u);
        EXPECT_NE(*shown.begin(), (std::pair{std::byte{0}, std::byte{0}}));
    }
}

TEST(RecordProtection, FindsTheWholeNumberFromItsLowBits) {
    Sealed sealed{{Version::v1_3, AeadKind::aes_128_gcm, 0}};
    SeededRandom random{3};
    for (int i = 0; i < 500; ++i) {
        const std::uint64_t sequence = random.next() >> 17;
        const std::uint64_t off = random.below(30'000);
        const std::uint64_t expected =
            random.chance(0.5) ? sequence + off : sequence - std::min(sequence, off);
        ASSERT_TRUE(sealed.open(sealed.seal(sequence, content_of(20)), expected));
        EXPECT_EQ(sealed.last_sequence, sequence);
    }
}

} // namespace
} // namespace hawser::dtls
