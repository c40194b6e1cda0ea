// What a capture tells of its SCTP associations and DTLS connections.
#pragma once

#include <hawser/capture/dtls_summary.hpp>
#include <hawser/capture/reader.hpp>
#include <hawser/capture/tallies.hpp>
#include <hawser/core/address.hpp>
#include <hawser/core/ancillary.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hawser::capture {

/// Messages of one stream and PPID, counted once however often they were sent.
struct StreamTally {
    wire::sctp::StreamId stream{};
    wire::sctp::Ppid ppid{};
    std::uint64_t messages = 0; ///< that began
    std::uint64_t bytes = 0;    ///< of user data
    std::uint64_t unordered_messages = 0;
};

/// An ABORT or ERROR chunk, one for each cause in it; `cause` is 0 when it had none.
struct CauseSeen {
    WallTime time{};
    bool abort = false;
    std::uint16_t cause = 0;
    std::string name; ///< "User-Initiated Abort"; "cause 99" when the RFCs have no name
    std::string text; ///< the reason given with a user-initiated abort, printable
};

/// What one side of an association sent.
struct Flow {
    std::vector<Address> addresses; ///< sent from; with UDP ports when the SCTP was in UDP
    std::uint16_t port = 0;         ///< SCTP
    /// Packets to this side carry it; nullopt when no packet told.
    std::optional<std::uint32_t> verification_tag;
    /// What its INIT or INIT ACK said; nullopt when the capture has neither.
    std::optional<std::uint16_t> outbound_streams, inbound_streams_max;
    std::optional<std::uint32_t> receive_window_bytes, initial_tsn;

    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;                 ///< of SCTP packets
    std::array<std::uint64_t, 256> chunks{}; ///< by type
    std::vector<StreamTally> streams;        ///< by stream, then PPID
    std::uint64_t messages = 0, message_bytes = 0;

    std::uint64_t retransmitted_chunks = 0; ///< DATA, I-DATA whose TSN had been seen from this side
    std::uint64_t retransmitted_bytes = 0;
    std::uint64_t sacks_with_gaps = 0, gap_blocks = 0; ///< in what it sent: losses towards it
    std::uint64_t duplicates_reported = 0;             ///< TSNs that its SACKs call duplicates

    std::vector<MarkingTally> markings; ///< by DSCP, then ECN; of wire frames, sealed ones too
    std::map<std::uint8_t, std::uint64_t> hop_limits; ///< packets by hop limit
    std::vector<CauseSeen> causes;                    ///< at most 64, in time order
};

/// How an association came up, as far as the capture shows it.
struct HandshakeTimes {
    std::optional<WallTime> init, init_ack, cookie_echo, cookie_ack;
    /// INIT to INIT ACK, and INIT ACK to COOKIE ECHO: together one round trip wherever the capture
    /// was taken.
    std::optional<Duration> round_trip;
    std::uint64_t inits = 0; ///< more than one: it was sent again
};

enum class Ending : std::uint8_t { open, shutdown, aborted };

struct AssociationSummary {
    std::string observer; ///< the endpoint that logged it, or the interface
    /// By who sent INIT, or who answers whom in the rest of a handshake; in a capture without one
    /// the initiator is who was seen first.
    Flow initiator, responder;
    std::optional<bool> we_initiated; ///< by the directions in the capture, when it has them
    /// Streams that both sides agreed to: from initiator to responder, and back.
    std::optional<std::pair<std::uint16_t, std::uint16_t>> streams;
    HandshakeTimes handshake;
    WallTime first{}, last{};
    Ending ending = Ending::open;
    bool from_clear_view = false; ///< counted from upper PDUs, as the wire frames were sealed
};

struct DropTally {
    std::string observer;
    std::string reason; ///< "bad_tag": the verdict's name
    Direction direction{};
    std::uint64_t packets = 0;
};

struct Summary {
    std::string application;
    std::vector<InterfaceInfo> interfaces;
    std::uint64_t frames = 0, bytes = 0;
    /// Frames that are rows of SCTP packets: captured before the sender's segmentation offload, or
    /// after the receiver's. Their packets count as the packets that they were on the wire.
    std::uint64_t trains = 0, train_packets = 0;

    // All frames, with `train_packets` in the place of `trains`, are one of these seven, or are
    // `packets_not_kept`.
    std::uint64_t sctp_packets = 0;      ///< of the associations below
    std::uint64_t repeated_packets = 0;  ///< those in the clear that the wire frames show, too
    std::uint64_t dtls_frames = 0;       ///< datagrams of DTLS, and its messages in the clear
    std::uint64_t other_frames = 0;      ///< neither SCTP in them nor DTLS
    std::uint64_t malformed_packets = 0; ///< whole ones of SCTP whose chunks do not hold
    /// On SCTP's port, and cut so early that nothing in them tells whose they are.
    std::uint64_t unreadable_packets = 0;
    std::uint64_t dropped_frames = 0; ///< dropped or refused by who wrote the file: see `drops`

    /// Seen, but not written into the file; one counts once, though two views of it were lost.
    std::uint64_t lost_packets = 0;
    std::uint64_t cut_frames = 0; ///< the capture has less of them than there was
    WallTime first{}, last{};
    std::vector<AssociationSummary> associations; ///< in order of their first packet
    std::uint64_t packets_not_kept = 0;           ///< of associations beyond the first 4096
    std::vector<DtlsSummary> dtls;                ///< in order of their first datagram
    std::uint64_t datagrams_not_kept = 0;         ///< of DTLS connections beyond the first 4096
    std::vector<DropTally> drops;
    std::optional<Error> problem; ///< as Reader::problem
};

/// Adds up frames. Memory grows with associations and streams, not with packets.
class Summariser {
public:
    Summariser();
    ~Summariser();
    Summariser(Summariser&&) noexcept;
    Summariser& operator=(Summariser&&) noexcept;

    void add(const Frame& frame);
    Summary finish(const Reader& reader);

private:
    class Tables;
    std::unique_ptr<Tables> tables_;
};

/// Called now and then with the bytes read and the bytes there are.
using Progress = std::function<void(std::uint64_t read, std::uint64_t total)>;

/// Reads a whole file. A file that is cut or broken gives what precedes the break.
Result<Summary> summarise(const std::filesystem::path& path, const Progress& progress = {});
Result<Summary> summarise(std::unique_ptr<Source> source, const Progress& progress = {});

/// "DATA", "SACK", "INIT ACK"; "chunk 77" for a type without a name here.
std::string chunk_name(std::uint8_t type);

} // namespace hawser::capture
