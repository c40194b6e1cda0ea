// How an SCTP endpoint behaves: every option with its unit, default, range and reason.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/ancillary.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/sctp/authentication.hpp>
#include <hawser/sctp/path_options.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace hawser::sctp {

/// How losses are found.
enum class Recovery : std::uint8_t {
    rack,    ///< by time, per path and class, with a tail-loss probe (RFC 8985, on TSNs)
    rfc9260, ///< three miss indications (RFC 9260 §7.2.4) and T3-rtx
};

/// How much may be in flight.
enum class Congestion : std::uint8_t {
    /// CUBIC (RFC 9438) after a slow start that ends by HyStart++ (RFC 9406), ten packets at first
    /// (RFC 6928), Proportional Rate Reduction in a recovery (RFC 9937), which is taken back when
    /// nothing was lost (RFC 9438 §4.9); a train a pacing quantum. Where packets are lost by chance
    /// it is as fast as Reno, no faster: 12 packets a round trip at one loss of a hundred.
    modern,
    rfc9260, ///< RFC 9260 §7.2, Max.Burst
    /// By a model of the path, as BBR version 3 makes one (draft-ietf-ccwg-bbr): the rate at which
    /// it delivers, and its shortest round trip. Packets leave at that rate, and losses below one
    /// of
    /// fifty change it little: where they are lost by chance it is many times as fast as `modern`.
    /// Where a queue is shared with other flows it takes another share than they would among
    /// themselves. Round trips below 1 ms are not paced.
    bbr,
};

/// Where new DATA goes at a peer that has several addresses.
enum class Multipath : std::uint8_t {
    off, ///< one path at a time, and another one when it fails: RFC 9260 §6.4
    /// Every active path at once (concurrent multipath transfer), the fastest with room first.
    /// Together they grow as one would on the best of them, so that those that share a link take no
    /// more of it than one flow (RFC 6356).
    coupled,
    /// The same, each path as if it were alone: where it is known that they share no link.
    uncoupled,
};

/// When the receive window opens again.
enum class WindowCredit : std::uint8_t {
    on_poll,    ///< as soon as `poll_event` has given the message out
    on_release, ///< when `Endpoint::release` says that the application has taken it
};

/// Whose bytes leave next, where several streams have messages that wait: RFC 8260 §3. Within a
/// stream messages keep their order. With `interleaving` a decision is about a chunk, without it
/// about a message, which is then sent to its end.
///
/// Messages that are marked differently never share a packet. Under the first three such classes
/// take turns, a train of packets each; under the others the streams decide, whatever their class.
enum class StreamScheduler : std::uint8_t {
    first_come_first_served, ///< §3.1: also with `interleaving` one after the other, in a class
    round_robin,             ///< §3.2: streams take turns
    round_robin_per_packet,  ///< §3.3: the same, and a packet carries one stream only
    priority,                ///< §3.4: the smallest value first; equal ones take turns
    fair_capacity,           ///< §3.5: the same number of bytes for each stream
    weighted_fair_queueing,  ///< §3.6: bytes by weight, which is the value
};

/// A stream's priority or weight until Endpoint::set_stream_value says otherwise: "normal" in
/// RFC 8831 §6.4, which leaves room on both sides.
inline constexpr std::uint16_t kStreamValueDefault = 256;

/// RFC 9260 §16 calls these the protocol parameters; where `modern()` differs, docs/rfc.md says so.
struct Options {
    // --- what is negotiated ---
    std::uint16_t outbound_streams =
        65'535; ///< asked for at INIT, 1 to 65535; unused ones cost nothing
    std::uint16_t inbound_streams_max = 65'535;
    /// Memory we hold for the application per association: payload, and 256 bytes for what stands
    /// beside a message; at least 1500 (RFC 9260 §3.3.2). 1 MiB carries 80 Mbit/s over 100 ms. A
    /// peer that counts nothing but payload may pass it, up to four times that. What INIT says; see
    /// `receive_window_bytes_max`.
    std::uint32_t receive_window_bytes = 1024 * 1024;
    /// The window grows up to this, by what the application takes: to twice the bytes that it took
    /// in a round trip, so that a long path is filled by who reads as fast as it delivers. Nobody
    /// else makes it grow, and it never gets smaller. Where no round trip is known a HEARTBEAT asks
    /// for one. 8 MiB carry 300 Mbit/s over 200 ms. Not above `receive_window_bytes`: it stays.
    std::uint32_t receive_window_bytes_max = 8 * 1024 * 1024;

