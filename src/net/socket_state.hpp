// What a socket is made of.
#pragma once

#include "net/control.hpp"
#include "net/file_descriptor.hpp"
#include "net/receive_storage.hpp"
#include "net/send_plan.hpp"

#include <hawser/net/raw_socket.hpp>
#include <hawser/net/udp_socket.hpp>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace hawser::net {

struct Socket::State {
    FileDescriptor fd;
    Protocol protocol = Protocol::udp;
    Family family = Family::ipv6; ///< the socket's own; one of IPv6 may carry IPv4 too
    Address local;
    std::optional<Address> peer; ///< the only one that is heard
    Capabilities capabilities;
    Ancillary defaults_ipv4, defaults_ipv6;
    SocketCounters counters;
    bool errors_pending = false;

    // --- socket_open.cpp ---
    Result<> create(Family of, int type, int number);
    Result<> bind_to(const Address& wanted);
    Result<> set_defaults(const Ancillary& defaults);
    Result<Address> name_of_ours() const;
    Result<> connect_to(const Address& wanted);
    void set_buffers(std::size_t send_bytes, std::size_t receive_bytes);
    void switch_on(const ReceiveItems& items);
    /// What datagrams can carry, and that no fragments are made of them.
    void learn_families(bool ipv4, bool ipv6);
    bool set(int level, int option, int value) const;
    std::optional<int> get(int level, int option) const;

    // --- udp_open.cpp ---
    Result<> prepare(const UdpOptions& options);
    void learn(const UdpOptions& options);

    // --- raw_open.cpp, raw_filter.cpp ---
    Result<> prepare(const RawOptions& options);
    Result<> hear(std::span<const std::uint16_t> sctp_ports);

    // --- socket_send.cpp ---
    SendOutcome send(std::span<const Transmit> batch, Cursor at);
    /// Messages sent, or the system's error number below zero.
    int call(std::span<mmsghdr> headers);
    Cursor overcome(std::span<const Transmit> batch, const SendPlan::Message& message, int error);
    void count_piecewise(std::size_t datagrams, bool refusal);
    Cursor refuse(std::span<const Transmit> batch, Cursor from, Cursor to, int error);
    void allow_fragments(bool allowed);
    SocketFacts facts() const {
        return {.protocol = protocol, .capabilities = capabilities, .local = local};
    }

    std::unique_ptr<SendPlan> plan = std::make_unique<SendPlan>();
    std::vector<Refusal> refused;
    bool fragments_allowed = false;
    std::size_t piecewise = 0; ///< datagrams of a refused train that are still to go one by one
    bool piecewise_refusal = false;

    // --- socket_receive.cpp ---
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
