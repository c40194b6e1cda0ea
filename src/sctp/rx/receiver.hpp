// The receiving half of an association: what has come, what is owed to the sender.
#pragma once

#include "sctp/rx/interleaved_reassembly.hpp"
#include "sctp/rx/reassembly.hpp"
#include "sctp/rx/tsn_tracker.hpp"
#include "sctp/rx/window_tuning.hpp"
#include "sctp/shared.hpp"

#include <hawser/core/instant.hpp>
#include <hawser/wire/sctp/forward_tsn.hpp>
#include <hawser/wire/sctp/nr_sack.hpp>
#include <hawser/wire/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace hawser::sctp {

/// RFC 9260 §6.2: SACKs, the receive window, and reassembly.
class Receiver {
public:
    ~Receiver() { shared_.received_bytes -= counted_bytes_; }
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    enum class [[nodiscard]] Result : std::uint8_t {
        taken,
        duplicate,
        no_room,
        violation,
        too_large,
    };

    Receiver(Shared& shared, AssociationId association, Tsn initial_tsn, bool nr_sack)
        : shared_{shared},
          tracker_{initial_tsn},
          reassembly_{shared, association},
          nr_sack_{nr_sack},
          window_told_{shared.options.receive_window_bytes},
          window_size_{shared.options.receive_window_bytes} {}

    Result data(const wire::sctp::Data& data, const Datagram& datagram);
    /// The same, on an association that agreed on I-DATA.
    Result i_data(const wire::sctp::IData& data, const Datagram& datagram);
    /// Counts a chunk as received that nobody will see; `duplicate` when it came before. What was
    /// held after it goes on, so that this too can show a violation.
    Result discard(Tsn tsn);
    /// The peer has given up what it did not bring across up to that TSN, and in those streams
    /// (RFC 3758 §3.6); `duplicate` when there is nothing new in that.
    Result skip(const wire::sctp::ForwardTsnView& forward, std::uint16_t streams);
    Result skip(const wire::sctp::IForwardTsnView& forward, std::uint16_t streams);
    /// The peer's streams (none: all) count from 0 again: RFC 6525 §5.2.2. Nothing that it sent in
    /// them before is on its way any more.
    void reset_streams(std::span<const StreamId> streams);
    /// The peer's next chunk has this TSN, and all its streams count from 0 again (RFC 6525
    /// §5.2.4): nothing will come of what is not whole.
    void begin_again(Tsn next);
    /// The packet at hand came from this one of the peer's addresses; only told where several may
    /// be in use at once.
    void came_by(std::uint8_t address);
    /// All chunks of a packet with DATA have been taken: decides when to acknowledge.
    void packet_done(Instant now);
    /// Paths that are used at once overtake each other: what is missing is most likely under way,
    /// and SACKs are delayed as if it were there.
    bool expects_disorder() const { return disorder_ > 0; }

    // --- SACK ---

    /// A SACK is owed now.
    bool sack_due() const { return sack_due_; }
    /// One may ride along: something came since the last.
    bool sack_useful() const { return sack_due_ || packets_unacknowledged_ > 0; }
    /// What it acknowledges is a short burst, such as Max.Burst allows.
    bool acknowledges_few() const {
        return packets_unacknowledged_ >= 2 * shared_.options.sack_frequency &&
               packets_unacknowledged_ <= kFewPackets;
    }
    /// It says what came twice.
    bool reports_duplicates() const { return !duplicates_.empty(); }
    /// Writes it, as much as fits, and starts to count anew. At least sack_bytes_min() must fit.
    void write_sack(wire::Writer& out);
    std::size_t sack_bytes_min() const {
        return nr_sack_ ? wire::sctp::NrSackView::kHeaderBytes : wire::sctp::SackView::kHeaderBytes;
    }
    wire::sctp::ChunkType sack_type() const {
        return nr_sack_ ? wire::sctp::ChunkType::nr_sack : wire::sctp::ChunkType::sack;
    }
    std::size_t sack_bytes() const;
    void request_sack() { sack_due_ = true; }

    Instant deadline() const { return delayed_ack_; }
    void advance(Instant now);

