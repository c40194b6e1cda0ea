#include "endpoint/play.hpp"

#include <hawser/net/udp_socket.hpp>

#include <cerrno>
#include <utility>

namespace hawser::test {
namespace {

class Connecting : public Play {};

TEST_F(Connecting, GivesBothSidesAConnection) {
    play([this]() -> Act {
        const Pair pair = co_await connect();
        EXPECT_EQ(pair.here.remote_port(), kPort);
        EXPECT_EQ(pair.there.local_port(), kPort);
        EXPECT_EQ(pair.here.local_port(), pair.there.remote_port());
        EXPECT_EQ(pair.here.path().remote.port(), udp_port(pair.server));
        EXPECT_EQ(pair.there.path().remote.port(), udp_port(pair.client));
        EXPECT_EQ(pair.here.outbound_streams(), pair.there.inbound_streams());
        EXPECT_EQ(must(pair.here.status()).state, sctp::State::established);
        EXPECT_EQ(pair.here.close_reason(), std::nullopt);
    });
}

TEST_F(Connecting, WorksOverIpv6AndDualStackSockets) {
    play([this]() -> Act {
        const SctpEndpointOptions both{.udp_port = 0};
        const std::vector<std::string> hosts{"[::1]", "127.0.0.1"};
        for (const std::string& host : hosts) {
            const Pair pair = co_await connect(both, both, host);
            EXPECT_EQ(pair.there.path().remote.is_loopback(), true) << host;
            must(pair.here.send(as_bytes("hello")));
            EXPECT_EQ(must(co_await pair.there.within(5s).receive()).text(), "hello");
        }
    });
}

TEST_F(Connecting, TakesCallbacks) {
    SctpEndpoint server = open();
    SctpEndpoint client = open();
    const Listener listener = must(server.listen(kPort));
    std::vector<std::string> said;
    bool inside = true;
    const auto accepted = [&](Result<Connection> connection) {
        EXPECT_FALSE(inside);
        must(std::move(connection)).receive([&](Result<Message> message) {
            said.emplace_back(must(std::move(message)).text());
            io.stop();
        });
    };
    listener.accept(accepted);
    client.connect("127.0.0.1:2904", to(server), [&](Result<Connection> connection) {
        EXPECT_FALSE(inside); // never within the call that started it
        must(must(std::move(connection)).send(as_bytes("called back")));
    });
    inside = false;
    io.run_for(kPatience);
    EXPECT_EQ(said, std::vector<std::string>{"called back"});
}

TEST_F(Connecting, IsRefusedWhereNobodyListens) {
    play([this]() -> Act {
        SctpEndpoint server = open();
        SctpEndpoint client = open();
        const auto refused = co_await client.connect("127.0.0.1:2904", to(server));
        EXPECT_EQ(error_of(refused), Errc::refused);
        EXPECT_EQ(client.association_count(), 0u);
    });
}

TEST_F(Connecting, IsUnreachableWhereNoSocketIs) {
    play([this]() -> Act {
        std::optional<SctpEndpoint> gone = open();
        const ConnectOptions options = to(*gone);
        gone.reset();
        SctpEndpoint client = open();
        const auto nobody = co_await client.connect("127.0.0.1:2904", options);
        EXPECT_EQ(error_of(nobody), Errc::unreachable);
        EXPECT_EQ(nobody.error().os_errno, ECONNREFUSED);
    });
}

TEST_F(Connecting, TellsWhyAnAssociationDidNotComeUp) {
    play([this]() -> Act {
        std::vector<std::pair<sctp::CloseReason, std::optional<std::uint16_t>>> told;
        SctpEndpointOptions curious = on_loopback();
        curious.on_not_opened = [&told](const Closed& closed) {
            told.emplace_back(closed.reason, closed.cause);
        };
        SctpEndpoint server = open();
        SctpEndpoint client = open(curious);
        const Listener listener = must(server.listen(2905));
        const auto refused = co_await client.connect("127.0.0.1:2904", to(server));
        EXPECT_EQ(error_of(refused), Errc::refused);
        Connection up = must(co_await client.connect("127.0.0.1:2905", to(server)));
        static_cast<void>(up.abort({}));
        constexpr std::uint16_t kUserInitiatedAbort = 12;
        EXPECT_EQ(told, (decltype(told){{sctp::CloseReason::refused, kUserInitiatedAbort}}));
    });
}

TEST_F(Connecting, TimesOutAtItsDeadlineWithASilentPeer) {
    play([this]() -> Act {
        const auto silent = must(net::UdpSocket::open({.local = on_loopback().local.value()}));
        SctpEndpoint client = open();
        const ConnectOptions options{.peer_udp_port = silent.local_address().port(),
                                     .within = 50ms};
        const auto nobody = co_await client.connect("127.0.0.1:2904", options);
        EXPECT_EQ(error_of(nobody), Errc::timed_out);
        EXPECT_EQ(client.association_count(), 0u); // the attempt is given up as well
    });
}

TEST_F(Connecting, TimesOutWhenEveryInitWasSentInVain) {
    play([this]() -> Act {
        const auto silent = must(net::UdpSocket::open({.local = on_loopback().local.value()}));
        SctpEndpointOptions hasty = on_loopback();
        hasty.sctp.rto_initial = hasty.sctp.rto_min = 10ms;
        hasty.sctp.init_retransmissions_max = 2;
        SctpEndpoint client = open(hasty);
        ConnectOptions options{.peer_udp_port = silent.local_address().port(), .within = kForever};
        const auto nobody = co_await client.connect("127.0.0.1:2904", options);
        EXPECT_EQ(error_of(nobody), Errc::timed_out);
    });
}

TEST_F(Connecting, TriesTheNextAddressWhenOneRefuses) {
    play([this]() -> Act {
        SctpEndpointOptions other = on_loopback();
        SctpEndpoint server = open();
        other.local = Address::ipv4({127, 0, 0, 2});
        other.udp_port = udp_port(server);
        SctpEndpoint refuses = open(other);
        const Listener listener = must(server.listen(kPort));
        SctpEndpoint client = open({.udp_port = 0});
        const Connection here =
            must(co_await client.connect("127.0.0.2/127.0.0.1:2904", to(server)), "connect");
        EXPECT_EQ(here.path().remote.host(), Address::loopback(Family::ipv4));
    });
}

TEST_F(Connecting, ResolvesNames) {
    play([this]() -> Act {
        const SctpEndpointOptions both{.udp_port = 0};
        SctpEndpoint server = open(both);
        SctpEndpoint client = open(both);
        const Listener listener = must(server.listen(kPort));
        must(co_await client.connect("localhost:2904", to(server)), "connect");
    });
}

TEST_F(Connecting, SaysWhatIsWrongWithAnAddress) {
    play([this]() -> Act {
        SctpEndpoint client = open();
        const std::vector<std::string> texts{"", "127.0.0.1", "127.0.0.1:0x10", "127.0.0.1:70000"};
        for (const std::string& text : texts) {
            EXPECT_EQ(error_of(co_await client.connect(text)), Errc::invalid_argument) << text;
        }
        EXPECT_EQ(error_of(co_await client.connect(SctpAddress{})), Errc::invalid_argument);
    });
}

TEST_F(Connecting, CanBeCancelled) {
    play([this]() -> Act {
        const auto silent = must(net::UdpSocket::open({.local = on_loopback().local.value()}));
        SctpEndpoint client = open();
        const ConnectOptions options{.peer_udp_port = silent.local_address().port()};
        asio::cancellation_signal signal;
        std::optional<Errc> answer;
        client.connect("127.0.0.1:2904", options,
                       asio::bind_cancellation_slot(signal.slot(), [&](Result<Connection> result) {
                           answer = error_of(result);
                       }));
        EXPECT_EQ(client.association_count(), 1u);
        signal.emit(asio::cancellation_type::terminal);
        EXPECT_EQ(answer, std::nullopt); // posted, not called
        co_await asio::post(asio::use_awaitable);
        co_await asio::post(asio::use_awaitable);
        EXPECT_EQ(answer, Errc::cancelled);
        EXPECT_EQ(client.association_count(), 0u);
    });
}

class Opening : public Play {};

TEST_F(Opening, SaysThatThePortIsInUse) {
    const SctpEndpoint first = open();
    SctpEndpointOptions again = on_loopback();
    again.udp_port = udp_port(first);
    EXPECT_EQ(error_of(SctpEndpoint::open(io.get_executor(), again)), Errc::in_use);
}

TEST_F(Opening, FreesThePortAtOnceWhenTheEndpointGoes) {
    std::optional<SctpEndpoint> first = open();
    SctpEndpointOptions again = on_loopback();
    again.udp_port = udp_port(*first);
    first.reset();
    EXPECT_EQ(udp_port(open(again)), again.udp_port);
}

TEST_F(Opening, RefusesDefaultMarkingsThatTheKernelCannotSet) {
    SctpEndpointOptions options = on_loopback();
    options.sctp.ancillary.flow_label = 7; // IPv6 only
    EXPECT_EQ(error_of(SctpEndpoint::open(io.get_executor(), options)), Errc::unsupported);
}

TEST_F(Opening, ListensOnAnSctpPortOnce) {
    SctpEndpoint endpoint = open();
    const Listener first = must(endpoint.listen(kPort));
    EXPECT_EQ(error_of(endpoint.listen(kPort)), Errc::in_use);
    EXPECT_EQ(error_of(endpoint.one_to_many(kPort)), Errc::in_use);
    EXPECT_EQ(error_of(endpoint.listen(0)), Errc::invalid_argument);
    first.close();
    EXPECT_EQ(must(endpoint.listen(kPort)).port(), kPort);
}

} // namespace
} // namespace hawser::test
