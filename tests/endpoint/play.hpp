// A stage for tests of the endpoint: an executor, endpoints on loopback, and coroutines that act.
#pragma once

#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hawser::test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using Act = asio::awaitable<void>;

/// What `result` holds; ends the act, and fails the test, when it holds an error.
template <class T>
T must(Result<T> result, std::string_view what = {}) {
    if (!result) {
        throw std::runtime_error{std::string{what} + ": " + to_string(result.error())};
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The error that a call was to answer; nothing when it succeeded.
template <class T>
std::optional<Errc> error_of(const Result<T>& result) {
    return result ? std::nullopt : std::optional{result.error().code};
}

inline SctpEndpointOptions on_loopback() {
    return {.local = Address::loopback(Family::ipv4), .udp_port = 0};
}

/// Two associated ends over real sockets.
struct Pair {
    SctpEndpoint client;
    SctpEndpoint server;
    Listener listener;
    Connection here;  ///< the client's
    Connection there; ///< the server's
};

class Play : public testing::Test {
protected:
    static constexpr std::uint16_t kPort = 2904;
    /// Nothing takes nearly so long; reached only when something is stuck.
    static constexpr std::chrono::seconds kPatience{30};

    SctpEndpoint open(const SctpEndpointOptions& options = on_loopback()) {
        return must(SctpEndpoint::open(io.get_executor(), options), "open");
    }

    static std::uint16_t udp_port(const SctpEndpoint& endpoint) {
        return endpoint.local_address().port();
    }

    static ConnectOptions to(const SctpEndpoint& server) {
        return {.peer_udp_port = udp_port(server), .within = 10s};
    }

    asio::awaitable<Pair> connect(SctpEndpointOptions client_options = on_loopback(),
                                  SctpEndpointOptions server_options = on_loopback(),
                                  std::string host = "127.0.0.1") {
        SctpEndpoint server = open(server_options);
        SctpEndpoint client = open(client_options);
        Listener listener = must(server.listen(kPort), "listen");
        Connection here = must(co_await client.connect(host + ":2904", to(server)), "connect");
        Connection there = must(co_await listener.within(10s).accept(), "accept");
        co_return Pair{std::move(client), std::move(server), std::move(listener), std::move(here),
                       std::move(there)};
    }

    /// Runs `act` to its end.
    template <class Body>
    void play(Body act) {
        bool over = false;
        asio::co_spawn(io, act(), [&](std::exception_ptr error) {
            over = true;
            if (error) fail_with(error);
            io.stop();
        });
        io.restart();
        io.run_for(kPatience);
        ASSERT_TRUE(over) << "the act did not come to its end";
    }

    asio::io_context io{1};

private:
    static void fail_with(const std::exception_ptr& error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& exception) {
            ADD_FAILURE() << exception.what();
        }
    }
};

} // namespace hawser::test
