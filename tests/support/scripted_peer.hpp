// A peer that does exactly what a test says, and an engine for it to talk to.
#pragma once

#include "support/sctp_bytes.hpp"
#include "support/side.hpp"

#include <deque>
#include <optional>
#include <vector>

namespace hawser::test {

/// Keeps what it receives, and sends nothing of itself.
class ScriptedPeer final : public Node {
public:
    void receive(Datagram& datagram, Instant now) override;
    void path_event(const PathEvent&, Instant) override {}
    void advance(Instant) override {}
    bool drain(FakeNetwork&, Instant) override { return false; }
    Instant deadline() const override { return kNever; }

    std::deque<ReadPacket> inbox;
    std::deque<WireDatagram> raw; ///< the same packets, as they came
};

/// The constants of RFC 9260, without heartbeats: a drawing shows only what its test is about.
sctp::Options quiet_rfc9260();

/// One engine that listens, one scripted peer, a network that takes no time.
class Scene {
public:
    static constexpr std::uint16_t kPort = 5000; ///< the engine's SCTP port
    static constexpr std::uint16_t kPeerPort = 7000;

    explicit Scene(const sctp::Options& options = quiet_rfc9260(), std::uint64_t seed = 1);

    // --- association setup ---

    /// The peer opens an association, as RFC 9260 §5.1 draws it. The inbox is empty afterwards.
    void accept(const InitFields& fields = {});
    /// The engine opens it and the peer answers with `fields`.
    void open(const InitFields& fields = {}, const sctp::ConnectOptions& options = {});
    /// The engine has sent INIT, and the peer has read it but not answered.
    void begin_open(const sctp::ConnectOptions& options = {});
    /// The peer's INIT has been answered; the answer is given.
    InitView question(const InitFields& fields = {});

    // --- the peer speaks; the engine answers at the same instant ---

    template <class... Chunks>
    void send(const Chunks&... chunks) {
        send_packet(engine_tag, {chunks...});
    }
    template <class... Chunks>
    void send_as(std::uint32_t tag, const Chunks&... chunks) {
        send_packet(tag, {chunks...});
    }
    void send_packet(std::uint32_t tag, const std::vector<Chunk>& chunks);
    /// A datagram as it is, from the peer's address or another one.
    void send_octets(Octets octets, const Ancillary& ancillary = {});
    void send_octets_from(const Address& source, Octets octets, const Ancillary& ancillary = {});
    /// The next DATA in stream 0: TSN and SSN count by themselves.
    void send_data(std::string_view payload = "data");

    // --- what the engine answered ---

    /// The first chunk of a type in the inbox; packets up to its own are taken out with it.
    std::optional<Chunk> take(std::uint8_t type);
    /// The whole next packet.
    std::optional<ReadPacket> next();
    bool silent() const { return peer.inbox.empty(); }
    void discard() { peer.inbox.clear(); }
    /// DATA chunks in the inbox, in order; the inbox is empty afterwards.
    std::vector<DataView> take_data();
    /// How many chunks of a type are in the inbox.
    std::size_t count(std::uint8_t type) const;

    /// Packets the engine has sent so far, wherever they went.
    std::uint64_t packets_sent() const { return world.network.datagrams_sent(engine.id); }

    // --- time and the rest ---

    void run_for(Duration duration) { world.run_for(duration); }
    Instant now() const { return world.now(); }
    Address peer_address() const { return world.network.address(peer.id); }
    /// As the engine sees it.
    Path path() const {
        return {.local = world.network.address(engine.id), .remote = peer_address()};
    }

    World world;
    Side engine;
    ScriptedPeer peer;

    std::uint32_t engine_tag = 0; ///< what the peer puts into its packets
    std::uint32_t engine_tsn = 0; ///< the engine's initial TSN
    std::uint32_t peer_tag = 0;   ///< what the engine puts into its packets
    std::uint32_t peer_tsn = 0;   ///< the next TSN of the peer
    std::uint32_t peer_ssn = 0;
    std::uint16_t engine_port = kPort; ///< another one when the engine has opened

private:
    void learn(const InitFields& engine_side, const InitFields& peer_side);
};

} // namespace hawser::test