    // --- the window ---

    std::uint32_t window_bytes() const;
    /// The application took a message: the peer is told when the window has opened enough.
    void taken(std::size_t bytes);

    /// What it is when nothing waits to be read.
    std::uint32_t window_size() const { return window_size_; }
    /// The application takes messages, and the window grows if that was much.
    WindowTuning* tuning() const { return tuning_.get(); }
    /// Looks at what was taken, where a round trip takes so long.
    void tune(Duration round_trip, Instant now) {
        const Options& options = shared_.options;
        window_size_ =
            tuning_->grown(window_size_, options.receive_window_bytes_max, round_trip, now);
    }

    /// Messages that nobody has taken. Those of the transfer before go on with this one.
    const Unread& unread() const {
        return interleaved_ ? interleaved_->unread() : reassembly_.unread();
    }
    void carry(const Unread& unread);
    /// Bytes of what nobody can read yet, with their bookkeeping.
    std::size_t unfinished_bytes() const {
        return interleaved_ ? interleaved_->unfinished_bytes() : reassembly_.unfinished_bytes();
    }

    Tsn cumulative() const { return tracker_.cumulative(); }
    bool has_gaps() const { return tracker_.has_gaps(); }
    std::uint64_t chunks() const { return chunks_; }
    std::uint64_t duplicates() const { return duplicate_chunks_; }
    void shrink();

private:
    friend struct StateAccess;
    /// Who sends little has no use for a larger window.
    static constexpr std::uint64_t kChunksBeforeTuning = 64;
    static constexpr std::size_t kDuplicatesMax = 16;
    static constexpr std::uint32_t kFewPackets = 16;
    static constexpr std::size_t kGapsMax = 256;
    /// How far the window's own limit may be passed by what a sender that had been told of more
    /// room has under way.
    static constexpr std::size_t kWindowSlack = 4;
    /// With all the memory of an endpoint held each association still has so much.
    static constexpr std::size_t kLeastWindowBytes = std::size_t{16} * 1024;

    std::optional<Result> arrived(Tsn tsn, bool immediate, std::size_t bytes);
    bool skips(Tsn to);
    bool has_room(Tsn tsn, std::size_t bytes) const;
    std::size_t charged_bytes() const {
        const std::size_t window = window_max();
        return interleaved_ ? interleaved_->charged_bytes(window)
                            : reassembly_.charged_bytes(window);
    }
    /// Bytes that may be held here now.
    std::size_t window_max() const {
        const Options& options = shared_.options;
        const std::size_t window = window_size_;
        const bool scarce = shared_.received_bytes >= options.receive_bytes_max;
        return scarce ? std::min(window, kLeastWindowBytes) : window;
    }
    void count() {
        const std::size_t held = held_bytes();
        shared_.received_bytes += held - counted_bytes_;
        counted_bytes_ = held;
    }
    std::size_t held_bytes() const {
        return interleaved_ ? interleaved_->held_bytes() : reassembly_.held_bytes();
    }
    void forget_up_to(Tsn to);
    Result checked(Reassembly::Result result);
    InterleavedReassembly& interleaved();

    Shared& shared_;
    TsnTracker tracker_;
    Reassembly reassembly_;
    std::unique_ptr<InterleavedReassembly> interleaved_; // made when the first I-DATA comes

    std::vector<Tsn> duplicates_;
    std::uint32_t packets_unacknowledged_ = 0;
    bool packet_had_data_ = false;
    std::uint8_t came_by_ = 0;  // the address that DATA came from last
    std::uint8_t disorder_ = 0; // packets with DATA for which it is still expected
    bool sack_due_ = false;
    bool nr_sack_;
    Instant delayed_ack_ = kNever;
    std::uint32_t window_told_;
    std::uint32_t window_size_;
    std::unique_ptr<WindowTuning> tuning_; // made when much has come
    std::size_t counted_bytes_ = 0;        // of this association, in Shared::received_bytes
    std::uint64_t chunks_ = 0;
    std::uint64_t duplicate_chunks_ = 0;
};

} // namespace hawser::sctp
