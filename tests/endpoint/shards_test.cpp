// One UDP port, several threads: an SctpEndpoint each.
#include "endpoint/play.hpp"

#include <hawser/net/clock.hpp>
#include <hawser/net/udp_socket.hpp>
#include <hawser/net/wait.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace hawser::test {
namespace {

constexpr std::size_t kShards = 3;
constexpr std::size_t kClients = 24;

/// A thread, and the endpoint that it runs: it says what it hears, with its own number before it.
struct Shard {
    asio::io_context io{1};
    std::optional<SctpEndpoint> endpoint;
    std::optional<Listener> listener;
    std::atomic<int> accepted = 0, restarted = 0;
    std::jthread thread;

    asio::awaitable<void> serve(Connection connection, std::size_t number) {
        co_spawn(io, watch(connection), asio::detached);
        while (auto message = co_await connection.receive()) {
            const std::string answer =
                std::to_string(number) + " heard " + std::string{message->text()};
            static_cast<void>(co_await connection.async_send(as_bytes(answer)));
        }
    }
    asio::awaitable<void> watch(Connection connection) {
        EventStream events = connection.events();
        while (auto event = co_await events.next())
            if (std::holds_alternative<sctp::Restarted>(*event)) ++restarted;
    }
    asio::awaitable<void> accept(std::size_t number) {
        while (auto connection = co_await listener->accept()) {
            ++accepted;
            co_spawn(io, serve(*connection, number), asio::detached);
        }
    }
    void run(std::size_t number) {
        co_spawn(io, accept(number), asio::detached);
        thread = std::jthread{[this] { io.run(); }};
    }
    void end() {
        asio::post(io, [this] {
            listener.reset();
            endpoint.reset();
            io.stop();
        });
        thread.join();
    }
    ~Shard() {
        if (thread.joinable()) end();
    }
};

/// Between a client and the port: its side towards the port is a new one when asked for.
class Nat {
public:
    Nat(const Address& local, const Address& server)
        : server_(server), inside_(open(local)), outside_(open(local)) {
        thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
    }
    std::uint16_t port() const { return inside_.local_address().port(); }
    void forget() { forgets_ = true; }
    void mute(bool on) { muted_ = on; }

private:
    static net::UdpSocket open(const Address& local) {
        return must(net::UdpSocket::open({.local = local, .gso = false, .gro = false}));
    }
    static void pass(net::UdpSocket& from, net::UdpSocket& to, const Address& remote,
                     Address* source) {
        net::ReceiveBatch batch;
        PacketPool pool;
        from.receive(batch);
        for (const net::Received& message : batch.messages()) {
            if (source != nullptr) *source = message.path.remote;
            Transmit transmit;
            transmit.path = {.local = Address::any(remote.family()), .remote = remote};
            transmit.payload = pool.take(message.payload.size());
            transmit.payload.resize(message.payload.size());
            std::ranges::copy(message.payload, transmit.payload.bytes().begin());
            to.send({&transmit, 1});
        }
    }
    void run(const std::stop_token& stop) {
        std::vector<PathEvent> ignored; // which would fail the next packet
        while (!stop.stop_requested()) {
            inside_.read_errors(ignored);
            outside_.read_errors(ignored);
            if (forgets_.exchange(false)) outside_ = open(outside_.local_address().with_port(0));
            const std::array interests{net::Interest{.fd = inside_.fd()},
                                       net::Interest{.fd = outside_.fd()}};
            net::wait(interests, net::Clock::now() + 5ms);
            if (muted_) {
                net::ReceiveBatch lost;
                inside_.receive(lost);
            } else {
                pass(inside_, outside_, server_, &client_);
            }
            if (client_.port() != 0) pass(outside_, inside_, client_, nullptr);
        }
    }

    Address server_, client_;
    net::UdpSocket inside_, outside_;
    std::atomic<bool> forgets_ = false, muted_ = false;
    std::jthread thread_;
};

class SctpShards : public Play, public testing::WithParamInterface<Family> {
protected:
    static SctpEndpointOptions loopback() {
        return {.local = Address::loopback(GetParam()), .udp_port = 0};
    }
    static std::string host() { return GetParam() == Family::ipv4 ? "127.0.0.1" : "[::1]"; }
    std::string target() const { return host() + ":2904"; }
    void open(const SctpEndpointOptions& options = loopback()) {
        std::array<asio::any_io_executor, kShards> executors;
        for (std::size_t i = 0; i < kShards; ++i)
            executors[i] = shards[i].io.get_executor();
        auto endpoints = must(SctpEndpoint::open_shards(executors, options), "shards");
        port = endpoints.front().local_address().port();
        for (std::size_t i = 0; i < kShards; ++i) {
            EXPECT_EQ(endpoints[i].local_address().port(), port);
            shards[i].endpoint = std::move(endpoints[i]);
            shards[i].listener = must(shards[i].endpoint->listen(kPort), "listen");
            shards[i].run(i);
        }
    }
    SctpEndpoint client() {
        return must(SctpEndpoint::open(io.get_executor(), loopback()), "client");
    }
    ConnectOptions by(std::uint16_t udp_port) const {
        return {.peer_udp_port = udp_port, .within = 10s};
    }
    static asio::awaitable<std::string> ask(Connection connection, std::string text) {
        must(connection.send(as_bytes(text)), "send");
        const Message answer = must(co_await connection.within(20s).receive(), "answer");
        co_return std::string{answer.text()};
    }
    static std::string shard_in(const std::string& answer) {
        return answer.substr(0, answer.find(' '));
    }