    // --- limits ---
    std::size_t message_bytes_max = 16 * 1024 * 1024; ///< sent, and accepted in reassembly
    /// Memory for messages that are not acknowledged, per association: their bytes and what stands
    /// beside them, about 200 bytes for a message of one byte. Above it `send` answers `exhausted`.
    std::size_t send_queue_bytes_max = 4 * 1024 * 1024;
    /// Where a path takes more the limit is twice what is in flight, up to this; not above
    /// `send_queue_bytes_max`: it stays.
    std::size_t send_queue_bytes_grown_max = 16 * 1024 * 1024;
    /// `SendQueueLow` comes when the queue falls to this; where more is in flight than this, when
    /// what waits beside it does.
    std::size_t send_queue_low_bytes = 1024 * 1024;
    std::size_t associations_max = 1'000'000;
    /// Accepted from one IPv4 address or one /64 of IPv6; more are refused with "Out of Resource"
    /// (RFC 9260 §3.3.10.4). Hosts that share one of 4096 places of a table share this, too.
    std::size_t associations_per_host_max = 10'000;
    /// Memory that all associations together hold for the application, those that have ended and
    /// whose messages nobody has taken included. From there on each has a window of 16 KiB, so that
    /// all go on. At twice as much the one that holds most of what nobody can read yet ends
    /// (CloseReason::out_of_resource) if that is more than 64 KiB.
    std::size_t receive_bytes_max = std::size_t{1024} * 1024 * 1024;
    std::uint32_t init_answers_per_second = 20'000; ///< INIT ACKs; a flood gets no more
    std::uint32_t stray_answers_per_second = 1'000; ///< answers to out-of-the-blue packets

    // --- addresses: RFC 9260 §6.4 ---
    static constexpr std::size_t kAddressesMax = 16;
    /// The hosts that we are, told to peers where there are two or more (at most kAddressesMax; no
    /// ports): a peer that knows several has another way to us when one fails. A packet leaves from
    /// the one that is most like its destination, and from another one if nothing comes back. With
    /// none or one a peer knows the address that it hears from.
    std::vector<Address> local_addresses;
    /// Of the addresses that a peer says it has, the one it speaks from included, 1 to
    /// kAddressesMax: others are ignored. Each is asked with a nonce before anything else goes
    /// there (§5.4).
    std::size_t peer_addresses_max = 8;
    /// Peers that speak from an address of the public network may have private ones, too (RFC 1918,
    /// RFC 4193), and we may tell such peers ours. Never those of a loopback or link.
    bool addresses_of_any_scope = false;
    /// More than the fastest path carries, where a peer has several. Off: what the RFC says, and
    /// all that a peer has to be ready for. What waits at the receiver for a slower path takes of
    /// its window: it should hold what all paths together carry in the longest of their round
    /// trips. Where it does not, the path that holds up the others is used less, and what it has
    /// not brought across goes again on a faster one. At both ends: a receiver that has it sends
    /// fewer SACKs for what paths have put out of order.
    Multipath multipath = Multipath::off;

    // --- shards ---
    /// One of several endpoints behind one port, 1 to 255 (a thread each, say): every verification
    /// tag of ours is `shard` modulo `shards`, from which whoever hands out datagrams knows whose a
    /// packet is, wherever it comes from. Limits of an endpoint are each one's own.
    std::uint8_t shards = 1;
    std::uint8_t shard = 0; ///< this one of them, from 0

