#include "wire/drawn.hpp"
#include "wire/dtls/lies.hpp"
#include "wire/dtls/openssl_flights.hpp"

#include <hawser/wire/dtls/record.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace hawser::wire::dtls {
namespace {

std::vector<Record> walked(Bytes datagram, std::size_t cid_bytes = 0) {
    std::vector<Record> all;
    Records records{datagram, cid_bytes};
    while (const auto* record = records.next())
        all.push_back(*record);
    EXPECT_FALSE(records.malformed()) << shown(datagram);
    return all;
}

/// How many records come before the bytes stop making sense.
std::size_t records_until_malformed(Bytes datagram, std::size_t cid_bytes = 0) {
    std::size_t count = 0;
    Records records{datagram, cid_bytes};
    while (records.next())
        ++count;
    EXPECT_TRUE(records.malformed()) << shown(datagram);
    EXPECT_TRUE(records.rest().empty());
    EXPECT_FALSE(records.next());
    return count;
}

const Drawn kPlain = drawn(R"(
    16            | handshake
    fe fd         | DTLS 1.2
    00 01         | epoch
    00 00 00 00 01 02   | sequence number
    00 03         | three bytes
    aa bb cc
)");

const Drawn kWithCid = drawn(R"(
    19            | tls12_cid
    fe fd         | DTLS 1.2
    00 01         | epoch
    ff ff ff ff ff fe   | sequence number
    c1 c2 c3 c4   | connection ID
    00 02         | two bytes
    aa bb
)");

const Drawn kUnified = drawn(R"(
    3f            | connection ID, 16 bits, length, epoch 3
    c1 c2 c3 c4   | connection ID
    12 34         | sequence number
    00 02         | two bytes
    aa bb
)");

TEST(Records, ReadThePlainHeader) {
    const auto records = walked(kPlain);
    ASSERT_EQ(records.size(), 1u);
    const Record& record = records[0];
    EXPECT_EQ(record.kind, RecordKind::plain);
    EXPECT_EQ(record.type, ContentType::handshake);
    EXPECT_EQ(record.version, Version::v1_2);
    EXPECT_EQ(record.epoch, 1u);
    EXPECT_EQ(record.sequence, 0x102u);
    EXPECT_TRUE(record.cid.empty());
    EXPECT_EQ(record.header.size(), kRecordHeaderBytes);
    EXPECT_EQ(shown(record.payload), "aa bb cc");
    EXPECT_EQ(record.sequence_offset, 5u);
    EXPECT_EQ(record.sequence_bytes, 6u);
}

TEST(Records, ReadAConnectionIdOfTheLengthThatTheReceiverGaveOut) {
    const auto records = walked(kWithCid, 4);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].kind, RecordKind::cid12);
    EXPECT_EQ(records[0].type, ContentType::tls12_cid);
    EXPECT_EQ(records[0].sequence, 0xffff'ffff'fffeu);
    EXPECT_EQ(shown(records[0].cid), "c1 c2 c3 c4");
    EXPECT_EQ(records[0].header.size(), 17u);
    EXPECT_EQ(shown(records[0].payload), "aa bb");
}

TEST(Records, ReadTheUnifiedHeader) {
    const auto records = walked(kUnified, 4);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].kind, RecordKind::unified);
    EXPECT_EQ(records[0].epoch, 3u);
    EXPECT_EQ(records[0].sequence, 0x1234u);
    EXPECT_EQ(shown(records[0].cid), "c1 c2 c3 c4");
    EXPECT_EQ(records[0].header.size(), 9u);
    EXPECT_EQ(records[0].sequence_offset, 5u);
    EXPECT_EQ(records[0].sequence_bytes, 2u);
    EXPECT_EQ(shown(records[0].payload), "aa bb");
}

