#include "wire/drawn.hpp"
#include "wire/dtls/lies.hpp"

#include <hawser/wire/dtls/key_share.hpp>
#include <hawser/wire/dtls/pre_shared_key.hpp>

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace hawser::wire::dtls {
namespace {

TEST(KeyShare, OfAClientIsAList) {
    const Drawn extension = drawn(R"(
        00 33 00 0d          | key_share
        00 0b                | eleven bytes
        00 1d 00 02 aa bb    | X25519
        00 17 00 01 cc       | P-256
    )");
    const Bytes value = Bytes{extension}.subspan(4);
    const auto shares = parse_key_shares(value);
    ASSERT_TRUE(shares);
    std::vector<KeyShare> read;
    for (const KeyShare& share : *shares)
        read.push_back(share);
    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(read[0].group, NamedGroup::x25519);
    EXPECT_EQ(shown(read[0].key), "aa bb");
    EXPECT_EQ(read[1].group, NamedGroup::secp256r1);
    const auto write = [&](Writer& out) { write_key_shares(out, read); };
    EXPECT_EQ(shown_from(write), shown(extension));
    refuses_small_rooms(extension.size(), write);

    const auto parses = [](Bytes bytes) { return parse_key_shares(bytes).has_value(); };
    refuses_lies(value, {1, 5, 11}, parses);
    EXPECT_TRUE(parses(drawn("00 00"))) << "asks for a group";
    EXPECT_FALSE(parses(drawn("00 04 00 1d 00 00"))) << "a share without a key";
}

TEST(KeyShare, OfAServerIsOne) {
    const Drawn extension = drawn("00 33 00 06  00 1d 00 02 aa bb");
    const Bytes value = Bytes{extension}.subspan(4);
    const auto share = parse_server_key_share(value);
    ASSERT_TRUE(share);
    EXPECT_EQ(shown_from([&](Writer& out) { write_server_key_share(out, *share); }),
              shown(extension));
    refuses_lies(value, {3}, [](Bytes bytes) { return parse_server_key_share(bytes).has_value(); });
    EXPECT_EQ(shown_from([](Writer& out) { write_server_key_share(out, KeyShare{}); }),
              "did not fit");
}

TEST(KeyShare, OfAHelloRetryRequestIsAGroup) {
    const Drawn extension = drawn("00 33 00 02 11 ec");
    EXPECT_EQ(parse_retry_group(Bytes{extension}.subspan(4)), NamedGroup::x25519_mlkem768);
    EXPECT_EQ(shown_from([](Writer& out) { write_retry_group(out, NamedGroup::x25519_mlkem768); }),
              shown(extension));
    refuses_lies(drawn("11 ec"), {},
                 [](Bytes bytes) { return parse_retry_group(bytes).has_value(); });
}

/// Two identities, with binders of 32 and 48 bytes of zeros.
Drawn psk_offer() {
    Drawn extension = drawn(R"(
        00 29 00 65    | pre_shared_key
        00 0f          | fifteen bytes of identities
        00 02 69 64    | "id"
        00 00 00 00    | no age
        00 01 74       | "t"
        01 02 03 04    | its age, obfuscated
        00 52          | 82 bytes of binders
    )");
    extension.push_back(std::byte{32});
    extension.resize(extension.size() + 32, std::byte{0});
    extension.push_back(std::byte{48});
    extension.resize(extension.size() + 48, std::byte{0});
    return extension;
}

TEST(PreSharedKey, OfAClientHasABinderForEachIdentity) {
    const Drawn extension = psk_offer();
    const Bytes value = Bytes{extension}.subspan(4);
    const auto offer = PskOffer::parse(value);
    ASSERT_TRUE(offer);
    std::vector<PskIdentity> identities;
    for (const PskIdentity& identity : offer->identities)
        identities.push_back(identity);
    ASSERT_EQ(identities.size(), 2u);
    EXPECT_EQ(as_text(identities[0].identity), "id");
    EXPECT_EQ(identities[1].obfuscated_ticket_age, 0x01020304u);
    std::vector<std::size_t> sizes;
    for (const PskBinder& binder : offer->binders)
        sizes.push_back(binder.bytes.size());
    EXPECT_EQ(sizes, (std::vector<std::size_t>{32, 48}));
    EXPECT_EQ(offer->binders_bytes, 84u);
    EXPECT_EQ(psk_binders_bytes(sizes), 84u);

    const auto write = [&](Writer& out) { write_psk_offer(out, identities, sizes); };
    EXPECT_EQ(shown_from(write), shown(extension));
    refuses_small_rooms(extension.size(), write);
}

TEST(PreSharedKey, HasItsBindersPutInLast) {
    Drawn hello = psk_offer();
    const auto offer = PskOffer::parse(Bytes{hello}.subspan(4));
    ASSERT_TRUE(offer);
    const std::size_t covered = without_binders(hello, *offer).size();
    EXPECT_EQ(covered, hello.size() - 84);

    const Drawn first(32, std::byte{0x11});
    const Drawn second(48, std::byte{0x22});
    Writer out{MutableBytes{hello}.subspan(covered)};
    write_psk_binders(out, std::array{Bytes{first}, Bytes{second}});
    EXPECT_TRUE(out.ok() && out.remaining() == 0);
    const auto bound = PskOffer::parse(Bytes{hello}.subspan(4));
    ASSERT_TRUE(bound);
    EXPECT_EQ(shown(bound->binders.begin()->bytes), shown(first));
}

TEST(PreSharedKey, WithALengthThatLiesIsMalformed) {
    const Drawn extension = psk_offer();
    const auto parses = [](Bytes value) { return PskOffer::parse(value).has_value(); };
    // identities, first and second identity, binders, first and second binder
    refuses_lies(Bytes{extension}.subspan(4), {1, 3, 11, 18, 19, 52}, parses);
}

TEST(PreSharedKey, WithoutABinderForEachIdentityIsMalformed) {
    Drawn value = drawn("00 07  00 01 69 00 00 00 00");
    Drawn binders = drawn("00 21 20");
    binders.resize(35, std::byte{0});
    Drawn one = value;
    one.insert(one.end(), binders.begin(), binders.end());
    EXPECT_TRUE(PskOffer::parse(one));

    Drawn two = value;
    two.insert(two.end(), binders.begin(), binders.end());
    two.insert(two.end(), binders.begin() + 2, binders.end());
    two[10] = std::byte{0x42};
    EXPECT_FALSE(PskOffer::parse(two)) << "more binders";

    Drawn none = value;
    none.resize(none.size() + 2, std::byte{0});
    EXPECT_FALSE(PskOffer::parse(none)) << "no binders";

    Drawn nobody = drawn("00 00  00 00");
    EXPECT_FALSE(PskOffer::parse(nobody)) << "no identities";

    Drawn small = value;
    small.insert(small.end(), binders.begin(), binders.end() - 1);
    small[10] = std::byte{0x20};
    small[11] = std::byte{0x1f};
    EXPECT_FALSE(PskOffer::parse(small)) << "a binder of 31 bytes";

    const Drawn nameless = drawn("00 06  00 00 00 00 00 00  00 00");
    EXPECT_FALSE(PskOffer::parse(nameless)) << "an identity without a byte";
}

TEST(PreSharedKey, IsNotWrittenWithoutAnIdentityOrWithAShortBinder) {
    const std::array<PskIdentity, 1> identities{PskIdentity{.identity = as_bytes("i")}};
    const std::array<std::size_t, 1> short_binder{31};
    EXPECT_EQ(shown_from([](Writer& out) { write_psk_offer(out, {}, {}); }), "did not fit");
    EXPECT_EQ(shown_from([&](Writer& out) { write_psk_offer(out, identities, {}); }),
              "did not fit");
    EXPECT_EQ(shown_from([&](Writer& out) { write_psk_offer(out, identities, short_binder); }),
              "did not fit");
}

TEST(PreSharedKey, OfAServerIsAnIndex) {
    const Drawn extension = drawn("00 29 00 02 00 01");
    EXPECT_EQ(parse_selected_psk(Bytes{extension}.subspan(4)), 1u);
    EXPECT_EQ(shown_from([](Writer& out) { write_selected_psk(out, 1); }), shown(extension));
    refuses_lies(drawn("00 01"), {},
                 [](Bytes value) { return parse_selected_psk(value).has_value(); });
}

} // namespace
} // namespace hawser::wire::dtls
