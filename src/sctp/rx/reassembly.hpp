// Fragments become messages, and messages stand in line for their stream.
#pragma once

#include "sctp/rx/unread.hpp"
#include "sctp/shared.hpp"
#include "sctp/stream_map.hpp"

#include <hawser/core/packet.hpp>
#include <hawser/wire/sctp/data.hpp>
#include <hawser/wire/sctp/forward_tsn.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace hawser::sctp {

/// Puts messages together (RFC 9260 §6.9) and hands them out in the order of their streams
/// (§6.6). The fast way is that of a chunk at the Cumulative TSN: it is copied once, into the
/// message's buffer. What comes early is held, and joined to its neighbours in one step.
class Reassembly {
public:
    Reassembly(Shared& shared, AssociationId association)
        : shared_{shared}, association_{association} {}
    ~Reassembly();
    Reassembly(const Reassembly&) = delete;
    Reassembly& operator=(const Reassembly&) = delete;

    enum class [[nodiscard]] Result : std::uint8_t {
        taken,
        violation, ///< fragments that do not fit together: RFC 9260 §6.9's flags broken
        too_large, ///< above Options::message_bytes_max
        no_room,   ///< not taken, and may come again: InterleavedReassembly's limit
    };

    /// Takes the chunk after the Cumulative TSN.
    Result take_next(const wire::sctp::Data& data, const Datagram& datagram);
    /// Goes on with what was held after `from`, up to `cumulative`, after `take_next`.
    Result advance(Tsn from, Tsn cumulative);
    /// Takes a chunk beyond a gap.
    Result take_early(const wire::sctp::Data& data, const Datagram& datagram, Tsn cumulative);

    /// What is held of `first` to `last` is given up; `cumulative` is still before them.
    void forget(Tsn cumulative, Tsn first, Tsn last);
    /// Nothing is waited for any more up to the TSN of `forward`, nor in its streams up to their
    /// SSNs (RFC 3758 §3.6): half messages go, and what may still come of them; whole ones have
    /// their turn. Then it goes on up to `cumulative`. Streams from `streams` on do not exist.
    Result skip(const wire::sctp::ForwardTsnView& forward, std::uint16_t streams, Tsn cumulative);

    /// A stream begins again at SSN 0 (RFC 6525 §5.2.2): what waited for its turn has it now.
    void reset_stream(StreamId stream);
    void reset_all_streams();
    /// All streams do, and TSNs count anew (RFC 6525 §5.2.4): half messages are given up.
    void begin_again();

    /// Bytes held here and in events that nobody has taken, with their bookkeeping.
    std::size_t held_bytes() const { return settled_bytes() + partial_bytes(); }
    /// What of them counts against a window of so many bytes: the message that is being put
    /// together at the Cumulative TSN for half of it at most, so that one larger than the window
    /// can still come in.
    std::size_t charged_bytes(std::size_t window) const {
        return settled_bytes() + std::min(partial_bytes(), window / 2);
    }
    /// What nobody can read yet.
    std::size_t unfinished_bytes() const { return waiting_bytes_ + partial_bytes(); }
    AssociationId association() const { return association_; }
    const Unread& unread() const { return unread_; }
    void taken(std::size_t bytes) { unread_.taken(bytes); }
    void carry(const Unread& unread) { unread_ = unread; }
    /// Streams begin again at SSN 0, and half messages are gone.
    void reset();
    void shrink();

    /// Nothing is held at or before `cumulative`, and every run knows its own ends. Walks all that
    /// is held: for assertions of builds that look for faults.
    bool is_consistent(Tsn cumulative) const;

private:
    friend struct StateAccess;
    void begin(Message& message, const wire::sctp::Data& data, const Datagram& datagram) const;
    bool take_whole_in_order(const wire::sctp::Data& data, const Datagram& datagram);
    Result append(const wire::sctp::Data& data, const Datagram& datagram);
    Result absorb(Tsn tsn, HeldFragment& held);
    void complete(Message&& message, Tsn cumulative);
    void deliver(Message&& message);
    void deliver_early(StreamId stream, std::uint64_t& next);
    void skip_in_stream(wire::sctp::SkippedStream skipped);
    void emit_early(std::uint64_t first, std::uint64_t end);
    void drop_misnumbered();
    void emit(Message&& message);

    std::size_t settled_bytes() const { return waiting_bytes_ + unread_.charged_bytes(); }
    std::size_t partial_bytes() const {
        return partial_ == nullptr ? 0 : partial_->message.payload.size();
    }
    bool has_early() const { return early_ && !early_->empty(); }
    void forget_partial();
    HeldFragment* held(Tsn tsn) const;
    void hold(Tsn tsn, HeldFragment* fragment, Tsn cumulative);
    void drop(Tsn tsn);
    Result join(Tsn tsn, Tsn cumulative);
    void assemble_run(Tsn first, Tsn last, Tsn cumulative);

    Shared& shared_;
    AssociationId association_;
    PartialMessage* partial_ = nullptr; // the message at the Cumulative TSN
    bool rest_given_up_ = false;        // of a message whose beginning was
    std::uint32_t held_count_ = 0;
    StreamMap<std::uint64_t> next_in_stream_; // SSN, unwrapped
    /// Whole, but before their turn: by stream and SSN.
    using EarlyMessages = std::map<std::uint64_t, Message>;
    std::unique_ptr<EarlyMessages> early_; // made when the first one comes
    std::vector<HeldFragment*> held_;      // by TSN, a power of two of them
    std::size_t waiting_bytes_ = 0;        // of fragments and early messages, with bookkeeping
    Unread unread_;
    std::size_t last_message_bytes_ = 0; // the next one is probably as large
};

} // namespace hawser::sctp
