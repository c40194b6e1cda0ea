// SCTP, bare or sealed by DTLS (RFC 8261): two engines that look like one.
#pragma once

#include <hawser/dtls/endpoint.hpp>
#include <hawser/sctp/endpoint.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace hawser::stack {

/// DTLS is up on a path: SCTP begins. Only on sealed stacks.
struct PathSealed {
    Path path;
    dtls::Connected agreed;
};

/// DTLS has ended on a path, or never came up; so have the associations on it, which say so
/// themselves after this.
struct PathUnsealed {
    Path path;
    dtls::Closed why;
    std::vector<sctp::AssociationId> associations;
};

namespace detail {
template <class Variant, class... More>
struct Extend;
template <class... Events, class... More>
struct Extend<std::variant<Events...>, More...> {
    using type = std::variant<Events..., More...>;
};
} // namespace detail

/// How a stack is sealed.
struct Sealing {
    /// For associations that we open; nullopt: none.
    std::optional<dtls::Options> client;
    /// For those that peers open; nullopt: none.
    std::optional<dtls::Options> server;
    dtls::EndpointOptions endpoint;
};

/// An Engine (hawser/engine/engine.hpp). Without Sealing it is the SCTP engine and one branch.
///
/// Sealed, each DTLS connection is a path of its own to SCTP: a packet of one connection never
/// reaches an association on another. What events and `status` say of paths are the addresses of
/// the network. The CRC32c is left out where the peer agrees (RFC 9653).
class SctpStack {
public:
    using Event = detail::Extend<sctp::Event, PathSealed, PathUnsealed>::type;

    struct Environment {
        Random& random;
        PacketPool& packets;
        BufferPool& buffers;
        WallClock wall;
        sctp::ShardMap* shard_map = nullptr; ///< as of sctp::Endpoint; not for sealed stacks
    };
    /// What records need around an SCTP packet, at the most.
    static constexpr std::size_t kSealBytesMax = 80;
    /// SCTP packets that wait for a handshake on their path.
    static constexpr std::size_t kHeldMax = 4;

    /// `packet_bytes_max` of the options is what a datagram carries, records included.
    SctpStack(const sctp::Options& options, std::optional<Sealing> sealing, Environment environment,
              Instant now);
    ~SctpStack();
    SctpStack(const SctpStack&) = delete;
    SctpStack& operator=(const SctpStack&) = delete;

    /// Fails when options contradict each other; nothing else may be asked then.
    Result<> ready() const { return ready_; }

    /// The SCTP engine, for all that has nothing to do with paths.
    sctp::Endpoint& sctp() { return sctp_; }
    const sctp::Endpoint& sctp() const { return sctp_; }
    /// nullptr when the stack is bare.
    dtls::Endpoint* dtls();

    /// As sctp::Endpoint::connect; sealed, a handshake on the path comes first, and there is no
    /// other (`unsupported` with `remote_addresses`). It may take `handshake_timeout`; nullopt: as
    /// the sealing's options say.
    Result<sctp::AssociationId> connect(const Path& path, std::uint16_t remote_port,
                                        const sctp::ConnectOptions& options, Instant now,
                                        std::optional<Duration> handshake_timeout = {});
    std::optional<sctp::Status> status(sctp::AssociationId association) const;
    /// As sctp::Endpoint::paths; sealed, there is one.
    std::vector<sctp::PathStatus> paths(sctp::AssociationId association) const;
    /// As of sctp::Endpoint, by the addresses of the network.
    Result<> set_primary(sctp::AssociationId association, const Address& remote, Instant now);
    Result<> heartbeat(sctp::AssociationId association, const Address& remote,
                       std::uint64_t context, const Ancillary& ancillary, Instant now);
    /// As of sctp::Endpoint; sealed, the DTLS connection goes along. Fails also with `in_use` where
    /// that has other associations, and `exhausted` while a handshake or key update of it is under
    /// way.
    Result<std::vector<std::byte>> export_association(sctp::AssociationId association,
                                                      const StateExport& how, Instant now,
                                                      std::vector<sctp::Message>&& unread = {});
    /// As of sctp::Endpoint, of a stack that is sealed or bare as the other one was. Sealed there
    /// is no PathSealed. Fails also as dtls::Endpoint::import_state, and with `invalid_argument`
    /// without the sealing's options for its role.
    Result<sctp::AssociationId> import_association(Bytes state, const StateImport& how,
                                                   Instant now);
    Result<> set_path_options(sctp::AssociationId association, const Address& remote,
                              const sctp::PathOptions& options, Instant now);
    Result<> send(sctp::AssociationId association, Bytes message, const sctp::SendOptions& options,
                  Instant now);
    /// Says close_notify on every DTLS connection; nothing on bare stacks. What SCTP still had to
    /// say has to be polled before.
    void close(Instant now);
    /// Shows SCTP packets, and on sealed stacks DTLS handshake messages and keys, until nullptr is
    /// set.
    void set_tap(Tap* tap);

    // --- the contract of an engine ---

    Verdict receive(Datagram& datagram, Instant now);
    void path_event(const PathEvent& event, Instant now);
    void advance(Instant now);
    std::optional<Transmit> poll_transmit(Instant now, const Framing& framing);
    std::optional<Event> poll_event();
    /// The next event, if it is a message: it is moved once, not through a variant or two. nullopt
    /// when it is another one, or there is none.
    std::optional<sctp::Message> poll_message();
    Instant deadline() const;

private:
    class Sealed;
    Address inner_address(sctp::AssociationId association, const Address& remote) const;
    static sctp::Options inner_options(const sctp::Options& options, bool sealed);

    std::unique_ptr<Sealed> sealed_;
    sctp::Endpoint sctp_;
    Result<> ready_{};
};

} // namespace hawser::stack
