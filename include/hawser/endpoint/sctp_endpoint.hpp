// SCTP over UDP or IP in a program that uses Boost.Asio: start reading here.
#pragma once

#include <hawser/endpoint/completion.hpp>
#include <hawser/endpoint/connect_options.hpp>
#include <hawser/endpoint/connection.hpp>
#include <hawser/endpoint/listener.hpp>
#include <hawser/endpoint/message.hpp>
#include <hawser/endpoint/one_to_many.hpp>
#include <hawser/endpoint/sctp_address.hpp>
#include <hawser/endpoint/tap_views.hpp>
#include <hawser/engine/tap.hpp>
#include <hawser/net/socket.hpp>
#include <hawser/sctp/endpoint.hpp>
#include <hawser/sctp/options.hpp>
#include <hawser/stack/sctp_stack.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hawser {

/// What SCTP packets travel in.
enum class Carrier : std::uint8_t {
    /// UDP datagrams (RFC 6951): for any user, and through any NAT.
    udp,
    /// IP packets of protocol 132: what other SCTP stacks speak. It needs CAP_NET_RAW, and a kernel
    /// without SCTP of its own. SCTP ports are then kept apart between the processes of a host
    /// (net::PortClaim): a second endpoint that wants one is told `in_use`, whatever its addresses.
    /// An endpoint has 512 at most: those that it listens on, and one for each association that it
    /// begins. Packets for others are left to other programs: nothing answers them.
    raw_ip,
};

struct SctpEndpointOptions {
    std::string name = "sctp"; ///< what packet logs call this endpoint
    Carrier carrier = Carrier::udp;
    /// The address to bind; nullopt: every address of both families. Its port is not looked at.
    std::optional<Address> local;
    /// More of ours to bind beside `local`, each with a socket on the same UDP port: an association
    /// then has another path when one fails (RFC 9260 §6.4). Peers are told of all of them, unless
    /// `sctp.local_addresses` has those to tell; with every address bound that alone says it, and
    /// packets leave from the address of their path all the same. 16 with `local`, at most.
    std::vector<Address> more_locals;
    /// The UDP port of ours that carries SCTP (RFC 6951); 0: the system chooses one, right for an
    /// endpoint that only connects. Not looked at with `raw_ip`.
    std::uint16_t udp_port = kSctpUdpPort;
    /// The engine's options. `window_credit` is not looked at: the window of an association opens
    /// as its messages are taken.
    sctp::Options sctp;
    /// Seals all of it with DTLS (RFC 8261); `udp_port` is then DTLS's own, and SCTP ports are
    /// inside. There is one path then (RFC 8261): no `more_locals`. nullopt: SCTP stands in the
    /// datagrams as it is (RFC 6951). Not with `raw_ip`.
    std::optional<stack::Sealing> dtls;
    /// With `dtls`, told what was agreed on a path, and why it has ended there or never came up.
    /// Called on the endpoint's executor; must not call the endpoint.
    std::function<void(const stack::PathSealed&)> on_sealed;
    std::function<void(const stack::PathUnsealed&)> on_unsealed;
    /// Told of each association of `connect` that ends before it is up, and why: which error
    /// cause the peer's ABORT gave, or which errno the network. Called as those are.
    std::function<void(const Closed&)> on_not_opened;
    /// Events that wait in one EventStream, 1 or more; above it the oldest are dropped and
    /// EventsLost says how many. 1024: some hundred KB at most.
    std::size_t events_max = 1024;
    Tap* tap = nullptr; ///< as `set_tap`, from the first packet on; outlives the endpoint
    TapViews tap_views;
};

namespace detail {
class Core;
boost::asio::any_io_executor executor_of(const Core& core);
void start_connect(Core& core, std::string target, const ConnectOptions& options,
                   WaitPointer<Connection> wait);
void start_connect(Core& core, SctpAddress target, const ConnectOptions& options,
                   WaitPointer<Connection> wait);
void start_shutdown(Core& core, WaitPointer<void> wait);
} // namespace detail

/// Many associations behind one UDP port. It owns what it opened: when it goes, associations that
/// are still up are aborted, the port is free at once, and handles answer `closed`. To let
/// them end gracefully, wait for `shutdown` first.
///
/// It belongs to one executor: an `io_context` that one thread runs, or a strand. Operations that
/// take time may be started from any thread, everything else is for that executor (or for before it
/// runs). An open endpoint keeps `io_context::run` from returning.
class SctpEndpoint {
public:
    /// Binds the UDP port, at each local address or at none. Fails with `in_use`, `permission`,
    /// `invalid_argument` (also an address that is not this host's, or is there twice),
    /// `unsupported` (several addresses under DTLS, DTLS on raw IP), `too_large` (more than 16),
    /// `io`. Where one of `more_locals` is at fault the text says which. With `raw_ip` as
    /// net::RawSocket::open.
    static Result<SctpEndpoint> open(boost::asio::any_io_executor executor,
                                     const SctpEndpointOptions& options = {});