    // --- packets ---
    /// The SCTP packet, common header to last chunk, 512 to 65000 and a multiple of 4. 1200 is
    /// RFC 8899's base: it crosses every path that carries IPv6 and leaves room for tunnels.
    std::size_t packet_bytes_max = 1200;
    /// Packets get larger where the path carries it (RFC 8899): an association that has more to
    /// send than one packet holds asks with probes, beginning with what Ethernet carries, and falls
    /// back where large packets vanish. `packet_bytes_max` is then what packets have before
    /// anything is known (BASE_PLPMTU), and Status::packet_bytes_max what they have now. Off: the
    /// network's word that packets are too big is taken for it, and nothing else.
    bool path_mtu_discovery = false;
    /// The largest IP packet that discovery tries, the headers of IP, UDP and DTLS in it: up to
    /// 65535. 9000 is what jumbo frames carry; with a packet that is larger a loss costs more than
    /// its headers would have.
    std::size_t path_mtu_bytes_max = 9000;
    bool checksum_required = true; ///< inbound packets must have a right CRC32c
    /// The layer below notices every changed bit, as DTLS does: peers are offered to leave the
    /// CRC32c out, and we do when they offer it (RFC 9653).
    bool zero_checksum = false;
    /// Either end may give up messages that it has not brought across (RFC 3758), and the other's
    /// streams go on without them, where the peer says so, too. Of ours those whose SendOptions say
    /// when; without it only what has not left yet is given up.
    bool forward_tsn = false;
    /// Messages come and leave as I-DATA where the peer says so, too, so that a large one need not
    /// hold up those of other streams. Off unless the user asks for it (RFC 8260 §2.2.1): messages
    /// of several streams end in another order than they began in. All that is under construction
    /// at a time, for any number of messages, may hold `message_bytes_max` and four windows of
    /// memory; a peer that begins more is sent ABORT. What we begin at a time, a message of each
    /// stream at most, is bounded by `send_queue_bytes_max`.
    bool interleaving = false;
    /// Streams can be reset and added by either end where the peer says so, too (RFC 6525): see
    /// Endpoint::reset_streams and add_streams. What a peer may add is bounded by
    /// `inbound_streams_max`. Off: nothing that a peer says changes what was negotiated.
    bool reconfiguration = false;
    /// SACKs are NR-SACKs where the peer says that it knows them, too
    /// (draft-natarajan-tsvwg-sctp-nrsack): what we report is never given up here, so that the peer
    /// need not keep it; and what the peer will never give up we do not keep, which leaves room in
    /// the send queue while a hole is repaired. Saves memory, costs four bytes a SACK.
    bool nr_sack = false;
    /// Chunks are authenticated (RFC 4895): those that peers ask for are sent after AUTH, and
    /// those that we ask for are taken only so. With a peer that does not know AUTH the association
    /// goes on without, and AuthenticationChanged says so: whoever must not go on ends it then.
    /// nullopt, the default: AUTH is a chunk that is not known.
    std::optional<Authentication> authentication;

    /// Addresses are added to an association and taken from it while it is up, by either end, where
    /// the peer says so, too (RFC 5061): see Endpoint::add_local_address. Such requests are taken
    /// only after AUTH, so that this needs `authentication`: an engine that is given it without
    /// ends the program; `SctpStack::ready` and whatever stands on it fail with
    /// `invalid_argument`. A peer that wants it without AUTH is refused (§6). Off: nothing that a
    /// peer says changes its addresses.
    bool dynamic_addresses = false;
    /// With `dynamic_addresses` the peer may choose which of its addresses DATA goes to
    /// (RFC 5061 §5.4); Endpoint::set_primary chooses another again.
    bool peer_chooses_primary = true;

    /// Packets with new DATA leave as ECT(0) where the peer knows of it, too, and a message's
    /// Ancillary leaves ECN unset (RFC 3168, RFC 4960 Appendix A). Marks of the network make the
    /// window smaller as a loss would, and nothing has to go again. Where the first such packets
    /// do not arrive it goes on without. Needs sockets that report ECN, or marks go unnoticed.
    bool ecn = false;

    // --- timers ---
    Duration rto_initial = std::chrono::seconds{1};
    Duration rto_min = std::chrono::milliseconds{200};
    Duration rto_max = std::chrono::seconds{60};
    Duration delayed_ack = std::chrono::milliseconds{20};   ///< at most 500 ms (RFC 9260 §6.2)
    Duration heartbeat_interval = std::chrono::seconds{30}; ///< kHeartbeatOff: none
    Duration cookie_lifetime = std::chrono::seconds{60};
    Duration shutdown_guard = std::chrono::seconds{300}; ///< T5: 5 times RTO.max (RFC 9260 §9.2)

