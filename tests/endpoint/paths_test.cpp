// Endpoints with several addresses, and what programs see of their paths: RFC 9260 §6.4.
#include "endpoint/play.hpp"

#include <hawser/net/udp_socket.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>

namespace hawser::test {
namespace {

Address v4(std::uint8_t last) {
    return Address::ipv4({127, 0, 0, last});
}

class Paths : public Play {
protected:
    /// Two IPv4 addresses and one of IPv6.
    static SctpEndpointOptions with_three(std::uint8_t first, std::uint8_t second) {
        return {.local = v4(first),
                .more_locals = {v4(second), Address::loopback(Family::ipv6)},
                .udp_port = 0};
    }
    static SctpEndpointOptions on_all(std::vector<Address> told) {
        SctpEndpointOptions options{.udp_port = 0};
        options.sctp.local_addresses = std::move(told);
        return options;
    }

    /// An association of two ends with three addresses each, by that one of the server's.
    asio::awaitable<Pair> three_each(std::string by) {
        return connect(with_three(11, 12), with_three(21, 22), std::move(by));
    }
    /// The same with one socket each, for every address.
    asio::awaitable<Pair> all_each(std::string by) {
        const Address ipv6 = Address::loopback(Family::ipv6);
        return connect(on_all({v4(13), v4(14), ipv6}), on_all({v4(23), v4(24), ipv6}),
                       std::move(by));
    }

    /// Waits until that address of the peer has answered.
    asio::awaitable<void> confirmed(const Connection& connection, const Address& remote) {
        asio::steady_timer timer{io};
        while (true) {
            for (const auto& status : must(connection.paths()))
                if (status.path.remote.is_same_host(remote) &&
                    status.state == sctp::PathStatus::State::active)
                    co_return;
            timer.expires_after(2ms);
            co_await timer.async_wait(asio::use_awaitable);
        }
    }

