// An engine, its driver and an executor, joined: the loop that every kind of endpoint has.
#pragma once

#include <hawser/driver/driver.hpp>
#include <hawser/endpoint/message.hpp>
#include <hawser/net/clock.hpp>
#include <hawser/net/socket.hpp>
#include <hawser/net/system_random.hpp>

#include "endpoint/closer.hpp"
#include "endpoint/pools.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

namespace hawser::detail {

inline constexpr std::string_view kEndpointEnded = "the endpoint has ended";

/// The part of an endpoint's core that knows no protocol. `Core` derives from it, has
/// `void dispatch(E::Event&&)`, called for each event, and `void settled()`, called when there are
/// no more for now, and `void before_flush()`, called before the engine's packets leave.
template <class Core, class E>
class Looped : public std::enable_shared_from_this<Core>, public Closable {
public:
    const boost::asio::any_io_executor& executor() const { return executor_; }
    const std::shared_ptr<Pools>& pools() const { return pools_; }
    Payload payload(Buffer&& buffer) const { return {std::move(buffer), pools_}; }
    static Instant now() { return net::Clock::now(); }
    /// When the engine was last driven: for what does not depend on the time.
    Instant now_about() const { return driven_at_; }

    /// From any thread: handles ask before they post to an executor that may be gone.
    bool closed() const { return closed_.load(std::memory_order_acquire); }

