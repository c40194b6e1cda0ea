// A process is replaced, and its peer does not notice: over loopback, with processes.
#include "endpoint/play.hpp"

#include <fmt/core.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hawser::test {
namespace {

constexpr StateKey kKey{std::byte{3}};
constexpr int kMessages = 400;

dtls::Options with_key() {
    dtls::Options options;
    const Bytes bytes = as_bytes("a key of thirty-two bytes or so.");
    options.psks.push_back({.identity = "us", .key = {bytes.begin(), bytes.end()}});
    return options;
}

SctpEndpointOptions bound(std::uint16_t udp_port, bool sealed) {
    SctpEndpointOptions options = on_loopback();
    options.udp_port = udp_port;
    if (sealed)
        options.dtls = stack::Sealing{.client = with_key(), .server = with_key(), .endpoint = {}};
    return options;
}

/// A pipe from one process to another.
struct Pipe {
    Pipe() { EXPECT_EQ(pipe(ends.data()), 0); }
    ~Pipe() {
        close_reading();
        close_writing();
    }
    void close_reading() { close(std::exchange(ends[0], -1)); }
    void close_writing() { close(std::exchange(ends[1], -1)); }
    void write(Bytes bytes) const {
        while (!bytes.empty()) {
            const auto written = ::write(ends[1], bytes.data(), bytes.size());
            if (written <= 0) return;
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
    }
    std::vector<std::byte> read_all() const {
        std::vector<std::byte> all;
        std::array<std::byte, 4096> some;
        for (ssize_t got; (got = ::read(ends[0], some.data(), some.size())) > 0;)
            all.insert(all.end(), some.begin(), some.begin() + got);
        return all;
    }
    std::array<int, 2> ends{};
};

class HandOver : public Play {
protected:
    /// Answers each message with itself; true after `count`, false when the peer has said all.
    static asio::awaitable<bool> echo(Connection connection, int count) {
        for (int i = 0; i < count; ++i) {
            const auto message = co_await connection.receive();
            if (!message) co_return false;
            const sctp::SendOptions options{.stream = message->stream};
            must(co_await connection.async_send(message->bytes(), options), "echo");
        }
        co_return true;
    }

    /// In a process of its own, which says nothing at its end.
    template <class Body>
    static pid_t in_process(Body body) {
        const pid_t child = fork();
        if (child != 0) return child;
        int status = 0;
        try {
            asio::io_context loop{1};
            asio::co_spawn(loop, body(loop.get_executor()), [&](const std::exception_ptr& error) {
                if (error) std::rethrow_exception(error);
                loop.stop();
            });
            loop.run();
        } catch (const std::exception& error) {
            fmt::print(stderr, "in the process of a server: {}\n", error.what());
            status = 1;
        }
        _exit(status);
    }

    /// Takes some, exports, and is killed.
    static Act first_life(asio::any_io_executor executor, bool sealed, Pipe& port, Pipe& state) {
        SctpEndpoint server = must(SctpEndpoint::open(executor, bound(0, sealed)), "open");
        Listener listener = must(server.listen(kPort), "listen");
        const std::uint16_t number = udp_port(server);
        port.write(std::as_bytes(std::span{&number, 1}));
        Connection connection = must(co_await listener.accept(), "accept");
        must(Result<>{}, co_await echo(connection, kMessages / 3) ? "" : "echo");
        state.write(must(connection.export_state(kKey), "export"));
        state.close_writing();
        kill(getpid(), SIGKILL);
    }

