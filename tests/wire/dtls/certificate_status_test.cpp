// OCSP stapling on the wire: RFC 6066 §8, RFC 8446 §4.4.2.1.
#include "wire/drawn.hpp"
#include "wire/dtls/lies.hpp"

#include <hawser/wire/dtls/certificate.hpp>
#include <hawser/wire/dtls/certificate_status.hpp>
#include <hawser/wire/dtls/extension_list.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::wire::dtls {
namespace {

TEST(StatusRequest, NamesRespondersAndExtensions) {
    const Drawn value = drawn(R"(
        01                     | OCSP
        00 07                  | seven bytes of responders
        00 02 a2 00            | one
        00 01 82               | another
        00 03 30 01 05         | extensions
    )");
    const auto request = StatusRequest::parse(value);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->responders.size(), 2u);
    EXPECT_EQ(shown(request->responders.begin()->bytes), "a2 00");
    EXPECT_EQ(shown(request->extensions), "30 01 05");
    const auto write = [&](Writer& out) { request->write(out); };
    EXPECT_EQ(shown_from(write), shown(value));
    refuses_small_rooms(15, write);
    refuses_lies(value, {2, 4, 8, 11},
                 [](Bytes bytes) { return StatusRequest::parse(bytes).has_value(); });
}

TEST(StatusRequest, MostlyAsksForAnyResponse) {
    EXPECT_EQ(shown_from([](Writer& out) { StatusRequest{}.write(out); }),
              shown(drawn("01 00 00 00 00")));
    EXPECT_TRUE(StatusRequest::parse(drawn("01 00 00 00 00")));
    EXPECT_FALSE(StatusRequest::parse(drawn("01 00 02 00 00 00 00"))) << "an empty responder";
}

TEST(StatusRequest, OfAnotherTypeIsNotRead) {
    const auto request = StatusRequest::parse(drawn("02 ff"));
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, Errc::unsupported);
    EXPECT_EQ(StatusRequest::parse({}).error().code, Errc::malformed);
}

TEST(CertificateStatus, IsAResponseAfterItsType) {
    const Drawn body = drawn("01  00 00 03  30 01 0a");
    const auto status = CertificateStatus::parse(body);
    ASSERT_TRUE(status);
    EXPECT_EQ(shown(status->ocsp_response), "30 01 0a");
    const auto write = [&](Writer& out) { status->write(out); };
    EXPECT_EQ(shown_from(write), shown(body));
    refuses_small_rooms(7, write);
    refuses_lies(body, {3},
                 [](Bytes bytes) { return CertificateStatus::parse(bytes).has_value(); });
}

TEST(CertificateStatus, IsNotEmptyAndOfNoOtherType) {
    EXPECT_EQ(CertificateStatus::parse(drawn("01 00 00 00")).error().code, Errc::malformed);
    EXPECT_EQ(CertificateStatus::parse({}).error().code, Errc::malformed);
    EXPECT_EQ(CertificateStatus::parse(drawn("02 00 00 01 30")).error().code, Errc::unsupported);
    EXPECT_EQ(shown_from([](Writer& out) { CertificateStatus{}.write(out); }), "did not fit");
}

TEST(CertificateStatus, StandsBesideTheLeafAlone) {
    const Drawn leaf = drawn("30 00");
    const Drawn issuer = drawn("31");
    const Drawn extension = drawn("00 05  00 05  01 00 00 01 30");
    const auto write = [&](Writer& out) {
        write_certificate13(out, {}, std::array{Bytes{leaf}, Bytes{issuer}}, extension);
    };
    EXPECT_EQ(shown_from(write), shown(drawn(R"(
        00                                               | no context
        00 00 16                                         | twenty-two bytes
        00 00 02 30 00  00 09  00 05 00 05 01 00 00 01 30
        00 00 01 31     00 00
    )")));
    refuses_small_rooms(26, write);
}

} // namespace
} // namespace hawser::wire::dtls
