#include "wire/drawn.hpp"

#include <hawser/wire/sctp/asconf.hpp>

#include <gtest/gtest.h>

#include <array>

namespace hawser::wire::sctp {
namespace {

// The examples of RFC 5061 §4.2.1 and §4.2.4.
const Drawn kAsconf = drawn(R"(
    c1 00 00 30   | ASCONF, 48 bytes
    00 00 00 07   | request 7
    00 05 00 08   | IPv4 Address
    c0 00 02 09   | 192.0.2.9
    c0 01 00 10   | Add IP Address, 16 bytes
    01 02 34 74   | correlation
    00 05 00 08   | IPv4 Address
    c0 00 02 01   | 192.0.2.1
    c0 04 00 10   | Set Primary Address, 16 bytes
    01 02 34 79   | correlation
    00 05 00 08   | IPv4 Address
    c0 00 02 01   | 192.0.2.1
)");

// The example of RFC 5061 §4.3.1.
const Drawn kAck = drawn(R"(
    80 00 00 2c   | ASCONF-ACK, 44 bytes
    00 00 00 07   | request 7
    c0 03 00 1c   | Error Cause Indication, 28 bytes
    01 02 34 76   | correlation
    00 a0 00 14   | Request to Delete Last Remaining IP Address, 20 bytes
    c0 02 00 10   | Delete IP Address, 16 bytes
    01 02 34 76   | correlation
    00 05 00 08   | IPv4 Address
    c0 00 02 01   | 192.0.2.1
    c0 05 00 08   | Success Indication, 8 bytes
    01 02 34 79   | correlation
)");

template <class T>
std::vector<std::byte> written(const T& chunk) {
    std::array<std::byte, 128> room{};
    Writer out{room};
    chunk.write(out);
    return {out.output().begin(), out.output().end()};
}

TEST(Asconf, ReadsItsRequests) {
    const auto chunk = Asconf::parse(Bytes{kAsconf}.subspan(4));
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->number, RequestNumber{7});
    EXPECT_EQ(chunk->address, Address::ipv4({192, 0, 2, 9}));
    Parameters parameters{chunk->parameters};
    const auto added = AddressRequest::parse(parameters.next().value());
    ASSERT_TRUE(added);
    EXPECT_EQ(added->type, ParameterType::add_ip_address);
    EXPECT_EQ(added->correlation, 0x01023474u);
    EXPECT_EQ(added->address, Address::ipv4({192, 0, 2, 1}));
    const auto primary = AddressRequest::parse(parameters.next().value());
    ASSERT_TRUE(primary);
    EXPECT_EQ(primary->type, ParameterType::set_primary_address);
    EXPECT_FALSE(parameters.next());
}

TEST(Asconf, WritesWhatItReads) {
    EXPECT_TRUE(std::ranges::equal(written(*Asconf::parse(Bytes{kAsconf}.subspan(4))), kAsconf));
    EXPECT_TRUE(std::ranges::equal(written(*AsconfAck::parse(Bytes{kAck}.subspan(4))), kAck));
    for (const Drawn& chunk : {kAsconf, kAck}) {
        Parameters parameters{Bytes{chunk}.subspan(&chunk == &kAck ? 8 : 16)};
        while (const auto parameter = parameters.next()) {
            if (const auto request = AddressRequest::parse(*parameter)) {
                EXPECT_TRUE(std::ranges::equal(written(*request), parameter->whole));
            }
            if (const auto response = AddressResponse::parse(*parameter)) {
                EXPECT_TRUE(std::ranges::equal(written(*response), parameter->whole));
            }
        }
    }
}

TEST(Asconf, NeedsAnAddress) {
    for (const char* value :
         {"", "0000", "00000001", "00000001 00050007 c00002", "00000001 000b0008 61626300",
          "00000001 c0010010 00000001 00050008 c0000201"}) {
        const auto chunk = Asconf::parse(drawn(value));
        ASSERT_FALSE(chunk) << value;
        EXPECT_EQ(chunk.error().code, Errc::malformed);
    }
    EXPECT_TRUE(Asconf::parse(drawn("00000001 00050008 c0000201"))) << "without any request";
}

TEST(Asconf, RefusesRequestsThatCannotBeWalked) {
    EXPECT_FALSE(Asconf::parse(drawn("00000001 00050008 c0000201 c0010020 00000001")));
    EXPECT_FALSE(AsconfAck::parse(drawn("00000001 c0050003 00000001")));
    EXPECT_FALSE(AsconfAck::parse(drawn("000001")));
}

TEST(AsconfAck, ReadsItsResponses) {
    const auto chunk = AsconfAck::parse(Bytes{kAck}.subspan(4));
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->number, RequestNumber{7});
    Parameters responses{chunk->responses};
    const auto error = AddressResponse::parse(responses.next().value());
    ASSERT_TRUE(error);
    EXPECT_FALSE(error->is_success());
    EXPECT_EQ(error->correlation, 0x01023476u);
    EXPECT_EQ(Causes{error->causes}.next()->type, CauseCode::delete_last_address);
    const auto success = AddressResponse::parse(responses.next().value());
    ASSERT_TRUE(success);
    EXPECT_TRUE(success->is_success());
}

TEST(AsconfAck, TellsWhatIsNoneOfItsOwn) {
    const Drawn wrong = drawn("c0010010 00000001 00050008 c0000201");
    const auto parameter = Parameters{wrong}.next().value();
    EXPECT_EQ(AddressResponse::parse(parameter).error().code, Errc::invalid_argument);
    const Drawn other = drawn("c0050008 00000001");
    EXPECT_EQ(AddressRequest::parse(Parameters{other}.next().value()).error().code,
              Errc::invalid_argument);
    for (const char* value :
         {"c005000c 00000001 00000000", "c0030006 0000", "c003000a 00000001 0000",
          "c0010014 00000001 00050008 c0000201 00000000"}) {
        const Drawn bytes = drawn(value);
        const auto read = Parameters{bytes}.next().value();
        EXPECT_FALSE(AddressResponse::parse(read)) << value;
        EXPECT_FALSE(AddressRequest::parse(read)) << value;
    }
}

} // namespace
} // namespace hawser::wire::sctp
