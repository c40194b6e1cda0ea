#include "engine/endpoint_run.hpp"

#include "support/machine.hpp"

#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <ctime>
#include <thread>
#include <utility>
#include <vector>

namespace hawser::bench {
namespace {

namespace asio = boost::asio;

constexpr std::uint16_t kPort = 5001;
constexpr std::chrono::milliseconds kTick{1}; // of a sender that is paced

double thread_cpu_seconds() {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

SctpEndpointOptions options(Tap* tap) {
    SctpEndpointOptions made;
    made.local = Address::loopback(Family::ipv4);
    made.udp_port = 0;
    made.tap = tap;
    return made;
}

/// Takes whatever comes, on a thread of its own.
class Receiver {
public:
    static Outcome<std::unique_ptr<Receiver>> start() {
        auto receiver = std::unique_ptr<Receiver>{new Receiver};
        auto endpoint = SctpEndpoint::open(receiver->io_.get_executor(), options(nullptr));
        if (!endpoint) return std::unexpected{to_string(endpoint.error())};
        auto listener = endpoint->listen(kPort);
        if (!listener) return std::unexpected{to_string(listener.error())};
        receiver->udp_port_ = endpoint->local_address().port();
        receiver->endpoint_.emplace(*std::move(endpoint));
        asio::co_spawn(receiver->io_, receiver->take_all(*std::move(listener)), asio::detached);
        receiver->thread_ = std::thread{[raw = receiver.get()] {
            pin_thread(receiver_cpu());
            raw->io_.run();
        }};
        return receiver;
    }
    ~Receiver() {
        if (!thread_.joinable()) return;
        asio::post(io_, [this] { endpoint_.reset(); });
        thread_.join();
    }
    std::uint16_t udp_port() const { return udp_port_; }
    std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

private:
    asio::awaitable<void> take_all(Listener listener) {
        auto connection = co_await listener.accept();
        while (connection) {
            auto message = co_await connection->receive();
            if (!message) co_return;
            std::uint64_t bytes = message->bytes().size();
            while (const auto more = connection->take())
                bytes += more->bytes().size();
            bytes_.fetch_add(bytes, std::memory_order_relaxed);
        }
    }

    asio::io_context io_{1};
    std::optional<SctpEndpoint> endpoint_;
    std::uint16_t udp_port_ = 0;
    std::atomic<std::uint64_t> bytes_{0};
    std::thread thread_;
};

class Sender {
public:
    Sender(const EndpointLoad& load, const Receiver& receiver)
        : load_{load}, receiver_{receiver}, message_(load.message_bytes, std::byte{'m'}) {}

    Outcome<EndpointFigures> run() {
        auto endpoint = SctpEndpoint::open(io_.get_executor(), options(load_.sender_tap));
        if (!endpoint) return std::unexpected{to_string(endpoint.error())};
        endpoint_.emplace(*std::move(endpoint));
        asio::co_spawn(io_, send(), asio::detached);
        io_.run();
        if (problem_) return std::unexpected{*problem_};
        return figures_;
    }

private:
    asio::awaitable<void> send() {
        ConnectOptions to;
        to.peer_udp_port = receiver_.udp_port();
        auto connection = co_await endpoint_->connect("127.0.0.1:" + std::to_string(kPort), to);
        if (connection) {
            co_await flood(*connection);
            static_cast<void>(connection->abort());
        } else {
            problem_ = to_string(connection.error());
        }
        endpoint_.reset();
    }

    asio::awaitable<void> flood(Connection connection) {
        const std::uint64_t before = receiver_.bytes();
        const double cpu_before = thread_cpu_seconds();
        const Clock::time_point start = Clock::now();
        asio::steady_timer tick{io_};
        std::uint64_t sent_bytes = 0;
        // The clock is looked at once a burst: it costs as much as a small message.
        constexpr int kBurst = 16;
        while (Clock::now() - start < load_.duration) {
            if (load_.pace &&
                static_cast<double>(sent_bytes) > *load_.pace * seconds_since(start)) {
                tick.expires_after(kTick);
                co_await tick.async_wait(asio::use_awaitable);
                continue;
            }
            for (int i = 0; i < kBurst; ++i) {
                auto sent = connection.send(message_);
                if (!sent && sent.error().code == Errc::exhausted)
                    sent = co_await connection.async_send(message_);
                if (!sent) {
                    problem_ = to_string(sent.error());
                    co_return;
                }
                sent_bytes += message_.size();
            }
        }
        const auto bytes = static_cast<double>(receiver_.bytes() - before);
        figures_ = {.bytes_per_second = bytes / seconds_since(start),
                    .cpu_per_byte = (thread_cpu_seconds() - cpu_before) / bytes};
    }

    const EndpointLoad& load_;
    const Receiver& receiver_;
    std::vector<std::byte> message_;
    asio::io_context io_{1};
    std::optional<SctpEndpoint> endpoint_;
    std::optional<std::string> problem_;
    EndpointFigures figures_;
};

} // namespace

Outcome<EndpointFigures> run_endpoints(const EndpointLoad& load) {
    const auto receiver = Receiver::start();
    if (!receiver) return std::unexpected{receiver.error()};
    return on_cpu(sender_cpu(), [&] { return Sender{load, **receiver}.run(); });
}

} // namespace hawser::bench
