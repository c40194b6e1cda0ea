// What a UdpSocket is made of.
#pragma once

#include "net/control.hpp"
#include "net/file_descriptor.hpp"
#include "net/receive_storage.hpp"
#include "net/send_plan.hpp"

#include <hawser/net/udp_socket.hpp>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace hawser::net {

struct UdpSocket::State {
    FileDescriptor fd;
    Family family = Family::ipv6; ///< the socket's own; one of IPv6 may carry IPv4 too
    Address local;
    std::optional<Address> peer; ///< the only one that is heard
    Capabilities capabilities;
    Ancillary defaults_ipv4, defaults_ipv6;
    UdpCounters counters;
    bool errors_pending = false;

    // --- udp_open.cpp ---
    Result<> create(const UdpOptions& options);
    Result<> bind_to(const UdpOptions& options);
    Result<> set_defaults(const Ancillary& defaults);
    Result<Address> name_of_ours() const;
    Result<> connect_to(const Address& wanted);
    void set_buffers(const UdpOptions& options);
    void switch_on(const ReceiveItems& items);
    void learn(const UdpOptions& options);
    bool set(int level, int option, int value) const;
    std::optional<int> get(int level, int option) const;

    // --- udp_send.cpp ---
    SendOutcome send(std::span<const Transmit> batch, Cursor at);
    /// Messages sent, or the system's error number below zero.
    int call(std::span<mmsghdr> headers);
    Cursor overcome(std::span<const Transmit> batch, const SendPlan::Message& message, int error);
    void count_piecewise(std::size_t datagrams, bool refusal);
    Cursor refuse(std::span<const Transmit> batch, Cursor from, Cursor to, int error);
    void allow_fragments(bool allowed);
    SocketFacts facts() const { return {.capabilities = capabilities, .local = local}; }

    std::unique_ptr<SendPlan> plan = std::make_unique<SendPlan>();
    std::vector<Refusal> refused;
    bool fragments_allowed = false;
    std::size_t piecewise = 0; ///< datagrams of a refused train that are still to go one by one
    bool piecewise_refusal = false;

    // --- udp_receive.cpp ---
    std::size_t receive(ReceiveStorage& storage);
    void decode(ReceiveStorage& storage, std::size_t index);

    std::uint32_t drops_seen = 0;

    // --- error_queue.cpp ---
    bool read_error(std::vector<PathEvent>& events);
    Path path_of(const Address& remote, const ControlFacts& facts_of) const;

    /// Where the last datagram was to go that was too big to leave.
    Path too_big;
};

} // namespace hawser::net
