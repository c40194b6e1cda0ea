// The DTLS half of a stack, and which association goes over which connection.
#pragma once

#include <hawser/stack/sctp_stack.hpp>

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace hawser::stack {

class SctpStack::Sealed {
public:
    Sealed(const Sealing& sealing, Environment environment, Instant now);

    Result<> listen();
    /// The path that SCTP is told for a connection to `path`; begins its handshake.
    Result<Path> connect(const Path& path, Instant now, std::optional<Duration> handshake_timeout);
    void close(Instant now);
    /// SCTP uses the path of this name from now on.
    void join(const Path& inner, sctp::AssociationId association);
    void leave(sctp::AssociationId association);

    // hand_over.cpp
    Result<std::vector<std::byte>>
    export_association(sctp::Endpoint& sctp, sctp::AssociationId association,
                       const StateExport& how, std::vector<sctp::Message>&& unread, Instant now);
    Result<sctp::AssociationId> import_association(sctp::Endpoint& sctp, Bytes state,
                                                   const StateImport& how, Instant now);

    dtls::Endpoint& dtls() { return dtls_; }
    const dtls::Endpoint& dtls() const { return dtls_; }

    Verdict receive(Datagram& datagram, sctp::Endpoint& sctp, Instant now);
    void path_event(const PathEvent& event, sctp::Endpoint& sctp, Instant now);
    void take_events(sctp::Endpoint& sctp, Instant now);
    std::optional<Transmit> poll_transmit(sctp::Endpoint& sctp, Instant now,
                                          const Framing& framing);
    bool has_events() const { return !events_.empty(); }
    std::optional<Event> poll_event();
    /// The network's path of a path that SCTP was told; others as they are.
    Path outer(const Path& inner) const;
    void set_tap(Tap* tap, sctp::Endpoint& sctp);

private:
    /// One DTLS connection, as SCTP sees it.
    struct Link {
        dtls::ConnectionHandle connection;
        Path inner, outer;
        bool up = false;
        bool accepted = false; ///< the peer began it: we are the server
        std::vector<sctp::AssociationId> associations;
        std::vector<Transmit> held;
    };
    /// Shows SCTP packets with the addresses and the ids of the network.
    struct InnerTap final : Tap {
        explicit InnerTap(const Sealed& owner) : sealed{owner} {}
        void seen(const Sighting& sighting) override;
        bool wants(Layer layer) const override { return to->wants(layer); }
        const Sealed& sealed;
        Tap* to = nullptr;
        std::uint64_t first_shown = 0; ///< SCTP's own id of the first one in this poll
    };

    Link* by_connection(dtls::ConnectionHandle connection);
    Link* by_inner(const Path& inner);
    Link& add(dtls::ConnectionHandle connection, const Path& outer);
    void remove(dtls::ConnectionHandle connection);
    void on(dtls::Connected&& event);
    void on(dtls::Closed&& event, sctp::Endpoint& sctp, Instant now);
    std::optional<Transmit> seal(Link& link, Transmit&& transmit, Instant now);
    Framing inner_framing(const Framing& framing) const;
    void widen(dtls::Overhead room);

    Sealing sealing_;
    Random& random_;
    dtls::Endpoint dtls_;
    std::unordered_map<std::uint64_t, Link> links_; ///< by connection
    Link* recent_ = nullptr;                        ///< most packets are for the one before's
    std::vector<Transmit> ready_;                   ///< held packets whose path is up now
    std::vector<Event> events_;
    PacketPool& packets_;
    dtls::Overhead room_;
    InnerTap tap_{*this};
};

} // namespace hawser::stack
