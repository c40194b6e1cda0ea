// One port, several threads: a DtlsServer each.
#include "endpoint/play.hpp"

#include <hawser/endpoint/dtls_client.hpp>
#include <hawser/endpoint/dtls_server.hpp>

#include <boost/asio/detached.hpp>

#include <array>
#include <atomic>
#include <thread>

namespace hawser::test {
namespace {

constexpr std::size_t kShards = 3;
constexpr std::size_t kClients = 24;

dtls::Options with_key() {
    dtls::Options options;
    const Bytes secret = as_bytes("a key of thirty-two bytes or so.");
    options.psks.push_back({.identity = "us", .key = {secret.begin(), secret.end()}});
    options.connection_id_bytes = 8;
    return options;
}

/// A thread, and the server that it runs: it says what it hears, with its own number before it.
struct Shard {
    asio::io_context io{1};
    std::optional<DtlsServer> server;
    std::atomic<int> accepted = 0;
    std::jthread thread;

    asio::awaitable<void> serve(DtlsConnection connection, std::size_t number) {
        while (auto message = co_await connection.receive()) {
            const std::string answer =
                std::to_string(number) + " heard " + std::string{message->text()};
            static_cast<void>(co_await connection.async_write(as_bytes(answer)));
        }
    }
    asio::awaitable<void> accept(std::size_t number) {
        while (auto connection = co_await server->accept()) {
            ++accepted;
            co_spawn(io, serve(*connection, number), asio::detached);
        }
    }
    void run(std::size_t number) {
        co_spawn(io, accept(number), asio::detached);
        thread = std::jthread{[this] { io.run(); }};
    }
    ~Shard() {
        asio::post(io, [this] {
            server.reset();
            io.stop();
        });
    }
};

class DtlsShards : public Play {
protected:
    static DtlsEndpointOptions loopback() { return {.local = Address::loopback(Family::ipv4)}; }
    void open(const dtls::Options& options, const DtlsEndpointOptions& endpoint = loopback()) {
        std::array<asio::any_io_executor, kShards> executors;
        for (std::size_t i = 0; i < kShards; ++i)
            executors[i] = shards[i].io.get_executor();
        auto servers = must(DtlsServer::open_shards(executors, endpoint, options), "shards");
        port = servers.front().local_address();
        for (std::size_t i = 0; i < kShards; ++i) {
            EXPECT_EQ(servers[i].local_address(), port);
            shards[i].server = std::move(servers[i]);
            shards[i].run(i);
        }
    }

    asio::awaitable<std::string> ask(DtlsConnection connection, std::string text) {
        std::string answer;
        // A peer that has moved is answered there once it has shown that it is there.
        for (int attempt = 0; attempt < 500 && answer.empty(); ++attempt) {
            must(connection.write(as_bytes(text)));
            if (auto message = co_await connection.within(20ms).receive()) answer = message->text();
        }
        co_return answer;
    }

    Address port;
    std::array<Shard, kShards> shards;
};

TEST_F(DtlsShards, ShareThePeers) {
    const dtls::Options options = with_key();
    DtlsShards::open(options);
    play([&]() -> Act {
        std::vector<DtlsClient> clients;
        for (std::size_t i = 0; i < kClients; ++i) {
            clients.push_back(must(DtlsClient::open(io.get_executor(), loopback())));
            const auto connection =
                must(co_await clients.back().connect(to_string(port), options), "connect");
            const std::string answer = co_await ask(connection, "hello");
            EXPECT_TRUE(answer.ends_with(" heard hello")) << answer;
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
TEST_F(DtlsShards, KnowAPeerThatHasMovedByItsConnectionId) {
    const dtls::Options options = with_key();
    DtlsShards::open(options);
    play([&]() -> Act {
        for (std::size_t i = 0; i < kClients; ++i) {
            DtlsClient before = must(DtlsClient::open(io.get_executor(), loopback()));
            DtlsClient after = must(DtlsClient::open(io.get_executor(), loopback()));
            const auto out = must(co_await before.connect(to_string(port), options), "connect");
            const std::string first = co_await ask(out, "here");
            const auto state = must(out.export_state(), "export");
            const auto moved = must(after.import_state(state, port, options), "import");
            const std::string second = co_await ask(moved, "there");
            EXPECT_FALSE(first.empty());
            EXPECT_EQ(first.substr(0, first.find(' ')), second.substr(0, second.find(' ')));
        }
    });
}

TEST_F(DtlsShards, TakeEachOthersTickets) {
    const dtls::Options options = with_key();
    DtlsEndpointOptions endpoint = loopback();
    endpoint.endpoint.ticket_secret.assign(32, std::byte{7});
    DtlsShards::open(options, endpoint);
    play([&]() -> Act {
        for (std::size_t i = 0; i < kClients; ++i) {
            DtlsClient first = must(DtlsClient::open(io.get_executor(), loopback()));
            const auto fresh = must(co_await first.connect(to_string(port), options), "connect");
            co_await ask(fresh, "a ticket"); // which is there before the answer
            dtls::Options again = options;
            again.session = fresh.session();
            EXPECT_TRUE(again.session);
            DtlsClient second = must(DtlsClient::open(io.get_executor(), loopback()));
            const auto resumed = must(co_await second.connect(to_string(port), again), "resume");
            EXPECT_TRUE(resumed.info().resumed);
        }
    });
}

TEST_F(DtlsShards, DoNotJoinOthersAtAPort) {
    const dtls::Options options = with_key();
    DtlsShards::open(options);
    DtlsEndpointOptions same = loopback();
    same.udp_port = port.port();
    const std::array<asio::any_io_executor, 2> two{io.get_executor(), io.get_executor()};
    const auto refused = DtlsServer::open_shards(two, same, options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::in_use);
    const auto none = DtlsServer::open_shards({}, same, options);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Errc::invalid_argument);
}

} // namespace
} // namespace hawser::test