TEST(Records, WithoutALengthReachToTheEndOfTheDatagram) {
    const Drawn datagram = drawn("22 7f  aa bb cc dd ee");
    const auto records = walked(datagram);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].epoch, 2u);
    EXPECT_EQ(records[0].sequence, 0x7fu);
    EXPECT_EQ(records[0].sequence_bytes, 1u);
    EXPECT_EQ(records[0].header.size(), kUnifiedHeaderBytesMin);
    EXPECT_EQ(shown(records[0].payload), "aa bb cc dd  ee");
}

TEST(Records, StandOneBehindTheOther) {
    Drawn datagram = kPlain;
    datagram.insert(datagram.end(), kUnified.begin(), kUnified.end());
    datagram.insert(datagram.end(), kWithCid.begin(), kWithCid.end());
    const auto records = walked(datagram, 4);
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[0].offset, 0u);
    EXPECT_EQ(records[1].offset, kPlain.size());
    EXPECT_EQ(records[2].offset, kPlain.size() + kUnified.size());
    EXPECT_EQ(shown(records[1].whole), shown(kUnified));
    EXPECT_EQ(shown(records[2].whole), shown(kWithCid));
}

TEST(Records, AreTheFiveOfARealFlight) {
    const auto records = walked(kServerFlight);
    ASSERT_EQ(records.size(), 5u);
    for (std::size_t i = 0; i < records.size(); ++i) {
        EXPECT_EQ(records[i].type, ContentType::handshake);
        EXPECT_EQ(records[i].sequence, i + 1);
        EXPECT_EQ(records[i].epoch, 0u);
    }
    const auto client = walked(kClientFlight);
    ASSERT_EQ(client.size(), 5u);
    EXPECT_EQ(client[3].type, ContentType::change_cipher_spec);
    EXPECT_EQ(client[4].epoch, 1u);
    EXPECT_EQ(client[4].sequence, 0u);
}

TEST(Records, AreOpenedInTheirPlace) {
    Drawn datagram = kPlain;
    datagram.insert(datagram.end(), kUnified.begin(), kUnified.end());
    const auto records = walked(datagram, 4);
    ASSERT_EQ(records.size(), 2u);
    const RecordInPlace place = records[1].in(datagram);
    EXPECT_EQ(shown(place.header), shown(records[1].header));
    EXPECT_EQ(shown(place.number), "12 34");
    EXPECT_EQ(shown(place.payload), "aa bb");
    place.number[0] ^= std::byte{0xff};
    EXPECT_EQ(datagram[kPlain.size() + 5], std::byte{0xed});
    EXPECT_EQ(shown(records[0].in(datagram).number), "00 00 00 00  01 02");
}

TEST(Records, CutAnywhereAreMalformed) {
    const auto whole = [](std::size_t cid_bytes) {
        return [cid_bytes](Bytes bytes) {
            Records records{bytes, cid_bytes};
            return records.next() != nullptr;
        };
    };
    refuses_cuts(kPlain, whole(0));
    refuses_cuts(kWithCid, whole(4));
    refuses_cuts(kUnified, whole(4));
    refuses_cuts(drawn("20 01"), whole(0));
    refuses_cuts(drawn("28 01 02"), whole(0));
    refuses_cuts(drawn("30 c1 01"), whole(1));
}

TEST(Records, WithALengthBeyondTheEndEndTheWalk) {
    Drawn datagram = kPlain;
    datagram.insert(datagram.end(), kPlain.begin(), kPlain.end());
    datagram[kPlain.size() + 12] = std::byte{4};
    EXPECT_EQ(records_until_malformed(datagram), 1u);
    datagram[kPlain.size() + 11] = std::byte{0xff};
    EXPECT_EQ(records_until_malformed(datagram), 1u);
    datagram = kUnified;
    datagram[8] = std::byte{3};
    EXPECT_EQ(records_until_malformed(datagram, 4), 0u);
}

TEST(Records, StartWithNoOtherByte) {
    for (unsigned first = 0; first < 256; ++first) {
        Drawn datagram(64, std::byte{0});
        datagram[0] = static_cast<std::byte>(first);
        datagram[1] = std::byte{0xfe};
        Records records{datagram, 4};
        const bool starts = first >= 20 && first < 64;
        EXPECT_EQ(records.next() != nullptr, starts) << first;
        EXPECT_EQ(records.malformed(), !starts) << first;
    }
}