    /// Sends a message by that address of the peer; the path by which it came.
    asio::awaitable<Path> sent_by(const Pair& pair, const Address& remote) {
        co_await confirmed(pair.here, remote);
        must(pair.here.set_primary(remote), "set_primary");
        EXPECT_TRUE(pair.here.path().remote.is_same_host(remote));
        must(pair.here.send(as_bytes("hello")));
        const Message message = must(co_await pair.there.within(5s).receive(), "message");
        co_return message.path;
    }
};

TEST_F(Paths, AreAllOfThePeersAddressesByOneUdpPort) {
    play([this]() -> Act {
        const Pair pair = co_await three_each("127.0.0.21");
        for (const auto& [connection, peer] :
             {std::pair{&pair.here, &pair.server}, {&pair.there, &pair.client}}) {
            const auto paths = must(connection->paths());
            const auto bound = peer->local_addresses();
            EXPECT_EQ(paths.size(), 3u);
            EXPECT_EQ(bound.size(), 3u);
            for (const Address& address : bound) {
                EXPECT_TRUE(std::ranges::any_of(paths, [&](const auto& one) {
                    return one.path.remote == address;
                })) << to_string(address);
            }
            EXPECT_EQ(std::ranges::count_if(paths, &sctp::PathStatus::primary), 1);
            EXPECT_EQ(std::ranges::count_if(paths, &sctp::PathStatus::current), 1);
        }
    });
}

TEST_F(Paths, BeginAtTheAddressThatTheKernelWouldTakeOrOneOfTheFamily) {
    play([this]() -> Act {
        SctpEndpointOptions two{.local = v4(11),
                                .more_locals = {v4(1), Address::loopback(Family::ipv6)},
                                .udp_port = 0};
        SctpEndpoint server = open(with_three(21, 22));
        SctpEndpoint client = open(two);
        const Listener listener = must(server.listen(kPort));
        for (const auto& [host, source] :
             {std::pair{"127.0.0.21", v4(1)}, {"[::1]", Address::loopback(Family::ipv6)}}) {
            const Connection here =
                must(co_await client.connect(std::string{host} + ":2904", to(server)), "connect");
            EXPECT_TRUE(here.path().local.is_same_host(source)) << to_string(here.path().local);
            EXPECT_EQ(here.path().local.port(), udp_port(client));
        }
    });
}

TEST_F(Paths, AreThoseThatPeersAreToldOf) {
    play([this]() -> Act {
        SctpEndpointOptions reserved = with_three(21, 22);
        reserved.sctp.local_addresses = {v4(21), v4(22)};
        const SctpEndpointOptions all = with_three(11, 12);
        const Pair pair = co_await connect(all, reserved, "127.0.0.21");
        EXPECT_EQ(must(pair.here.paths()).size(), 2u);
        EXPECT_EQ(must(pair.there.paths()).size(), 2u) << "none of a family that it has not";
    });
}

TEST_F(Paths, AreToldOfWhenTheyAreConfirmed) {
    play([this]() -> Act {
        const Pair pair = co_await three_each("127.0.0.22");
        const EventStream events = pair.here.events();
        for (int i = 0; i < 2; ++i) {
            const Event event = must(co_await events.within(5s).next(), "event");
            const auto* const changed = std::get_if<sctp::PathChanged>(&event);
            EXPECT_TRUE(changed != nullptr);
            if (changed == nullptr) co_return;
            EXPECT_EQ(changed->state, sctp::PathChanged::State::confirmed);
            EXPECT_FALSE(changed->path.remote.is_same_host(v4(22)));
        }
        for (const auto& status : must(pair.here.paths()))
            EXPECT_EQ(status.state, sctp::PathStatus::State::active);
        EXPECT_EQ(pair.here.path().remote, v4(22).with_port(udp_port(pair.server)));
    });
}

TEST_F(Paths, CarryMessagesAndSayWhichOneDid) {
    play([this]() -> Act {
        const Pair pair = co_await three_each("127.0.0.21");
        const std::array remotes{v4(22), Address::loopback(Family::ipv6), v4(21)};
        for (const Address& remote : remotes) {
            const Path path = co_await sent_by(pair, remote);
            EXPECT_EQ(path.local, remote.with_port(udp_port(pair.server)));
            EXPECT_EQ(path.remote.port(), udp_port(pair.client));
            EXPECT_EQ(path.remote.family(), remote.family());
            // The answer takes the way of the peer's choice, by default the one that there was.
            must(pair.there.send(as_bytes("yes")));
            must(co_await pair.here.within(5s).receive(), "answer");
        }
    });
}

// What can be set beside a message is a matter of the path that it takes.
TEST_F(Paths, DecideWhichMarkingsCanBeSet) {
    play([this]() -> Act {
        const Pair pair = co_await three_each("127.0.0.21");
        const Ancillary labelled{.flow_label = 5};
        EXPECT_EQ(error_of(pair.here.send(as_bytes("a"), {.ancillary = labelled})),
                  Errc::unsupported);
        const Address ipv6 = Address::loopback(Family::ipv6);
        co_await confirmed(pair.here, ipv6);
        const auto beat = co_await pair.here.within(5s).heartbeat_at(ipv6, labelled);
        EXPECT_TRUE(beat && beat->path.remote.is_same_host(ipv6));
        must(pair.here.set_primary(ipv6));
        EXPECT_TRUE(pair.here.send(as_bytes("b"), {.ancillary = labelled}));
        const Message message = must(co_await pair.there.within(5s).receive());
        EXPECT_EQ(message.text(), "b");
    });
}

TEST_F(Paths, AreAskedOneByOne) {
    play([this]() -> Act {
        const Pair pair = co_await three_each("127.0.0.21");
        const std::array remotes{v4(21), v4(22), Address::loopback(Family::ipv6)};
        for (const Address& remote : remotes) {
            const auto beat =
                must(co_await pair.here.within(5s).heartbeat_at(remote), "heartbeat_at");
            EXPECT_TRUE(beat.path.remote.is_same_host(remote));
            EXPECT_TRUE(beat.round_trip);
        }
        EXPECT_EQ(error_of(co_await pair.here.heartbeat_at(v4(99))), Errc::invalid_argument);
        EXPECT_EQ(error_of(pair.here.set_primary(v4(99))), Errc::invalid_argument);
    });
}

TEST_F(Paths, EndWithTheAssociation) {
    play([this]() -> Act {
        Pair pair = co_await three_each("127.0.0.21");
        const Path last = pair.here.path();
        must(co_await pair.here.within(5s).shutdown());
        EXPECT_EQ(error_of(pair.here.paths()), Errc::closed);
        EXPECT_EQ(error_of(pair.here.set_primary(v4(22))), Errc::closed);
        EXPECT_EQ(error_of(co_await pair.here.heartbeat_at(v4(22))), Errc::closed);
        EXPECT_EQ(pair.here.path(), last);
        pair.client.close();
        EXPECT_EQ(pair.here.path(), last);
        EXPECT_TRUE(pair.client.local_addresses().empty());
    });
}

TEST_F(Paths, AreThereForEachAssociationOfAHandle) {
    play([this]() -> Act {
        SctpEndpoint server = open(with_three(21, 22));
        SctpEndpoint client = open(with_three(11, 12));
        Listener listener = must(server.listen(kPort));
        const OneToMany many = must(client.one_to_many());
        const auto id = must(co_await many.connect("127.0.0.21:2904", to(server)), "connect");
        const Connection there = must(co_await listener.within(5s).accept());
        EXPECT_EQ(must(many.paths(id)).size(), 3u);
        const EventStream events = many.events();
        const auto answers = [&] {
            return std::ranges::all_of(must(many.paths(id)), [](const sctp::PathStatus& one) {
                return one.state == sctp::PathStatus::State::active;
            });
        };
        while (!answers())
            must(co_await events.within(5s).next(), "confirmed");
        must(many.set_primary(id, v4(22)), "set_primary");
        must(many.send(id, as_bytes("hello")));
        const Message message = must(co_await there.within(5s).receive());
        EXPECT_TRUE(message.path.local.is_same_host(v4(22)));
        const auto other = static_cast<sctp::AssociationId>(99);
        EXPECT_EQ(error_of(many.paths(other)), Errc::not_found);
        EXPECT_EQ(error_of(many.set_primary(other, v4(22))), Errc::not_found);
    });
}

// One socket for all addresses sends from the one that the path names, in both families.
TEST_F(Paths, LeaveAWildcardSocketByTheAddressThatTheyName) {
    play([this]() -> Act {
        const Address ipv6 = Address::loopback(Family::ipv6);
        const Pair pair = co_await all_each("127.0.0.23");
        EXPECT_EQ(must(pair.here.paths()).size(), 3u);
        EXPECT_EQ(must(pair.there.paths()).size(), 3u) << "none that was not told";
        const std::array remotes{v4(24), ipv6, v4(23)};
        for (const Address& remote : remotes) {
            const Path path = co_await sent_by(pair, remote);
            EXPECT_TRUE(path.local.is_same_host(remote)) << to_string(path.local);
            EXPECT_TRUE(path.remote.is_same_host(ipv6) || path.remote.is_same_host(v4(13)) ||
                        path.remote.is_same_host(v4(14)))
                << "not 127.0.0.1, which the kernel would take: " << to_string(path.remote);
        }
    });
}

class Locals : public Play {
protected:
    Result<SctpEndpoint> try_open(const SctpEndpointOptions& options) {
        return SctpEndpoint::open(io.get_executor(), options);
    }
    static std::string why_not(const Result<SctpEndpoint>& endpoint) {
        return endpoint ? "" : to_string(endpoint.error());
    }
};

TEST_F(Locals, ThatAreNotOursAreNamed) {
    const auto none = try_open(
        {.local = v4(1), .more_locals = {v4(2), Address::ipv4({192, 0, 2, 1})}, .udp_port = 0});
    EXPECT_EQ(error_of(none), Errc::invalid_argument);
    EXPECT_TRUE(why_not(none).contains("more_locals[1]")) << why_not(none);
}

TEST_F(Locals, OfWhichOneIsTakenLeaveTheOthersFree) {
    const auto taken = must(net::UdpSocket::open({.local = v4(2)}));
    const std::uint16_t port = taken.local_address().port();
    const auto none = try_open({.local = v4(1), .more_locals = {v4(2)}, .udp_port = port});
    EXPECT_EQ(error_of(none), Errc::in_use);
    EXPECT_TRUE(why_not(none).contains("more_locals[0]")) << why_not(none);
    EXPECT_TRUE(net::UdpSocket::open({.local = v4(1).with_port(port)}));
}

TEST_F(Locals, ThatContradictEachOtherAreRefused) {
    EXPECT_EQ(error_of(try_open({.local = v4(1), .more_locals = {v4(2), v4(2)}, .udp_port = 0})),
              Errc::invalid_argument);
    EXPECT_EQ(error_of(try_open({.local = v4(1), .more_locals = {v4(1)}, .udp_port = 0})),
              Errc::invalid_argument);
    EXPECT_EQ(error_of(try_open({.more_locals = {v4(1)}, .udp_port = 0})), Errc::invalid_argument);
    EXPECT_EQ(error_of(try_open(
                  {.local = v4(1), .more_locals = {Address::any(Family::ipv4)}, .udp_port = 0})),
              Errc::invalid_argument);
    SctpEndpointOptions many{.local = v4(1), .udp_port = 0};
    for (std::uint8_t i = 2; i <= 16; ++i)
        many.more_locals.push_back(v4(i));
    EXPECT_TRUE(try_open(many));
    many.more_locals.push_back(v4(17));
    EXPECT_EQ(error_of(try_open(many)), Errc::too_large);
}

TEST_F(Locals, ThatPeersAreToldOfAreOurs) {
    SctpEndpointOptions options{.udp_port = 0};
    for (const Address& wrong : {Address::ipv4({192, 0, 2, 1}), Address::any(Family::ipv4)}) {
        options.sctp.local_addresses = {v4(1), wrong};
        EXPECT_EQ(error_of(try_open(options)), Errc::invalid_argument);
    }
    options.sctp.local_addresses = {v4(1), v4(2)};
    EXPECT_TRUE(try_open(options));
    options.local = v4(1);
    EXPECT_EQ(error_of(try_open(options)), Errc::invalid_argument) << "127.0.0.2 is not bound";
    options.more_locals = {v4(2), v4(3)};
    EXPECT_TRUE(try_open(options));
    options.sctp.local_addresses.assign(17, v4(1));
    EXPECT_EQ(error_of(try_open(options)), Errc::too_large);
}

// A DTLS connection is one path: RFC 8261 §6.
TEST_F(Locals, AreOneUnderDtls) {
    SctpEndpointOptions options{.local = v4(1), .udp_port = 0};
    options.dtls.emplace();
    EXPECT_TRUE(try_open(options));
    options.more_locals = {v4(2)};
    EXPECT_EQ(error_of(try_open(options)), Errc::unsupported);
    EXPECT_TRUE(why_not(try_open(options)).contains("DTLS"));
    options.more_locals.clear();
    options.local.reset();
    options.sctp.local_addresses = {v4(1), v4(2)};
    EXPECT_EQ(error_of(try_open(options)), Errc::unsupported);
}

} // namespace
} // namespace hawser::test
