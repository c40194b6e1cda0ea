#include "engine/udp_run.hpp"

#include "support/machine.hpp"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace hawser::bench {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kNap{50}; // how late an end may learn that the run is over

/// The receiving end on a thread of its own.
class Receiver {
public:
    explicit Receiver(std::unique_ptr<UdpEnd> end)
        : end_{std::move(end)}, thread_{[this] { run(); }} {}
    ~Receiver() {
        done_ = true;
        thread_.join();
    }
    std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

private:
    void run() {
        pin_thread(receiver_cpu());
        while (!done_) {
            end_->turn(end_->now() + kNap);
            bytes_.store(end_->bytes_received(), std::memory_order_relaxed);
        }
    }

    std::unique_ptr<UdpEnd> end_;
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<bool> done_{false};
    std::thread thread_;
};

Outcome<> come_up(UdpEnd& end) {
    const Instant patience = end.now() + kPatience;
    while (!end.up()) {
        if (end.now() > patience) return std::unexpected{std::string{"no association came up"}};
        end.turn(end.now() + kNap);
    }
    return {};
}

Outcome<> send_for(std::chrono::milliseconds duration, UdpEnd& end, Bytes message) {
    const Clock::time_point start = Clock::now();
    while (Clock::now() - start < duration) {
        for (;;) {
            const auto sent = end.send(message);
            if (!sent) return std::unexpected{sent.error()};
            if (!*sent) break;
        }
        end.turn(end.now() + kNap);
    }
    return {};
}

Outcome<double> measure(UdpEnd& end, const Receiver& receiver, std::size_t message_bytes,
                        RunTime time) {
    const std::vector<std::byte> message(message_bytes, std::byte{'m'});
    if (const auto up = come_up(end); !up) return std::unexpected{up.error()};
    if (const auto warm = send_for(time.warm_up, end, message); !warm)
        return std::unexpected{warm.error()};
    const std::uint64_t before = receiver.bytes();
    const Clock::time_point start = Clock::now();
    if (const auto done = send_for(time.duration, end, message); !done)
        return std::unexpected{done.error()};
    return static_cast<double>(receiver.bytes() - before) / seconds_since(start);
}

} // namespace

Outcome<double> udp_bytes_per_second(std::unique_ptr<UdpEnd> listener,
                                     std::unique_ptr<UdpEnd> connector, std::size_t message_bytes,
                                     RunTime time) {
    if (const auto listening = listener->listen(); !listening) {
        return std::unexpected{listening.error()};
    }
    if (const auto begun = connector->connect(*listener); !begun) {
        return std::unexpected{begun.error()};
    }
    const Receiver receiver{std::move(listener)};
    return on_cpu(sender_cpu(), [&] { return measure(*connector, receiver, message_bytes, time); });
}

} // namespace hawser::bench