TEST(Records, OfAnotherProtocolAreMalformed) {
    Drawn datagram = kPlain;
    datagram[1] = std::byte{0x03}; // TLS
    EXPECT_EQ(records_until_malformed(datagram), 0u);
}

TEST(Records, WithAConnectionIdWhenNoneWasGivenOutAreMalformed) {
    EXPECT_EQ(records_until_malformed(kWithCid, 0), 0u);
    EXPECT_EQ(records_until_malformed(kUnified, 0), 0u);
    EXPECT_EQ(records_until_malformed(drawn("30 c1 c2 c3 c4 01 aa bb"), 0), 0u) << "no length";
}

TEST(RecordHeader, WritesWhatIsRead) {
    const RecordHeader plain{.type = ContentType::handshake, .epoch = 1, .sequence = 0x102};
    EXPECT_EQ(plain.size(), kRecordHeaderBytes);
    EXPECT_EQ(shown_from([&](Writer& out) { plain.write(out, 3); }),
              shown(Bytes{kPlain}.first(13)));

    const Drawn cid = drawn("c1 c2 c3 c4");
    const RecordHeader with_cid{
        .type = ContentType::tls12_cid, .epoch = 1, .sequence = 0xffff'ffff'fffe, .cid = cid};
    EXPECT_EQ(shown_from([&](Writer& out) { with_cid.write(out, 2); }),
              shown(Bytes{kWithCid}.first(17)));
    refuses_small_rooms(17, [&](Writer& out) { with_cid.write(out, 2); });
    EXPECT_EQ(shown_from([&](Writer& out) { plain.write(out, 0x1'0000); }), "did not fit");
}

TEST(UnifiedHeader, WritesEveryShape) {
    const Drawn cid = drawn("c1 c2 c3 c4");
    UnifiedHeader header{.epoch = 7, .sequence = 0xabcd'1234, .cid = cid};
    EXPECT_EQ(header.size(), 9u);
    EXPECT_EQ(shown_from([&](Writer& out) { header.write(out, 2); }),
              shown(Bytes{kUnified}.first(9)));
    refuses_small_rooms(9, [&](Writer& out) { header.write(out, 2); });

    header.has_length = false;
    EXPECT_EQ(shown_from([&](Writer& out) { header.write(out, 2); }), "3b c1 c2 c3  c4 12 34");
    header.cid = {};
    EXPECT_EQ(shown_from([&](Writer& out) { header.write(out, 2); }), "2b 12 34");
    header.sequence_16 = false;
    EXPECT_EQ(shown_from([&](Writer& out) { header.write(out, 2); }), "23 34");
    header.has_length = true;
    EXPECT_EQ(shown_from([&](Writer& out) { header.write(out, 2); }), "27 34 00 02");
    EXPECT_EQ(header.size(), 4u);
}

// RFC 5246 §6.2.3.3.
TEST(AdditionalData, IsTheNumberAndTheHeaderWithThePlaintextsLength) {
    const auto data =
        additional_data(1, 0x0203'0405'0607, ContentType::application_data, Version::v1_2, 0x0102);
    EXPECT_EQ(shown(data), shown(drawn(R"(
        00 01 02 03 04 05 06 07   | epoch and sequence number
        17 fe fd                  | type and version
        01 02                     | length
    )")));
}

// RFC 9146 §5.3.
TEST(AdditionalData, OfAConnectionIdCannotBeMistakenForAnother) {
    const Drawn cid = drawn("c1 c2 c3");
    const auto data = cid_additional_data(1, 0x0203'0405'0607, Version::v1_2, cid, 0x0102);
    EXPECT_EQ(shown(data.bytes()), shown(drawn(R"(
        ff ff ff ff ff ff ff ff   | in the place of a number
        19 03 19                  | type, length of the connection ID, type
        fe fd                     | version
        00 01 02 03 04 05 06 07   | epoch and sequence number
        c1 c2 c3                  | connection ID
        01 02                     | length of the inner plaintext
    )")));
    const Drawn longest(kCidBytesMax, std::byte{0xcc});
    EXPECT_EQ(cid_additional_data(0, 0, Version::v1_2, longest, 0).bytes().size(), 278u);
}

TEST(InnerPlaintext, EndsBeforeItsTypeAndPadding) {
    const Drawn padded = drawn("aa 00 bb 17 00 00");
    const auto inner = InnerPlaintext::parse(padded);
    ASSERT_TRUE(inner);
    EXPECT_EQ(inner->type, ContentType::application_data);
    EXPECT_EQ(inner->content_bytes, 3u);

    const Drawn empty = drawn("16");
    EXPECT_EQ(InnerPlaintext::parse(empty)->content_bytes, 0u);
    EXPECT_EQ(InnerPlaintext::parse(empty)->type, ContentType::handshake);
}

TEST(InnerPlaintext, OfNothingButPaddingIsMalformed) {
    EXPECT_FALSE(InnerPlaintext::parse({}));
    EXPECT_FALSE(InnerPlaintext::parse(drawn("00 00 00")));
}

TEST(SequenceNumber, IsTheNearestToTheExpectedOne) {
    EXPECT_EQ(reconstruct_sequence(0, 0, 8), 0u);
    EXPECT_EQ(reconstruct_sequence(0, 0xff, 8), 0xffu) << "there is nothing below zero";
    EXPECT_EQ(reconstruct_sequence(0x100, 0xff, 8), 0xffu);
    EXPECT_EQ(reconstruct_sequence(0xff, 0x00, 8), 0x100u);
    EXPECT_EQ(reconstruct_sequence(0x1234, 0x33, 8), 0x1233u);
    EXPECT_EQ(reconstruct_sequence(0x1'0000, 0xfffe, 16), 0xfffeu);
    EXPECT_EQ(reconstruct_sequence(0x1'fffe, 0x0001, 16), 0x2'0001u);
    EXPECT_EQ(reconstruct_sequence(0x180, 0x00, 8), 0x200u) << "the higher of two";
    EXPECT_EQ(reconstruct_sequence(kSequenceMax, 0x00, 8), kSequenceMax - 0xff)
        << "there is nothing above the last";
}

TEST(SequenceNumber, ComesBackFromItsLowBitsWhereverItIsNear) {
    for (const unsigned bits : {8u, 16u}) {
        const std::uint64_t half = std::uint64_t{1} << (bits - 1);
        for (const std::uint64_t expected :
             {std::uint64_t{0}, std::uint64_t{1}, half - 1, half, half + 1,
              std::uint64_t{0x12'3456'7890}, kSequenceMax - 1, kSequenceMax}) {
            for (std::uint64_t away = 0; away < half; ++away) {
                const std::uint64_t low = (std::uint64_t{1} << bits) - 1;
                if (away <= expected) {
                    const std::uint64_t below = expected - away;
                    ASSERT_EQ(reconstruct_sequence(expected, below & low, bits), below);
                }
                const std::uint64_t above = expected + away;
                if (above > kSequenceMax) continue;
                ASSERT_EQ(reconstruct_sequence(expected, above & low, bits), above);
            }
        }
    }
}

TEST(Epoch, IsTheNewestThatItsBitsCanMean) {
    EXPECT_EQ(reconstruct_epoch(3, 3), 3u);
    EXPECT_EQ(reconstruct_epoch(3, 2), 2u);
    EXPECT_EQ(reconstruct_epoch(4, 3), 3u);
    EXPECT_EQ(reconstruct_epoch(4, 0), 4u);
    EXPECT_EQ(reconstruct_epoch(9, 2), 6u);
    EXPECT_EQ(reconstruct_epoch(2, 3), std::nullopt);
    EXPECT_EQ(reconstruct_epoch(0, 1), std::nullopt);
}

} // namespace
} // namespace hawser::wire::dtls
