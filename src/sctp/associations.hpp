// All associations of an endpoint, and who a packet is for.
#pragma once

#include "engine/rate_limit.hpp"
#include "sctp/association/association.hpp"
#include "sctp/cookie.hpp"
#include "sctp/host_counts.hpp"
#include "sctp/shared.hpp"

#include <hawser/engine/state.hpp>
#include <hawser/sctp/endpoint.hpp>

#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace hawser::sctp {

class Archive;

/// The engine behind Endpoint. Associations are found by our verification tag, and before there is
/// one by the peer's address and both ports.
class Endpoint::Associations {
public:
    Associations(const Options& options, const Environment& environment, Instant now);
    ~Associations();

    Result<> listen(std::uint16_t port);
    void stop_listening(std::uint16_t port) { listening_.erase(port); }
    Result<AssociationId> connect(const Path& path, std::uint16_t remote_port,
                                  const ConnectOptions& options, Instant now);
    Association* find(AssociationId id) const;
    /// After every use of an association: its timer, its place in the ready list, or its end.
    void settle(Association& association, bool may_have_to_send = true);
    /// The application took so many bytes of its messages, whether it is still there or not.
    void released(AssociationId id, std::size_t bytes);
    /// The short way for what only adds to its queue: one that is to be polled settles then.
    void ready(Association& association) {
        if (!association.queued_ready) settle(association);
    }

    /// What an association is taken out with, and put in.
    Result<std::vector<std::byte>> export_association(AssociationId id, const StateExport& how,
                                                      std::vector<Message>&& unread, Instant now);
    Result<AssociationId> import_association(Bytes state, const StateImport& how, Instant now);

    Verdict receive(const Datagram& datagram, Instant now);
    std::optional<Handover> poll_handover();
    Verdict take_over(Handover& handover, Instant now);
    void path_event(const PathEvent& event, Instant now);
    void advance(Instant now);
    std::optional<Transmit> poll_transmit(Instant now, const Framing& framing);
    std::optional<Event> poll_event();
    std::optional<Message> poll_message();
    Instant deadline() {
        settle_received();
        return shared_.timers.deadline();
    }

    Result<> add_local_address(const Address& address, Instant now);
    Result<> remove_local_address(const Address& address, Instant now);

    std::size_t association_count() const { return by_tag_.size(); }
    Shared& shared() { return shared_; }
    const Shared& shared() const { return shared_; }

private:
    /// A packet between its common header and its chunks.
    struct Incoming {
        wire::sctp::CommonHeader header;
        Bytes chunks;
        wire::sctp::Chunk first; ///< after AUTH, where that is the very first
        const Datagram& datagram;
        bool as_before; ///< for the same association as the last one, on the same path
        PeerKey key;
        /// Before COOKIE ECHO: it is over `chunks`, which do not have it (RFC 4895 §6.3).
        std::optional<wire::sctp::Chunk> auth;

        /// Of a packet back to whoever sent this one.
        wire::sctp::CommonHeader header_back(VerificationTag tag) const {
            return {header.destination_port, header.source_port, tag, 0};
        }
    };
    static constexpr std::uint16_t kFirstEphemeralPort = 49'152;

    // demux.cpp
    Verdict demultiplex(const Datagram& datagram, Instant now);
    Verdict deliver(Association& association, const Incoming& packet, Instant now);
    Verdict with_wrong_tag(Association& association, const Incoming& packet, Instant now);
    Verdict out_of_the_blue(const Incoming& packet, Instant now);
    bool is_as_before(const wire::sctp::CommonHeader& header, const Path& path) const;
    Association* by_tag(VerificationTag tag, const PeerKey& key);
    Association* by_init_ack(const Incoming& packet);
    Association* by_asconf(const Incoming& packet);
    Verdict deliver_from_elsewhere(Association& association, const Incoming& packet, Instant now);
    Association* by_key(const PeerKey& key) const;
    void follow(Association& association, const Incoming& packet);
    static bool shows_where(const Association& association, const Incoming& packet);
    std::optional<std::uint8_t> shard_of(const Incoming& packet) const;

    // init.cpp
    Verdict on_init(const Incoming& packet, Instant now);
    Verdict check_init(const Incoming& packet, const wire::sctp::Init& init, Instant now);
    Association* by_listed(const Incoming& packet, const AddressList& listed) const;
    static bool joins(const Association& running, const Incoming& packet,
                      const AddressList& listed);
    std::size_t bytes_unamplified(const Incoming& packet, std::size_t written) const;
    Cookie cookie_for(const Incoming& packet, const Path& to, const wire::sctp::Init& init,
                      const Association::InitAnswer& answer, Instant now) const;
    bool write_init_ack(const Incoming& packet, const Path& to, const wire::sctp::Init& init,
                        const Association::InitAnswer& answer, Instant now);
    CookieBinding binding_of(const Incoming& packet) const;