    std::uint16_t port = 0;
    std::array<Shard, kShards> shards;
};

TEST_P(SctpShards, ShareThePeers) {
    SctpShards::open();
    play([&]() -> Act {
        std::vector<SctpEndpoint> clients;
        const ConnectOptions options = by(port);
        for (std::size_t i = 0; i < kClients; ++i) {
            clients.push_back(client());
            const Connection here =
                must(co_await clients.back().connect(target(), options), "connect");
            const std::string answer = co_await ask(here, "hello");
            EXPECT_TRUE(answer.ends_with(" heard hello")) << answer;
            const std::string again = co_await ask(here, "more");
            EXPECT_EQ(shard_in(again), shard_in(answer));
        }
    });
    int accepted = 0, busy = 0;
    for (const Shard& shard : shards) {
        accepted += shard.accepted;
        busy += shard.accepted > 0 ? 1 : 0;
    }
    EXPECT_EQ(accepted, static_cast<int>(kClients));
    EXPECT_GE(busy, 2); // all of them at one of three: once in 3^23
}

// From another port the kernel's hash would choose another socket two times of three.
TEST_P(SctpShards, KeepAPeerThatMoves) {
    SctpShards::open();
    Nat nat{Address::loopback(GetParam()), Address::loopback(GetParam()).with_port(port)};
    play([&]() -> Act {
        SctpEndpoint endpoint = client();
        const ConnectOptions options = by(nat.port());
        const Connection here = must(co_await endpoint.connect(target(), options), "connect");
        const std::string first = co_await ask(here, "here");
        for (int move = 0; move < 8; ++move) {
            nat.forget();
            const std::string large(20'000, 'x');
            const std::string next = co_await ask(here, large);
            EXPECT_EQ(shard_in(next), shard_in(first));
        }
    });
    EXPECT_EQ(shards[0].accepted + shards[1].accepted + shards[2].accepted, 1);
}

// It has moved, so that its INIT goes where the kernel likes; its association is in one of them.
TEST_P(SctpShards, LeadAPeerThatBeginsAnewToItsAssociation) {
    SctpShards::open();
    constexpr int kTimes = 6;
    for (int time = 0; time < kTimes; ++time) {
        Nat nat{Address::loopback(GetParam()), Address::loopback(GetParam()).with_port(port)};
        play([&]() -> Act {
            SctpEndpointOptions options = loopback();
            ConnectOptions same = by(nat.port());
            same.sctp.local_port = 5000;
            std::optional<SctpEndpoint> first = client();
            options.udp_port = udp_port(*first);
            const Connection here = must(co_await first->connect(target(), same), "first");
            nat.forget();
            asio::steady_timer timer{io, 20ms};
            co_await timer.async_wait(asio::use_awaitable);
            const std::string before = co_await ask(here, "before");
            nat.mute(true); // no ABORT gets through
            first.reset();
            timer.expires_after(50ms);
            co_await timer.async_wait(asio::use_awaitable);
            nat.mute(false);
            SctpEndpoint second = must(SctpEndpoint::open(io.get_executor(), options), "again");
            const Connection anew = must(co_await second.connect(target(), same), "second");
            const std::string after = co_await ask(anew, "after");
            EXPECT_EQ(shard_in(after), shard_in(before));
        });
    }
    EXPECT_EQ(shards[0].accepted + shards[1].accepted + shards[2].accepted, kTimes);
    EXPECT_EQ(shards[0].restarted + shards[1].restarted + shards[2].restarted, kTimes);
}

TEST_P(SctpShards, ConnectFromEach) {
    SctpShards::open();
    play([&]() -> Act {
        SctpEndpoint peer = client();
        const Listener listener = must(peer.listen(kPort), "listen");
        std::atomic<int> answered = 0;
        const ConnectOptions options = by(udp_port(peer));
        for (Shard& shard : shards) {
            asio::co_spawn(
                shard.io,
                [&]() -> asio::awaitable<void> {
                    const Connection out =
                        must(co_await shard.endpoint->connect(target(), options), "connect");
                    const std::string answer = co_await ask(out, "hello");
                    if (answer == "hello yourself") ++answered;
                },
                asio::detached);
        }
        std::vector<Connection> in;
        for (std::size_t i = 0; i < kShards; ++i) {
            auto connection = must(co_await listener.within(10s).accept(), "accept");
            in.push_back(std::move(connection));
            must(co_await in.back().within(10s).receive(), "receive");
            must(in.back().send(as_bytes("hello yourself")), "send");
        }
        const Instant patience = net::Clock::now() + 10s;
        while (answered < static_cast<int>(kShards) && net::Clock::now() < patience)
            co_await asio::post(asio::use_awaitable);
        EXPECT_EQ(answered, static_cast<int>(kShards));
    });
}

// The last of the sockets takes the place of one that is closed, so that tags lead astray.
TEST_P(SctpShards, GoOnWhenOneEnds) {
    SctpShards::open();
    play([&]() -> Act {
        std::vector<SctpEndpoint> clients;
        std::vector<Connection> connections;
        std::vector<std::string> of;
        const ConnectOptions options = by(port);
        for (std::size_t i = 0; i < kClients; ++i) {
            clients.push_back(client());
            auto here = must(co_await clients.back().connect(target(), options), "connect");
            connections.push_back(std::move(here));
            const std::string answer = co_await ask(connections.back(), "before");
            of.push_back(shard_in(answer));
        }
        shards[0].end();
        for (std::size_t i = 0; i < kClients; ++i) {
            if (of[i] == "0") {
                const auto nothing = co_await connections[i].within(10s).receive();
                EXPECT_EQ(error_of(nothing), Errc::closed);
                const Connection again =
                    must(co_await clients[i].connect(target(), options), "again");
                const std::string answer = co_await ask(again, "back");
                EXPECT_NE(shard_in(answer), "0");
            } else {
                const std::string answer = co_await ask(connections[i], "after");
                EXPECT_EQ(shard_in(answer), of[i]);
            }
        }
    });
}

TEST_P(SctpShards, HaveSeveralAddresses) {
    if (GetParam() == Family::ipv6) GTEST_SKIP() << "loopback has one address of IPv6";
    SctpEndpointOptions options = loopback();
    options.more_locals = {Address::ipv4({127, 0, 0, 2}), Address::ipv4({127, 0, 0, 3})};
    SctpShards::open(options);
    play([&]() -> Act {
        const ConnectOptions to_port = by(port);
        for (const char* at : {"127.0.0.1:2904", "127.0.0.2:2904", "127.0.0.3:2904"}) {
            SctpEndpoint endpoint = client();
            const Connection here = must(co_await endpoint.connect(at, to_port), "connect");
            const std::string first = co_await ask(here, "one");
            const std::string second = co_await ask(here, "two");
            EXPECT_EQ(shard_in(second), shard_in(first));
            EXPECT_EQ(must(here.paths()).size(), 3u);
        }
    });
}

TEST_P(SctpShards, TakeAssociationsOverDtls) {
    dtls::Options psk;
    const Bytes secret = as_bytes("a key of thirty-two bytes or so.");
    psk.psks.push_back({.identity = "us", .key = {secret.begin(), secret.end()}});
    psk.connection_id_bytes = 8;
    SctpEndpointOptions options = loopback();
    options.dtls.emplace();
    options.dtls->client = options.dtls->server = psk;
    SctpShards::open(options);
    Nat nat{Address::loopback(GetParam()), Address::loopback(GetParam()).with_port(port)};
    play([&]() -> Act {
        SctpEndpoint endpoint = must(SctpEndpoint::open(io.get_executor(), options), "client");
        const ConnectOptions to_nat = by(nat.port());
        const Connection here = must(co_await endpoint.connect(target(), to_nat), "connect");
        const std::string first = co_await ask(here, "here");
        for (int move = 0; move < 4; ++move) {
            nat.forget();
            const std::string next = co_await ask(here, "there");
            EXPECT_EQ(shard_in(next), shard_in(first));
        }
        // What opens an association itself would not hear the answer.
        const std::array<asio::any_io_executor, 2> two{io.get_executor(), io.get_executor()};
        auto endpoints = must(SctpEndpoint::open_shards(two, options), "shards of ours");
        const ConnectOptions to_port = by(port);
        const auto refused = co_await endpoints[0].connect(target(), to_port);
        EXPECT_EQ(error_of(refused), Errc::unsupported);
    });
}

TEST_P(SctpShards, DoNotJoinOthersAtAPort) {
    SctpShards::open();
    SctpEndpointOptions same = loopback();
    same.udp_port = port;
    const std::array<asio::any_io_executor, 2> two{io.get_executor(), io.get_executor()};
    EXPECT_EQ(error_of(SctpEndpoint::open_shards(two, same)), Errc::in_use);
    EXPECT_EQ(error_of(SctpEndpoint::open_shards({}, same)), Errc::invalid_argument);
    SctpEndpointOptions wrong = loopback();
    wrong.sctp.shard = wrong.sctp.shards = 2;
    EXPECT_EQ(error_of(SctpEndpoint::open(io.get_executor(), wrong)), Errc::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(Families, SctpShards, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& families) {
                             return families.param == Family::ipv4 ? "IPv4" : "IPv6";
                         });

} // namespace
} // namespace hawser::test
