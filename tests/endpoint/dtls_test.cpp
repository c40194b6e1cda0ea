// DtlsClient, DtlsServer, DtlsConnection over loopback.
#include "endpoint/play.hpp"

#include <hawser/endpoint/dtls_client.hpp>
#include <hawser/endpoint/dtls_server.hpp>
#include <hawser/net/udp_socket.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>

namespace hawser::test {
namespace {

dtls::Options with_key(std::string_view secret = "a key of thirty-two bytes or so.") {
    dtls::Options options;
    const Bytes bytes = as_bytes(secret);
    options.psks.push_back({.identity = "us", .key = {bytes.begin(), bytes.end()}});
    return options;
}

class Dtls : public Play {
protected:
    static DtlsEndpointOptions here() { return {.local = Address::loopback(Family::ipv4)}; }

    DtlsServer serve(const dtls::Options& options = with_key(),
                     const DtlsEndpointOptions& endpoint = here()) {
        return must(DtlsServer::open(io.get_executor(), endpoint, options), "server");
    }
    DtlsClient client(const DtlsEndpointOptions& endpoint = here()) {
        return must(DtlsClient::open(io.get_executor(), endpoint), "client");
    }
    static std::string at(const DtlsServer& server) { return to_string(server.local_address()); }
};

TEST_F(Dtls, EachRecordArrivesWithItsOwnMarking) {
    play([this]() -> Act {
        DtlsServer server = serve();
        DtlsClient ours = client();
        dtls::Options options = with_key();
        DtlsConnection out = must(co_await ours.connect(at(server), options), "connect");
        DtlsConnection in = must(co_await server.accept(10s), "accept");
        EXPECT_EQ(in.info().psk_identity, "us");
        EXPECT_TRUE(in.info().incoming);
        must(out.write(as_bytes("urgent"), {.dscp = Dscp::ef, .ecn = Ecn::ect1}));
        must(out.write(as_bytes("bulk"), {.dscp = Dscp::cs1}));
        const DtlsMessage first = must(co_await in.within(5s).receive());
        const DtlsMessage second = must(co_await in.within(5s).receive());
        EXPECT_EQ(first.text(), "urgent");
        EXPECT_EQ(first.ancillary.dscp, Dscp::ef);
        EXPECT_EQ(first.ancillary.ecn, Ecn::ect1);
        EXPECT_EQ(second.text(), "bulk");
        EXPECT_EQ(second.ancillary.dscp, Dscp::cs1);
        EXPECT_EQ(second.sequence, first.sequence + 1);
    });
}

TEST_F(Dtls, BothEndsExportTheSameKeys) {
    play([this]() -> Act {
        DtlsServer server = serve();
        DtlsClient ours = client();
        dtls::Options options = with_key();
        DtlsConnection out = must(co_await ours.connect(at(server), options), "connect");
        DtlsConnection in = must(co_await server.accept(10s), "accept");
        std::array<std::byte, 20> here{}, there{};
        must(out.export_keys("EXPERIMENTAL label", {}, here));
        must(in.export_keys("EXPERIMENTAL label", {}, there));
        EXPECT_EQ(here, there);
        EXPECT_NE(here, decltype(here){});
    });
}

TEST_F(Dtls, AConnectionGoesOnElsewhere) {
    play([this]() -> Act {
        dtls::Options options = with_key();
        options.connection_id_bytes = 8;
        DtlsServer server = serve(options);
        DtlsClient before = client();
        DtlsClient after = client();
        DtlsConnection out = must(co_await before.connect(at(server), options), "connect");
        DtlsConnection in = must(co_await server.accept(10s), "accept");
        must(out.write(as_bytes("from here")));
        EXPECT_EQ(must(co_await in.within(5s).receive()).text(), "from here");

        const auto state = must(out.export_state(), "export");
        EXPECT_EQ(out.write(as_bytes("too late")).error().code, Errc::closed);
        EXPECT_EQ(out.export_state().error().code, Errc::closed);
        EXPECT_EQ((co_await out.within(5s).receive()).error().code, Errc::closed);
        const Address to = server.local_address();
        DtlsConnection moved = must(after.import_state(state, to, options), "import");
        EXPECT_EQ(moved.info().psk_identity, out.info().psk_identity);
        EXPECT_EQ(moved.info().cipher_suite, out.info().cipher_suite);
        EXPECT_FALSE(moved.info().incoming);
        must(moved.write(as_bytes("from there")));
        const DtlsMessage message = must(co_await in.within(5s).receive());
        EXPECT_EQ(message.text(), "from there");
        EXPECT_EQ(message.path.remote.port(), after.local_address().port());
        asio::steady_timer timer{io};
        for (int i = 0; in.path().remote != message.path.remote && i < 500; ++i) {
            timer.expires_after(10ms); // until the peer has answered from its new address
            co_await timer.async_wait(asio::use_awaitable);
        }
        must(in.write(as_bytes("found you")));
        EXPECT_EQ(must(co_await moved.within(5s).receive()).text(), "found you");

        auto changed = state;
        changed[changed.size() / 2] ^= std::byte{1};
        EXPECT_EQ(before.import_state(changed, to, options).error().code, Errc::malformed);
        EXPECT_EQ(before.import_state(Bytes{state}.first(20), to, options).error().code,
                  Errc::malformed);
    });
}

TEST_F(Dtls, ClosingTellsWhatTheKernelRefusedBefore) {
    play([this]() -> Act {
        dtls::Options options = with_key();
        DtlsServer server = serve(options);
        DtlsClient ours = client();
        DtlsConnection out = must(co_await ours.connect(at(server), options), "connect");
        must(out.write(as_bytes("nowhere"), {.interface_index = 0x7fff'fff0u}));
        out.close();
        EXPECT_EQ((co_await out.within(5s).receive()).error().code, Errc::closed);
        EXPECT_EQ(out.records_refused(), 1u);
    });
}

TEST_F(Dtls, AServerGoesOnInAnother) {
    play([this]() -> Act {
        dtls::Options options = with_key();
        DtlsClient ours = client();
        std::optional<DtlsServer> first = serve(options);
        const Address port = first->local_address();
        DtlsConnection out = must(co_await ours.connect(to_string(port), options), "connect");
        DtlsConnection in = must(co_await first->accept(10s), "accept");
        const Address peer = in.path().remote;
        must(out.write(as_bytes("are you there?"))); // after the ACK of the server's ticket
        EXPECT_EQ(must(co_await in.within(5s).receive()).text(), "are you there?");
        const auto state = must(in.export_state(), "export");
        first.reset();
        DtlsEndpointOptions there = here();
        there.udp_port = port.port();
        DtlsServer second = serve(options, there);
        DtlsConnection again = must(second.import_state(state, peer, options), "import");
        EXPECT_TRUE(again.info().incoming);
        EXPECT_EQ(again.info().psk_identity, "us");
        must(out.write(as_bytes("still there?")));
        EXPECT_EQ(must(co_await again.within(5s).receive()).text(), "still there?");
        must(again.write(as_bytes("yes")));
        EXPECT_EQ(must(co_await out.within(5s).receive()).text(), "yes");
    });
}

TEST_F(Dtls, OneServerServesManyClients) {
    play([this]() -> Act {
        DtlsServer server = serve();
        std::vector<DtlsClient> clients;
        std::vector<DtlsConnection> connections;
        for (int i = 0; i < 20; ++i) {
            clients.push_back(client());
            dtls::Options options = with_key();
            connections.push_back(must(co_await clients.back().connect(at(server), options)));
            const std::string text = std::to_string(i);
            must(connections.back().write(as_bytes(text)));
        }
        for (int i = 0; i < 20; ++i) {
            DtlsConnection in = must(co_await server.accept(10s), "accept");
            const DtlsMessage message = must(co_await in.within(5s).receive());
            EXPECT_EQ(message.text(), std::to_string(i));
        }
    });
}

TEST_F(Dtls, AHandshakeThatFailsSaysTheAlertAndHoldsUpNobody) {
    play([this]() -> Act {
        DtlsServer server = serve();
        std::optional<dtls::Closed> why;
        DtlsEndpointOptions telling = here();
        telling.on_failed_handshake = [&](const dtls::Closed& closed) { why = closed; };
        DtlsClient stranger = client(telling);
        dtls::Options wrong = with_key("another key");
        const auto refused = co_await stranger.connect(at(server), wrong);
        EXPECT_FALSE(refused);
        EXPECT_TRUE(why && (why->alert_received || why->alert_sent));
        DtlsClient friendly = client();
        dtls::Options right = with_key();
        DtlsConnection out = must(co_await friendly.connect(at(server), right), "connect");
        DtlsConnection in = must(co_await server.accept(10s), "accept");
        EXPECT_EQ(in.info().psk_identity, "us");
    });
}

TEST_F(Dtls, AClientLearnsThatItsServerHasAllOfTheHandshake) {
    for (const dtls::Version version : {dtls::Version::v1_2, dtls::Version::v1_3}) {
        play([this, version]() -> Act {
            dtls::Options options = with_key();
            options.version_min = options.version_max = version;
            DtlsServer server = serve(options);
            DtlsClient ours = client();
            DtlsConnection out = must(co_await ours.connect(at(server), options), "connect");
            DtlsConnection in = must(co_await server.accept(10s), "accept");
            must(co_await out.within(5s).confirmed(), "confirmed");
            must(co_await out.within(5s).confirmed(), "confirmed once more");
            must(co_await in.within(5s).confirmed(), "the server knew");
            out.close();
            must(co_await out.within(5s).confirmed(), "it was so");
        });
    }
}

TEST_F(Dtls, ConnectingEndsWithItsEndpoint) {
    play([this]() -> Act {
        const net::UdpSocket silent =
            must(net::UdpSocket::open({.local = Address::loopback(Family::ipv4)}), "a socket");
        DtlsClient ours = client();
        boost::asio::steady_timer later{io, 50ms};
        later.async_wait([&ours](const boost::system::error_code&) { ours.close(); });
        const auto refused =
            co_await ours.connect(to_string(silent.local_address()), with_key(), {.within = 60s});
        EXPECT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Errc::closed);
    });
}

TEST_F(Dtls, WaitingEndsAtItsDeadline) {
    play([this]() -> Act {
        DtlsServer server = serve();
        EXPECT_EQ(error_of(co_await server.accept(20ms)), Errc::timed_out);
        DtlsClient ours = client();
        dtls::Options options = with_key();
        DtlsConnection out = must(co_await ours.connect(at(server), options), "connect");
        EXPECT_EQ(error_of(co_await out.within(20ms).receive()), Errc::timed_out);
    });
}

/// What the operation has, not what the engine's options say of a handshake.
TEST_F(Dtls, ConnectingTakesAsLongAsItWasGiven) {
    play([this]() -> Act {
        const auto silent = must(net::UdpSocket::open({.local = Address::loopback(Family::ipv4)}));
        DtlsClient ours = client();
        dtls::Options options = with_key();
        options.handshake_timeout = 20ms;
        const auto begun = std::chrono::steady_clock::now();
        const auto refused =
            co_await ours.connect(to_string(silent.local_address()), options, {.within = 300ms});
        EXPECT_EQ(error_of(refused), Errc::timed_out);
        EXPECT_GE(std::chrono::steady_clock::now() - begun, 300ms);
    });
}

TEST_F(Dtls, ConnectingUnderSctpTakesAsLongAsItWasGiven) {
    play([this]() -> Act {
        const auto silent = must(net::UdpSocket::open({.local = Address::loopback(Family::ipv4)}));
        SctpEndpointOptions sealed = on_loopback();
        sealed.dtls.emplace().client = with_key();
        sealed.dtls->client->handshake_timeout = 20ms;
        SctpEndpoint ours = must(SctpEndpoint::open(io.get_executor(), sealed));
        const auto begun = std::chrono::steady_clock::now();
        const auto refused = co_await ours.connect(
            "127.0.0.1:2904", {.peer_udp_port = silent.local_address().port(), .within = 300ms});
        EXPECT_EQ(error_of(refused), Errc::timed_out);
        EXPECT_GE(std::chrono::steady_clock::now() - begun, 300ms);
    });
}

TEST_F(Dtls, TheEndIsToldBehindWhatWasWritten) {
    play([this]() -> Act {
        DtlsServer server = serve();
        DtlsClient ours = client();
        dtls::Options options = with_key();
        DtlsConnection out = must(co_await ours.connect(at(server), options), "connect");
        DtlsConnection in = must(co_await server.accept(10s), "accept");
        must(out.write(as_bytes("last")));
        out.close();
        const DtlsMessage last = must(co_await in.within(5s).receive());
        EXPECT_EQ(last.text(), "last");
        EXPECT_EQ(error_of(co_await in.within(5s).receive()), Errc::closed);
        EXPECT_TRUE(in.closed());
        EXPECT_EQ(error_of(in.write(as_bytes("too late"))), Errc::closed);
    });
}

TEST_F(Dtls, AServerWithoutCredentialsDoesNotOpen) {
    EXPECT_EQ(error_of(DtlsServer::open(io.get_executor(), here(), {})), Errc::invalid_argument);
}

} // namespace
} // namespace hawser::test
