// Peers with several addresses, some of which lead nowhere: RFC 8305.
#include "endpoint/play.hpp"

#include <hawser/endpoint/dtls_client.hpp>
#include <hawser/endpoint/dtls_server.hpp>
#include <hawser/net/clock.hpp>
#include <hawser/net/udp_socket.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace hawser::test {
namespace {

/// Further addresses of loopback, all behind the UDP port of a first socket.
class Addresses : public Play {
protected:
    static SctpEndpointOptions at(std::uint8_t last, std::uint16_t udp_port) {
        return {.local = Address::ipv4({127, 0, 0, last}), .udp_port = udp_port};
    }
    static net::UdpSocket silent_at(std::uint8_t last, std::uint16_t udp_port) {
        return must(net::UdpSocket::open({.local = Address::ipv4({127, 0, 0, last}, udp_port)}));
    }
    static dtls::Options with_key() {
        const Bytes bytes = as_bytes("shared");
        dtls::Options options;
        options.psks.push_back({.identity = "us", .key = {bytes.begin(), bytes.end()}});
        return options;
    }
};

TEST_F(Addresses, ThatAreSilentCostAMomentEach) {
    play([this]() -> Act {
        SctpEndpoint server = open();
        const auto second = silent_at(2, udp_port(server));
        const auto third = silent_at(3, udp_port(server));
        const Listener listener = must(server.listen(kPort));
        SctpEndpoint client = open({.udp_port = 0});
        const Instant begun = net::Clock::now();
        const Connection here = must(
            co_await client.connect("127.0.0.2/127.0.0.3/127.0.0.1:2904", to(server)), "connect");
        EXPECT_EQ(here.path().remote.host(), Address::loopback(Family::ipv4));
        EXPECT_GE(net::Clock::now() - begun, 500ms);
        EXPECT_LT(net::Clock::now() - begun, 3s);
        EXPECT_EQ(client.association_count(), 1u); // the others were dropped
    });
}

TEST_F(Addresses, StayInTheRaceWhenTheNextIsTried) {
    play([this]() -> Act {
        std::optional<net::UdpSocket> late = silent_at(2, 0);
        const std::uint16_t port = late->local_address().port();
        const auto silent = silent_at(3, port);
        SctpEndpointOptions hasty{.udp_port = 0};
        hasty.sctp.rto_initial = hasty.sctp.rto_min = 50ms;
        SctpEndpoint client = open(hasty);
        std::optional<Result<Connection>> here;
        client.connect("127.0.0.2/127.0.0.3:2904",
                       {.peer_udp_port = port, .within = 10s, .attempt_delay = 10ms},
                       [&](Result<Connection> result) { here = std::move(result); });
        asio::steady_timer timer{io, 100ms};
        co_await timer.async_wait(asio::use_awaitable);
        EXPECT_FALSE(here);
        late.reset();
        SctpEndpoint server = open(at(2, port));
        Listener listener = must(server.listen(kPort));
        must(co_await listener.within(5s).accept(), "accept");
        while (!here) {
            timer.expires_after(5ms);
            co_await timer.async_wait(asio::use_awaitable);
        }
        EXPECT_EQ(must(std::move(*here), "connect").path().remote.host(),
                  Address::ipv4({127, 0, 0, 2}));
    });
}

TEST_F(Addresses, GiveTheReasonOfTheOneThatAnswered) {
    play([this]() -> Act {
        SctpEndpoint refuses = open();
        SctpEndpoint client = open({.udp_port = 0});
        const auto refused =
            co_await client.connect("127.0.0.1/127.0.0.2:2904", to(refuses)); // .2: no socket
        EXPECT_EQ(error_of(refused), Errc::refused);
        EXPECT_EQ(client.association_count(), 0u);
    });
}

TEST_F(Addresses, AreAllGivenUpAtTheDeadline) {
    play([this]() -> Act {
        const auto second = silent_at(2, 0);
        const std::uint16_t port = second.local_address().port();
        const auto third = silent_at(3, port);
        SctpEndpoint client = open({.udp_port = 0});
        const auto nobody =
            co_await client.connect("127.0.0.2/127.0.0.3:2904",
                                    {.peer_udp_port = port, .within = 60ms, .attempt_delay = 5ms});
        EXPECT_EQ(error_of(nobody), Errc::timed_out);
        EXPECT_EQ(client.association_count(), 0u);
    });
}

TEST_F(Addresses, OfManyAreNotAllTriedAtOnce) {
    play([this]() -> Act {
        std::vector<net::UdpSocket> silent;
        silent.push_back(silent_at(2, 0));
        const std::uint16_t port = silent.front().local_address().port();
        std::string target = "127.0.0.2";
        for (std::uint8_t last = 3; last < 40; ++last) {
            silent.push_back(silent_at(last, port));
            target += "/127.0.0." + std::to_string(last);
        }
        SctpEndpoint server = open(at(1, port));
        const Listener listener = must(server.listen(kPort));
        SctpEndpoint client = open({.udp_port = 0});
        std::optional<Result<Connection>> here;
        client.connect(target + "/127.0.0.1:2904",
                       {.peer_udp_port = port, .within = 10s, .attempt_delay = 2ms},
                       [&](Result<Connection> result) { here = std::move(result); });
        std::size_t most = 0;
        asio::steady_timer timer{io};
        while (!here) {
            most = std::max(most, client.association_count());
            timer.expires_after(1ms);
            co_await timer.async_wait(asio::use_awaitable);
        }
        must(std::move(*here), "connect");
        EXPECT_LE(most, 16u);
    });
}

TEST_F(Addresses, OfADtlsServerAreTriedSideBySide) {
    play([this]() -> Act {
        DtlsServer server = must(DtlsServer::open(
            io.get_executor(), {.local = Address::loopback(Family::ipv4)}, with_key()));
        const auto silent = silent_at(2, server.local_address().port());
        DtlsClient client = must(DtlsClient::open(io.get_executor()));
        const std::string target =
            "127.0.0.2/127.0.0.1:" + std::to_string(server.local_address().port());
        const Instant begun = net::Clock::now();
        const DtlsConnection here =
            must(co_await client.connect(target, with_key(), {.within = 10s}), "connect");
        EXPECT_EQ(here.path().remote.host(), Address::loopback(Family::ipv4));
        EXPECT_LT(net::Clock::now() - begun, 3s);
    });
}

} // namespace
} // namespace hawser::test