    /// An endpoint for each executor behind one UDP port, which is how one port uses several cores:
    /// give each executor a thread of its own, and `listen` on each. A new peer goes to one of them
    /// by its addresses; from then on each verification tag says whose a packet is, also after the
    /// peer has moved, and an association that an endpoint opens is its own. A peer that begins
    /// anew is led to the endpoint that has its association. `options.sctp.shard` and `shards` are
    /// set here. Limits, the numbers of associations and SCTP ports are each endpoint's own;
    /// callbacks and the tap of `options` are called on all threads.
    ///
    /// What the network says of a path (ICMP) may reach an endpoint that has nothing there, and is
    /// lost then: a peer that is gone is noticed by its silence. When one of them ends, its
    /// associations do; the others go on.
    ///
    /// Processes can share a port, too: each opens one with its `options.sctp.shard`, in the order
    /// of these. A peer that begins anew may then be a stranger to the one that it comes to.
    ///
    /// Under DTLS a peer is known by its connection ID instead, where it agrees on one
    /// (`options.dtls->server`), and `connect` is `unsupported`.
    ///
    /// Fails as `open` does, and with `invalid_argument` for no executor or more than 255.
    static Result<std::vector<SctpEndpoint>>
    open_shards(std::span<const boost::asio::any_io_executor> executors,
                SctpEndpointOptions options = {});

    SctpEndpoint(SctpEndpoint&& other) noexcept;
    SctpEndpoint& operator=(SctpEndpoint&& other) noexcept;
    ~SctpEndpoint();

    /// Opens an association with `target`, written `10.50.1.1/10.50.2.1:2904` or
    /// `alpha.example:2904`. Names are resolved to all their addresses, which are tried side by
    /// side (RFC 8305): in order, the next one when one refuses, is unreachable, or has not come up
    /// within `attempt_delay`. The first that comes up is the one, the others are dropped: which
    /// addresses the association has then, the peer itself says (Connection::paths).
    ///
    /// Fails with `invalid_argument`, `not_found` (no such name), `refused` (nobody listens there),
    /// `unreachable`, `timed_out`, `in_use` (these ports have an association), `exhausted`,
    /// `closed`, `cancelled`: the reason of an address that answered, else of the last.
    template <CompletesWith<Connection> Token = Awaitable>
    auto connect(std::string target, ConnectOptions options = {}, Token&& token = Token{}) {
        return connect_to<std::string>(std::move(target), std::move(options), token);
    }
    /// The same without names.
    template <CompletesWith<Connection> Token = Awaitable>
    auto connect(SctpAddress target, ConnectOptions options = {}, Token&& token = Token{}) {
        return connect_to<SctpAddress>(std::move(target), std::move(options), token);
    }

    /// Takes associations on an SCTP port. Fails with `in_use` (with `raw_ip` also when another
    /// process has it, for which the endpoint keeps it until it ends), `invalid_argument` for
    /// port 0, `exhausted` (more than 512 with `raw_ip`), `closed`.
    Result<Listener> listen(std::uint16_t port, const ListenOptions& options = {});
    /// All associations of an SCTP port through one handle; port 0: those that it opens itself.
    /// Fails as `listen` does.
    Result<OneToMany> one_to_many(std::uint16_t port = 0);

    /// Goes on with an association that `Connection::export_state` took out of another process, or
    /// of another endpoint of this one: as if nothing had happened, for its peer and for whoever
    /// takes its messages. This endpoint has the UDP port that the other one had, the same
    /// addresses and options, and is sealed by DTLS if that was.
    ///
    /// Fails as sctp::Endpoint::import_association and stack::SctpStack::import_association, with
    /// `in_use` also when another endpoint of this process has imported it, and `closed`.
    Result<Connection> import_state(Bytes state, const StateKey& key);

    /// Ends every association gracefully, then the endpoint. `timed_out` after `within`: what was
    /// still up is aborted and the endpoint has ended all the same.
    template <CompletesWith<void> Token = Awaitable>
    auto shutdown(Duration within = kForever, Token&& token = Token{}) {
        return detail::initiate<void>(
            core_, within,
            [](auto& core, auto wait) { detail::start_shutdown(core, std::move(wait)); }, token);
    }
    /// For how long a peer whose association was shut down may ask again for our last word, which
    /// only an open endpoint answers (sctp::Endpoint::lingers_until): wait so long before `close`.
    /// Zero when nobody will ask.
    Duration lingers_for() const;
    /// Aborts what is up and frees the port: what the destructor does.
    void close();

    /// Shows packets to `tap` until another one, or nullptr, is set.
    void set_tap(Tap* tap, TapViews views = {});

    /// Where the UDP socket is bound: the port that the system chose, with the wildcard or the
    /// address that was asked for. With several the first.
    Address local_address() const;
    /// Where all of them are, in the order of the options.
    std::vector<Address> local_addresses() const;
    /// Associations that are up or coming up.
    std::size_t association_count() const;
    /// The same ones, the oldest number first.
    std::vector<sctp::AssociationId> associations() const;
    /// What is known of one of them, and of the ways to its peer; nullopt and none once it has
    /// ended. Paths have the addresses of the network.
    std::optional<sctp::Status> status(sctp::AssociationId association) const;
    std::vector<sctp::PathStatus> paths(sctp::AssociationId association) const;
    sctp::Counters counters() const;
    /// Of the DTLS below; nothing without `SctpEndpointOptions::dtls`.
    dtls::Counters dtls_counters() const;
    /// Of all its sockets together.
    net::SocketCounters udp_counters() const;
    boost::asio::any_io_executor get_executor() const { return detail::executor_of(*core_); }

private:
    explicit SctpEndpoint(std::shared_ptr<detail::Core> core);

    template <class Target, class Token>
    auto connect_to(Target target, ConnectOptions options, Token&& token) {
        const Duration within = options.within;
        return detail::initiate<Connection>(
            core_, within,
            [target = std::move(target), options](auto& core, auto wait) mutable {
                detail::start_connect(core, std::move(target), options, std::move(wait));
            },
            token);
    }

    std::shared_ptr<detail::Core> core_;
};

} // namespace hawser