    // --- only while open ---
    Result<> check(const Ancillary& ancillary, const Path& path) const {
        return running_->driver.check(ancillary, path);
    }
    Address local_address() const { return running_->driver.sockets().front().local_address(); }
    std::vector<Address> local_addresses() const {
        std::vector<Address> addresses;
        for (const net::Socket& socket : running_->driver.sockets())
            addresses.push_back(socket.local_address());
        return addresses;
    }
    /// The engine has been asked for something: what it has to say leaves after the handlers that
    /// are ready now, so that they share the trip.
    void flush_soon();
    /// The same when a sender is about to go on: its next messages may share packets with this one.
    void flush_after_more() {
        more_follows_ = true;
        flush_soon();
    }

protected:
    explicit Looped(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
    ~Looped() = default;

    using Descriptor = boost::asio::posix::stream_descriptor;
    struct Watch {
        Watch(const boost::asio::any_io_executor& executor, int fd) : descriptor(executor, fd) {}
        Descriptor descriptor;
        bool reading = false, writing = false;
    };
    /// What needs the sockets: gone once the endpoint has ended.
    struct Running {
        /// `make` answers the engine; it is given the random bytes to use.
        template <class Make>
        Running(const Looped& owner, std::vector<net::Socket> sockets, Make make)
            : engine(make(random)), driver(engine, std::move(sockets)), timer(owner.executor_) {}
        ~Running() {
            for (const auto& watch : watches)
                watch->descriptor.release(); // the driver's sockets close them
        }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;

        net::SystemRandom random;
        E engine;
        Driver<E> driver;
        boost::asio::steady_timer timer;
        Instant armed = kNever; ///< when the timer fires; kNever: it does not run
        std::vector<std::unique_ptr<Watch>> watches;
    };

    template <class Make>
    void run(std::vector<net::Socket> sockets, Make make) {
        running_ = std::make_unique<Running>(*this, std::move(sockets), std::move(make));
    }
    /// From here on the sockets are heard.
    void begin() {
        watch();
        Closer::add(executor_, this->shared_from_this());
    }
    /// Passes on what the engine has to say; false when that is nothing.
    bool dispatch_next();
    /// Nobody may ask the engine any more; `end` follows.
    void mark_closed() { closed_.store(true, std::memory_order_release); }
    void end() { running_.reset(); }

    /// Runs a step after the handlers that are ready now.
    void post(void (Core::*step)()) {
        boost::asio::post(executor_, [weak = this->weak_from_this(), step] {
            const auto self = weak.lock();
            if (self && !self->closed()) (self.get()->*step)();
        });
    }

private:
    /// How often a flush lets a sender go first: enough to fill a packet with small messages, or a
    /// train with larger ones.
    static constexpr int kPutOffMax = 32;

    Core& core() { return static_cast<Core&>(*this); }
    void pump();
    void flush();
    void settle();
    void watch();
    void arm_timer();
    void pump_soon();
    void wait(Watch& watch, Descriptor::wait_type what, bool Watch::* waiting, std::size_t index);

    boost::asio::any_io_executor executor_;
    std::shared_ptr<Pools> pools_ = std::make_shared<Pools>();
    std::atomic<bool> closed_ = false;
    Instant driven_at_{};
    bool flush_posted_ = false;
    bool flush_wanted_ = false;
    bool more_follows_ = false;
    int put_off_ = 0;
    bool settling_ = false;
    bool pump_posted_ = false;

protected:
    std::unique_ptr<Running> running_; ///< goes before the pools
};

template <class Core, class E>
void Looped<Core, E>::flush_soon() {
    flush_wanted_ = true;
    if (settling_ || std::exchange(flush_posted_, true)) return;
    post(&Core::flush);
}

template <class Core, class E>
void Looped<Core, E>::pump_soon() {
    if (std::exchange(pump_posted_, true)) return;
    post(&Core::pump);
}

template <class Core, class E>
void Looped<Core, E>::pump() {
    pump_posted_ = false;
    running_->driver.pump();
    settle();
}

template <class Core, class E>
void Looped<Core, E>::flush() {
    if (std::exchange(more_follows_, false) && ++put_off_ < kPutOffMax) {
        post(&Core::flush);
        return;
    }
    put_off_ = 0;
    flush_posted_ = false;
    flush_wanted_ = false;
    core().before_flush();
    running_->driver.flush();
    settle();
}

/// After the engine has been told or asked something: hands out its events, and waits for more.
template <class Core, class E>
void Looped<Core, E>::settle() {
    settling_ = true;
    driven_at_ = now();
    pools_->collect();
    while (dispatch_next()) {
    }
    core().settled();
    settling_ = false;
    // Posted after the completions, so that answers share a trip with what was on its way.
    if (flush_wanted_) flush_soon();
    watch();
    arm_timer();
}

template <class Core, class E>
bool Looped<Core, E>::dispatch_next() {
    if constexpr (requires { running_->engine.poll_message(); }) {
        if (auto message = running_->engine.poll_message()) {
            core().dispatch(std::move(*message));
            return true;
        }
    }
    auto event = running_->engine.poll_event();
    if (event) core().dispatch(std::move(*event));
    return event.has_value();
}

template <class Core, class E>
void Looped<Core, E>::wait(Watch& watch, Descriptor::wait_type what, bool Watch::* waiting,
                           std::size_t index) {
    if (std::exchange(watch.*waiting, true)) return;
    watch.descriptor.async_wait(what, [weak = this->weak_from_this(), waiting,
                                       index](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (error || !self || self->closed()) return;
        Looped& looped = *self;
        *looped.running_->watches[index].*waiting = false;
        looped.pump();
    });
}

template <class Core, class E>
void Looped<Core, E>::watch() {
    const auto interests = running_->driver.fds();
    for (std::size_t i = 0; i < interests.size(); ++i) {
        if (i == running_->watches.size()) {
            running_->watches.push_back(std::make_unique<Watch>(executor_, interests[i].fd));
        }
        Watch& watch = *running_->watches[i];
        wait(watch, Descriptor::wait_read, &Watch::reading, i);
        if (interests[i].writable) wait(watch, Descriptor::wait_write, &Watch::writing, i);
    }
}

/// A timer that runs is left alone when the deadline has moved away: waking up early is harmless,
/// and cheaper than moving it with every packet.
template <class Core, class E>
void Looped<Core, E>::arm_timer() {
    const Instant deadline = running_->driver.deadline();
    if (deadline == kNever) return;
    const Instant at = now();
    if (deadline <= at) {
        pump_soon();
        return;
    }
    if (running_->armed <= deadline) return;
    running_->armed = deadline;
    running_->timer.expires_after(deadline - at);
    running_->timer.async_wait(
        [weak = this->weak_from_this()](const boost::system::error_code& error) {
            const auto self = weak.lock();
            if (error || !self || self->closed()) return;
            Looped& looped = *self;
            looped.running_->armed = kNever;
            looped.pump();
        });
}

} // namespace hawser::detail
