// An SCTP engine on a UDP socket: one end of an association, driven by its thread.
#pragma once

#include "limit/limit.hpp"
#include "row.hpp"

#include <hawser/driver/driver.hpp>
#include <hawser/net/system_random.hpp>
#include <hawser/stack/sctp_stack.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace hawser::bench {

class UdpEnd {
public:
    static constexpr std::uint16_t kPort = 5001;

    /// `sealed`: over DTLS, with a certificate of its own. `local` without a port.
    static Outcome<std::unique_ptr<UdpEnd>>
    open(Offload offload, bool sealed = false,
         const Address& local = Address::loopback(Family::ipv4));

    Outcome<> listen();
    Outcome<> connect(UdpEnd& listener);
    /// Sends what the engine has to say, sleeps until there is something to do or `until`, and
    /// takes what came.
    void turn(Instant until);
    /// Sends one message; false when the queue is full.
    Outcome<bool> send(Bytes message);

    bool up() const { return association_.has_value(); }
    bool over() const { return over_; }
    std::uint64_t bytes_received() const { return bytes_received_; }
    std::uint64_t messages_received() const { return messages_received_; }
    Instant now() const { return driver_.now(); }
    Outcome<> shut_down();
    std::uint64_t packets_sent() const;

private:
    UdpEnd(const sctp::Options& options, std::optional<stack::Sealing> sealing,
           std::vector<net::Socket> sockets);
    void take(const stack::SctpStack::Event& event);

    net::SystemRandom random_;
    PacketPool packets_;
    BufferPool buffers_;
    stack::SctpStack stack_;
    Driver<stack::SctpStack> driver_;
    std::optional<sctp::AssociationId> association_;
    std::uint64_t bytes_received_ = 0;
    std::uint64_t messages_received_ = 0;
    bool over_ = false;
};

} // namespace hawser::bench