    // cookie_echo.cpp
    Verdict on_cookie_echo(const Incoming& packet, Instant now);
    Verdict on_foreign_cookie(const Incoming& packet, Instant now);
    Association* by_cookie(const Incoming& packet, const Cookie& cookie);
    Verdict check_cookie_auth(const Incoming& packet, const Cookie& cookie,
                              const Association* association);
    Verdict on_late_cookie(const Incoming& packet, const Cookie& cookie, Duration age, Instant now);
    Path path_of(const Cookie& cookie, const Incoming& packet) const;
    Verdict accept(const Incoming& packet, const Cookie& cookie, Instant now);

    // shards.cpp
    bool enter(const PeerKey& key, Association& association);
    void strike_out(const PeerKey& key);
    std::optional<std::uint8_t> shard_knowing(const PeerKey& key) const;
    std::optional<std::uint8_t> shard_knowing(const Incoming& packet,
                                              const AddressList& listed) const;
    std::optional<std::uint8_t> shard_named(VerificationTag tag) const;
    Verdict hand_over(std::uint8_t shard, const Incoming& packet);

    // local_addresses.cpp
    void keep_addresses();
    template <class Tell>
    void tell_all(Instant now, Tell&& tell);

    // stray_answers.cpp
    Verdict refuse(const Incoming& packet, VerificationTag tag, bool reflected,
                   wire::sctp::CauseCode code, Bytes value, Instant now);
    void answer_stray(const Incoming& packet, wire::sctp::ChunkType type, VerificationTag tag,
                      bool reflected, Instant now);

    // hand_over.cpp
    Result<AssociationId> import_association(Archive& archive, bool elsewhere);
    void note_departure(const Association& association, Instant until, Instant now);
    bool has_departed(const PeerKey& key, VerificationTag tag, Instant now) const;

    Result<> can_connect(const Path& path, Association::Ports ports,
                         const ConnectOptions& options) const;
    void settle_later(Association& association);
    void settle_received();
    void taken(const Message& message);
    void relieve();
    void lower_relief();
    void give_room(Transmit& answer, const Framing& framing);
    Association& add(Association::Ports ports, const Path& path, VerificationTag tag,
                     Tsn initial_tsn, Association::Streams streams, Instant now);
    void rename(Association& association);
    void index(Association& association);
    void unindex(Association& association);
    void unindex_forgotten(Association& association);
    void remove(Association& association);
    VerificationTag fresh_tag();
    std::optional<std::uint16_t> ephemeral_port(const Address& remote, std::uint16_t remote_port);
    void show(Direction direction, const Path& path, const Ancillary& ancillary, Bytes bytes,
              Verdict verdict, PacketId id, Instant now);
    void show_out(const Transmit& transmit, Instant now);

    Shared shared_;
    CookieJar jar_;
    RateLimit init_answers_;
    RateLimit stray_answers_;
    HostCounts accepted_;
    std::size_t relieve_at_; // bytes received by all
    /// Messages of associations that have ended, which nobody has taken.
    std::unordered_map<AssociationId, Unread> left_behind_;
    ImportedStates imported_;
    /// Those that went elsewhere, by each of the peer's addresses: until when what still comes here
    /// is not answered, since the peer is not to hear that nobody is here.
    struct Departed {
        VerificationTag tag;
        Instant until;
    };
    std::unordered_map<PeerKey, Departed, PeerKeyHash> departed_;
    std::size_t departed_most_ = 64; ///< from there on those of long ago are looked for
    std::set<std::uint16_t> listening_;

    // An AssociationId is a place in `slots_` and how often it was used.
    struct Slot {
        std::unique_ptr<Association> association;
        std::uint32_t generation = 0;
        std::optional<std::uint16_t> host; ///< in `accepted_`; what we asked for is not counted
    };
    static std::uint32_t slot_of(AssociationId id) {
        return static_cast<std::uint32_t>(std::to_underlying(id));
    }
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::unordered_map<std::uint32_t, Association*> by_tag_;
    std::unordered_map<PeerKey, Association*, PeerKeyHash> by_key_;
    Association* last_ = nullptr; // most packets are for the association of the one before
    /// Took packets and is not settled yet: that is done once for all of a train.
    Association* received_ = nullptr;
    Ring<AssociationId> ready_;
    Ring<Handover> handovers_;
    std::uint8_t hops_ = 0; // of the packet in hand
    std::uint64_t next_packet_id_ = 1;
};

} // namespace hawser::sctp
