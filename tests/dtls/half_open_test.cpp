// Ten thousand handshakes that go nowhere: the next honest one does not notice.
#include "dtls/versions.hpp"

#include <array>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

class StalledHandshakes : public PerVersion {
protected:
    static constexpr std::uint32_t kStalled = 10'000;

    static Address address_of(std::uint32_t number) {
        return Address::ipv4(
            {10, 1, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)},
            4000);
    }
    /// Carries the datagrams of one end's to the other, which sees them come from `remote`.
    void carry(End& from, End& to, const Address& local, const Address& remote) {
        while (auto out = from.endpoint.poll_transmit(talk.now, {.train_segments_max = 1})) {
            const Path path{.local = local, .remote = remote};
            Datagram datagram{PacketId{0}, path, out->ancillary, out->payload.bytes()};
            static_cast<void>(to.endpoint.receive(datagram, talk.now));
        }
    }
    /// One client says its hello until the server believes in it, and then no more.
    void stall(std::uint32_t number) {
        const Address from = address_of(number);
        ASSERT_TRUE(stalled.endpoint.connect(Path{.local = from, .remote = talk.server.address},
                                             client, talk.now));
        carry(stalled, talk.server, talk.server.address, from);
        carry(talk.server, stalled, from, talk.server.address); // its question
        carry(stalled, talk.server, talk.server.address, from);
        while (talk.server.endpoint.poll_transmit(talk.now, {})) {
        } // the flight is lost
    }

    Talk talk{1, {.half_open_max = kStalled + 1}};
    End stalled{{}, 10'000, Address::ipv4({10, 1, 0, 0}, 4000)};
};

TEST_P(StalledHandshakes, DelayNobodyAndEnd) {
    server.handshake_timeout = 30s;
    ASSERT_TRUE(talk.server.endpoint.listen(server));
    for (std::uint32_t i = 0; i < kStalled; ++i)
        stall(i);
    ASSERT_EQ(talk.server.endpoint.connection_count(), kStalled);
    EXPECT_EQ(talk.server.endpoint.counters().handshakes_begun, kStalled);
    const Instant before = talk.now;
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    // Turns of 20 ms: cookie, hellos, keys; the last of 1.3 has no answer.
    EXPECT_EQ(talk.now - before, is_1_3() ? 50ms : 60ms);
    EXPECT_EQ(talk.server.endpoint.connection_count(), kStalled + 1);
    talk.run(40s);
    EXPECT_EQ(talk.server.endpoint.connection_count(), 1u);
    EXPECT_EQ(talk.server.endpoint.counters().handshakes_failed, kStalled);
    ASSERT_TRUE(talk.write(talk.client, "still here"));
    talk.run(1s);
    EXPECT_EQ(talk.server.texts(), std::vector<std::string>{"still here"});
}

TEST_P(StalledHandshakes, AreAsManyAsTheLimitAndNoMore) {
    Talk few{2, {.half_open_max = 100}};
    ASSERT_TRUE(few.server.endpoint.listen(server));
    for (std::uint32_t i = 0; i < 300; ++i) {
        ASSERT_TRUE(stalled.endpoint.connect(
            Path{.local = address_of(i), .remote = few.server.address}, client, few.now));
        carry(stalled, few.server, few.server.address, address_of(i));
        carry(few.server, stalled, address_of(i), few.server.address);
        carry(stalled, few.server, few.server.address, address_of(i));
        while (few.server.endpoint.poll_transmit(few.now, {})) {
        }
    }
    EXPECT_EQ(few.server.endpoint.connection_count(), 100u);
    EXPECT_EQ(few.server.endpoint.counters().of(Verdict::no_room), 200u);
}

HAWSER_BOTH_VERSIONS(StalledHandshakes);

} // namespace
} // namespace hawser::dtls::test
