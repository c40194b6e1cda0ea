// Messages of I-DATA, many of them under construction at a time.
#pragma once

#include "sctp/rx/interleaved_message.hpp"
#include "sctp/rx/reassembly.hpp"
#include "sctp/rx/tsn_tracker.hpp"
#include "sctp/rx/unread.hpp"
#include "sctp/shared.hpp"
#include "sctp/stream_map.hpp"

#include <hawser/core/packet.hpp>
#include <hawser/wire/sctp/i_data.hpp>
#include <hawser/wire/sctp/i_forward_tsn.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace hawser::sctp {

/// Puts messages together by stream, U bit, MID and FSN, whatever their TSNs (RFC 8260 §2.2.3), and
/// hands the ordered ones out in the order of their MIDs. The fast way is that of the next fragment
/// of a message under construction: it is copied once, into the message's buffer.
///
/// What waits here can only be let go by more chunks. So it counts for half the window at most,
/// else a peer whose messages together are larger than the window could never finish one. What
/// bounds its memory is `limit_bytes`: beyond it a chunk is left to come again while something
/// before it is missing, which may finish messages. When nothing is missing there is no way out,
/// and the association ends.
class InterleavedReassembly {
public:
    using Result = Reassembly::Result;

    InterleavedReassembly(Shared& shared, AssociationId association)
        : shared_{shared}, association_{association} {}
    InterleavedReassembly(const InterleavedReassembly&) = delete;
    InterleavedReassembly& operator=(const InterleavedReassembly&) = delete;

    /// Takes a chunk that `tracker` has not recorded yet. `no_room`: it is not to be recorded.
    Result take(const wire::sctp::IData& data, const Datagram& datagram, const TsnTracker& tracker);

    /// Messages are given up, by stream, U bit and MID (RFC 8260 §2.3.1): those under construction
    /// go; whole ones have their turn. Streams from `streams` on do not exist.
    void skip(const wire::sctp::IForwardTsnView& forward, std::uint16_t streams);

    /// A stream begins again at MID 0, for ordered and for unordered messages (RFC 6525 §5.2.2):
    /// what waited for its turn has it now, and nothing will come of what is not whole.
    void reset_stream(StreamId stream);
    void reset_all_streams();

    std::size_t held_bytes() const { return unread_.charged_bytes() + waiting_bytes_; }
    /// What of them counts against a window of so many bytes.
    std::size_t charged_bytes(std::size_t window) const {
        return unread_.charged_bytes() + std::min(waiting_bytes_, window / 2);
    }
    /// What nobody can read yet.
    std::size_t unfinished_bytes() const { return waiting_bytes_; }
    const Unread& unread() const { return unread_; }
    void taken(std::size_t bytes) { unread_.taken(bytes); }
    void carry(const Unread& unread) { unread_ = unread; }

    /// Memory that may wait here, with bookkeeping: the largest message that is accepted, and what
    /// a sender may have under way beside it.
    std::size_t limit_bytes() const {
        return shared_.options.message_bytes_max +
               kWindows * std::size_t{shared_.options.receive_window_bytes};
    }

    /// The counts are those of what is held, and nothing is held whose turn has come. Walks all
    /// that waits: for assertions of builds that look for faults.
    bool is_consistent();

    /// What a message that waits costs besides its payload: its place, its ancillary data, the rest
    /// of its buffer.
    static constexpr std::size_t kWaitingOverheadBytes = 512;
    /// The same of a fragment beyond a hole.
    static constexpr std::size_t kHeldOverheadBytes = 128;

private:
    friend struct StateAccess;
    /// By `key_of`.
    using Waiting = std::map<std::uint64_t, InterleavedMessage>;
    static constexpr std::size_t kWindows = 4;
    /// Places kept for later: as many streams as commonly have a message under way at once.
    static constexpr std::size_t kSparesMax = 16;

    static std::uint64_t key_of(StreamId stream, bool unordered, std::uint64_t number);
    std::optional<std::uint64_t> number_of(const wire::sctp::IData& data);
    bool is_next(const wire::sctp::IData& data, std::uint64_t number);
    Waiting::iterator find(std::uint64_t key);
    std::optional<Result> refused(std::size_t bytes, bool next, const TsnTracker& tracker) const;

    void hand_out_whole(const wire::sctp::IData& data, const Datagram& datagram, Tsn cumulative);
    Waiting::iterator begin(std::uint64_t key, const wire::sctp::IData& data);
    Result add(InterleavedMessage& to, const wire::sctp::IData& data, const Datagram& datagram);
    void append(InterleavedMessage& to, Bytes payload, bool congested);
    void hold(InterleavedMessage& to, const wire::sctp::IData& data, bool congested);
    void absorb(InterleavedMessage& to);
    void describe(Message& message, const wire::sctp::IData& data, const Datagram& datagram) const;

    void completed(Waiting::iterator message, std::uint64_t number, Tsn cumulative);
    void hand_out_those_that_follow(StreamId stream);
    void skip_ordered(StreamId stream, Mid mid);
    void skip_unordered(StreamId stream, Mid mid);
    void end_range(std::uint64_t first, std::uint64_t last);
    void hand_out(Waiting::iterator message);
    void uncount(const InterleavedMessage& message);
    void clear_place(Waiting::iterator message);
    static std::size_t cost_of(const InterleavedMessage& message);

    Shared& shared_;
    AssociationId association_;
    StreamMap<std::uint64_t> next_in_stream_; // MID of the ordered ones, unwrapped
    Waiting waiting_;
    Waiting::iterator last_found_ = waiting_.end();
    std::vector<Waiting::node_type> spares_; // messages end, others begin: no allocation
    std::size_t waiting_bytes_ = 0;          // `cost_of` all that wait
    std::size_t reserved_bytes_ = 0;         // for messages that wait, by guess
    std::size_t last_message_bytes_ = 0;     // the next one is probably as large
    Unread unread_;
};

} // namespace hawser::sctp