    /// Takes the rest.
    static Act second_life(asio::any_io_executor executor, bool sealed, std::uint16_t port,
                           Pipe& state) {
        const std::vector<std::byte> bytes = state.read_all();
        Result<SctpEndpoint> server = fail(Errc::in_use, "never tried");
        for (int i = 0; i < 1'000 && !server; ++i) { // until the port is free
            if (i > 0) usleep(2'000);
            server = SctpEndpoint::open(executor, bound(port, sealed));
        }
        SctpEndpoint endpoint = must(std::move(server), "bind");
        Connection connection = must(endpoint.import_state(bytes, kKey), "import");
        EXPECT_EQ(error_of(endpoint.import_state(bytes, kKey)), Errc::in_use);
        static_cast<void>(co_await echo(connection, kMessages));
    }

    Act talk(std::uint16_t port, bool sealed) {
        SctpEndpoint endpoint = open(bound(0, sealed));
        const Connection connection = must(
            co_await endpoint.connect("127.0.0.1:2904", {.peer_udp_port = port, .within = 10s}),
            "connect");
        asio::co_spawn(io, send_all(connection), asio::detached);
        for (int i = 0; i < kMessages; ++i) {
            const Message message = must(co_await connection.within(20s).receive(), "receive");
            const std::string expected = fmt::format("{}", i);
            EXPECT_EQ(message.text(), expected);
            if (message.text() != expected) co_return;
        }
        must(co_await connection.within(10s).shutdown(), "shutdown");
    }
    Act send_all(Connection connection) {
        asio::steady_timer pause{io};
        for (int i = 0; i < kMessages; ++i) {
            const std::string text = fmt::format("{}", i);
            must(co_await connection.async_send(as_bytes(text)), "send");
            if (i % 4 != 0) continue;
            pause.expires_after(1ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
    }

    void replace_the_server(bool sealed) {
        Pipe port;
        Pipe state;
        const pid_t first = in_process([&](asio::any_io_executor executor) {
            return first_life(executor, sealed, port, state);
        });
        std::uint16_t number = 0;
        ASSERT_EQ(read(port.ends[0], &number, sizeof number), ssize_t{sizeof number});
        const pid_t second = in_process([&](asio::any_io_executor executor) {
            state.close_writing();
            return second_life(executor, sealed, number, state);
        });
        state.close_writing();
        play([&]() -> Act { return talk(number, sealed); });
        int status = 0;
        ASSERT_EQ(waitpid(first, &status, 0), first);
        EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        if (HasFailure()) kill(second, SIGKILL);
        ASSERT_EQ(waitpid(second, &status, 0), second);
        EXPECT_EQ(status, 0);
    }
};

TEST_F(HandOver, LosesAndRepeatsNothingWhenTheOldProcessIsKilled) {
    replace_the_server(false);
}

TEST_F(HandOver, TakesTheDtlsConnectionAlong) {
    replace_the_server(true);
}

TEST_F(HandOver, EndsWhatWaitsAndLeavesNoHandle) {
    play([this]() -> Act {
        Pair pair = co_await connect();
        std::optional<Errc> waited;
        pair.there.incoming(sctp::StreamId{1}).read([&](const Result<Message>& result) {
            waited = error_of(result);
        });
        must(pair.here.send(as_bytes("not taken")));
        must(co_await pair.here.heartbeat(), "until it is there");
        const auto state = must(pair.there.export_state(kKey), "export");
        EXPECT_EQ(error_of(pair.there.export_state(kKey)), Errc::closed);
        EXPECT_EQ(error_of(pair.there.send(as_bytes("late"))), Errc::closed);
        EXPECT_EQ(error_of(co_await pair.there.receive()), Errc::closed);
        EXPECT_EQ(waited, Errc::closed);
        EXPECT_FALSE(pair.there.close_reason()) << "it has not ended";
        EXPECT_EQ(pair.server.association_count(), 0u);

        StateKey wrong = kKey;
        wrong[1] = std::byte{1};
        EXPECT_EQ(error_of(pair.server.import_state(state, wrong)), Errc::malformed);
        // By another endpoint of this process, and then by none.
        OneToMany many = must(pair.server.one_to_many(), "one to many");
        const auto id = must(many.import_state(state, kKey), "import");
        EXPECT_EQ(error_of(pair.client.import_state(state, kKey)), Errc::in_use);
        EXPECT_EQ(must(co_await many.within(5s).receive()).text(), "not taken");
        must(many.send(id, as_bytes("goes on")));
        EXPECT_EQ(must(co_await pair.here.within(5s).receive()).text(), "goes on");
        const auto again = must(many.export_state(id, kKey), "export again");
        Connection last = must(pair.server.import_state(again, kKey), "import again");
        must(last.send(as_bytes("and on")));
        EXPECT_EQ(must(co_await pair.here.within(5s).receive()).text(), "and on");
        must(co_await last.within(5s).shutdown(), "shutdown");
    });
}

} // namespace
} // namespace hawser::test