    // --- how long to try ---
    std::uint32_t association_retransmissions_max = 10;
    std::uint32_t path_retransmissions_max = 5;
    /// A peer that has several addresses is spoken to at another one after more unanswered
    /// retransmissions in a row than these (RFC 7829, PFMR): 0 is after the first. At
    /// `path_retransmissions_max` or above only an inactive path is left.
    std::uint32_t potentially_failed_retransmissions_max = 0;
    std::uint32_t init_retransmissions_max = 8;

    // --- behaviour ---
    Recovery recovery = Recovery::rack;
    Congestion congestion = Congestion::modern;
    /// Of each association; Endpoint::set_scheduler chooses another for one. First come, first
    /// served: nothing waits longer than it would have with one stream.
    StreamScheduler scheduler = StreamScheduler::first_come_first_served;
    std::uint32_t max_burst = 4;      ///< packets, under Congestion::rfc9260
    std::uint32_t sack_frequency = 2; ///< packets with DATA before a SACK must be sent
    WindowCredit window_credit = WindowCredit::on_poll;
    /// Marks control chunks, and what a message leaves unset.
    Ancillary ancillary;

    static constexpr Duration kHeartbeatOff = Duration::max();

    /// The defaults above.
    static Options modern() { return {}; }
    /// The constants of RFC 9260 §16: RTO.Min 1 s, a 200 ms SACK delay, three miss indications.
    static Options rfc9260();
};

/// What one association may have otherwise than its endpoint.
struct ConnectOptions {
    std::uint16_t local_port = 0;               ///< SCTP port; 0: one is chosen from 49152 to 65535
    std::uint16_t outbound_streams = 0;         ///< 0: the endpoint's
    std::uint16_t inbound_streams_max = 0;      ///< 0: the endpoint's
    std::uint32_t init_retransmissions_max = 0; ///< 0: the endpoint's
    /// Where else the peer is, each by its UDP port, or by that of the first where it has none.
    /// INIT goes there when the first does not answer (RFC 9260 §5.1.2); those that the peer does
    /// not call its own are forgotten then.
    std::vector<Address> remote_addresses;
    /// What all of its paths have otherwise than the endpoint's options say, those that the peer
    /// tells of included. Endpoint::set_path_options says what is refused.
    PathOptions paths;
};

/// What travels beside one message.
struct SendOptions {
    StreamId stream{};
    Ppid ppid{};
    bool unordered = false;
    bool sack_immediately = false; ///< sets the I bit on the last fragment: RFC 9260 §3.3.1
    // Partial reliability (RFC 7496 §3): whichever comes first. What is given up comes back with
    // SendFailed. What has left already is given up only under Status::partial_reliability.
    /// Given up when it is to leave, or to go again, after this time; zero: never.
    Duration lifetime{};
    /// Given up when a fragment was lost that went again so often: 0 to 254; nullopt: never. Needs
    /// Options::forward_tsn.
    std::optional<std::uint8_t> retransmissions_max;
    /// Given up when the send queue is full and one of higher priority (a lower number) comes;
    /// nullopt: never.
    std::optional<std::uint32_t> priority;
    std::uint64_t context = 0; ///< comes back with SendFailed
    /// Which shared key authenticates it, where the peer wants DATA authenticated; nullopt: the one
    /// that is active now. Messages of different keys share no packet (RFC 6458 §5.3.8).
    std::optional<KeyId> key;
    /// Where it goes: an address of the peer's that has answered (RFC 6458 §5.3.4, SCTP_ADDR_OVER),
    /// whatever its UDP port. While that path is not active it goes where others go, and so does
    /// what was lost there, when the path has failed. nullopt: where all go.
    std::optional<Address> remote;
    Ancillary ancillary;
};

/// Whose streams: those that we send in, or the peer's.
enum class StreamDirection : std::uint8_t { outgoing, incoming };

/// What `Endpoint::reset_streams` is to do.
struct StreamReset {
    StreamDirection direction = StreamDirection::outgoing;
    std::vector<StreamId> streams; ///< none: all
};

/// What `Endpoint::add_streams` is to do.
struct StreamAddition {
    StreamDirection direction = StreamDirection::outgoing;
    std::uint16_t count = 0; ///< at least 1
};

} // namespace hawser::sctp
