// The engine, its driver and the executor, joined: what all handles of an endpoint share.
#pragma once

#include <hawser/driver/driver.hpp>
#include <hawser/endpoint/sctp_endpoint.hpp>
#include <hawser/net/system_random.hpp>
#include <hawser/sctp/endpoint.hpp>
#include <hawser/stack/sctp_stack.hpp>

#include "endpoint/pools.hpp"
#include "endpoint/wait_queue.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace hawser::detail {

class Association;
struct Listening;
struct Many;

inline constexpr std::string_view kEndpointEnded = "the endpoint has ended";

class Core : public std::enable_shared_from_this<Core> {
public:
    static Result<std::shared_ptr<Core>> open(boost::asio::any_io_executor executor,
                                              const SctpEndpointOptions& options);
    Core(boost::asio::any_io_executor executor, const SctpEndpointOptions& options);
    ~Core();

    const boost::asio::any_io_executor& executor() const { return executor_; }
    const SctpEndpointOptions& options() const { return options_; }
    const std::shared_ptr<Pools>& pools() const { return pools_; }

    /// From any thread: handles ask before they post to an executor that may be gone.
    bool closed() const { return closed_.load(std::memory_order_acquire); }
    /// No new associations: the endpoint has ended, or is about to.
    bool ending() const { return ending_ || closed(); }
    void close();

    // --- only while open ---
    sctp::Endpoint& engine() { return running_->stack.sctp(); }
    const sctp::Endpoint& engine() const { return running_->stack.sctp(); }
    /// The same, and what seals it.
    stack::SctpStack& stack() { return running_->stack; }
    Result<> check(const Ancillary& ancillary, const Path& path) const;
    Instant now() const { return Driver<sctp::Endpoint>::now(); }
    Address local_address() const;
    void set_tap(Tap* tap, TapViews views);
    /// The engine has been asked for something: what it has to say leaves after the handlers that
    /// are ready now, so that they share the trip.
    void flush_soon();
    /// The same when a sender is about to go on: its next messages may share packets with this one.
    void flush_after_more();

    /// A message that was taken by the application: its peer may send more.
    Message take(sctp::Message&& message);
    Payload payload(Buffer&& buffer) { return {std::move(buffer), pools_}; }

    Result<std::shared_ptr<Listening>> listen(std::uint16_t port, const ListenOptions& options);
    void stop(Listening& listening);
    void accept(Listening& listening, WaitPointer<Connection> wait);
    Result<std::shared_ptr<Many>> one_to_many(std::uint16_t port);
    void stop(const std::shared_ptr<Many>& many);
    Result<std::shared_ptr<Association>> connect(const Path& path, std::uint16_t remote_port,
                                                 const sctp::ConnectOptions& options);
    std::shared_ptr<Association> find(sctp::AssociationId id) const;
    /// Ends all associations gracefully, then the endpoint.
    void shutdown(WaitPointer<void> wait);
    std::uint64_t next_context() { return ++last_context_; }

private:
    using Descriptor = boost::asio::posix::stream_descriptor;
    struct Watch {
        Watch(const boost::asio::any_io_executor& executor, int fd) : descriptor(executor, fd) {}
        Descriptor descriptor;
        bool reading = false, writing = false;
    };
    /// What needs the sockets: gone once the endpoint has ended.
    struct Running {
        Running(const Core& core, std::vector<net::UdpSocket> sockets);
        ~Running();

        net::SystemRandom random;
        stack::SctpStack stack;
        Driver<stack::SctpStack> driver;
        boost::asio::steady_timer timer;
        Instant armed = kNever; ///< when the timer fires; kNever: it does not run
        std::vector<std::unique_ptr<Watch>> watches;
    };

    /// How often a flush lets a sender go first: enough to fill a packet with small messages, or a
    /// train with larger ones.
    static constexpr int kPutOffMax = 32;

    void pump();
    void flush();
    void settle();
    void dispatch(stack::SctpStack::Event&& event);
    void on_connected(sctp::Connected&& event);
    void on_closed(sctp::Closed&& event);
    void on_unsealed(const stack::PathUnsealed& event);
    void watch();
    void arm_timer();
    void pump_soon();
    void post(void (Core::*step)());
    void finish_shutdown();

    boost::asio::any_io_executor executor_;
    SctpEndpointOptions options_;
    std::shared_ptr<Pools> pools_ = std::make_shared<Pools>();
    std::unique_ptr<Running> running_;
    std::atomic<bool> closed_ = false;
    bool flush_posted_ = false;
    bool flush_wanted_ = false;
    bool more_follows_ = false;
    int put_off_ = 0;
    bool settling_ = false;
    bool pump_posted_ = false;
    bool ending_ = false;
    std::uint64_t last_context_ = 0;
    std::unordered_map<sctp::AssociationId, std::shared_ptr<Association>> associations_;
    std::unordered_map<std::uint16_t, std::shared_ptr<Listening>> listeners_;
    std::vector<std::shared_ptr<Many>> many_;
    WaitQueue<void> endings_;
};

} // namespace hawser::detail
