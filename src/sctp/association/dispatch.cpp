// Reads a packet chunk by chunk. The table says which chunk is taken in which states, and by whom.
#include "sctp/association/association.hpp"

#include <array>

namespace hawser::sctp {

using wire::sctp::Chunk;
using wire::sctp::ChunkType;

namespace {

bool stands_alone(ChunkType type) {
    return type == ChunkType::init || type == ChunkType::init_ack ||
           type == ChunkType::shutdown_complete;
}

constexpr States kTakesData = States::of(State::established, State::shutdown_pending,
                                         State::shutdown_sent, State::shutdown_received);
constexpr States kUp = States::of(State::established, State::shutdown_pending, State::shutdown_sent,
                                  State::shutdown_received, State::shutdown_ack_sent);

} // namespace

/// RFC 9260 §4 and §5.2 as a table: a chunk in another state than these is `unexpected`.
struct ChunkTable {
    using Handler = Verdict (Association::*)(const Chunk&, const Arrival&);
    struct Row {
        ChunkType type;
        States states;
        Handler handler; ///< null: there is nothing left to do
    };
    using A = Association;

    static constexpr std::array kRows{
        Row{ChunkType::data, kTakesData, &A::on_data},
        Row{ChunkType::i_data, kTakesData, &A::on_i_data},
        Row{ChunkType::init_ack, States::of(State::cookie_wait), &A::on_init_ack}, // §5.2.3
        Row{ChunkType::sack, kTakesData, &A::on_sack},
        Row{ChunkType::nr_sack, kTakesData, &A::on_nr_sack},
        Row{ChunkType::heartbeat, kUp.and_also(State::cookie_echoed), &A::on_heartbeat},
        Row{ChunkType::heartbeat_ack, kUp.and_also(State::cookie_echoed), &A::on_heartbeat_ack},
        Row{ChunkType::abort, States::all(), &A::on_abort},
        Row{ChunkType::shutdown,
            States::of(State::established, State::shutdown_pending, State::shutdown_received,
                       State::shutdown_sent),
            &A::on_shutdown},
        Row{ChunkType::shutdown_ack, States::of(State::shutdown_sent, State::shutdown_ack_sent),
            &A::on_shutdown_ack},
        Row{ChunkType::error, States::all(), &A::on_error},
        Row{ChunkType::cookie_echo, States::all(), nullptr}, // the endpoint has seen to it
        Row{ChunkType::cookie_ack, States::of(State::cookie_echoed), &A::on_cookie_ack}, // §5.2.5
        Row{ChunkType::forward_tsn, kTakesData, &A::on_forward_tsn},
        Row{ChunkType::i_forward_tsn, kTakesData, &A::on_i_forward_tsn},
        Row{ChunkType::re_config, kTakesData, &A::on_re_config},
        Row{ChunkType::asconf, kTakesData, &A::on_asconf}, // RFC 5061 §5.1.1 C4
        Row{ChunkType::asconf_ack, kTakesData, &A::on_asconf_ack},
        Row{ChunkType::pad, States::all(), nullptr},      // RFC 4820 §3
        Row{ChunkType::ecne, States::all(), &A::on_ecne}, // RFC 4960 appendix A
        Row{ChunkType::cwr, States::all(), &A::on_cwr},
        Row{ChunkType::shutdown_complete, States::of(State::shutdown_ack_sent),
            &A::on_shutdown_complete}, // §8.5.1 (C)
    };

    /// For each type its row; the last, which is none, for those that we do not know.
    static constexpr std::array<std::uint8_t, 256> index() {
        std::array<std::uint8_t, 256> index{};
        index.fill(static_cast<std::uint8_t>(kRows.size()));
        for (std::size_t i = 0; i < kRows.size(); ++i)
            index[std::to_underlying(kRows[i].type)] = static_cast<std::uint8_t>(i);
        return index;
    }
    static const Row* find(ChunkType type) {
        static constexpr auto kIndex = index();
        const std::size_t at = kIndex[std::to_underlying(type)];
        return at < kRows.size() ? &kRows[at] : nullptr;
    }
};

Verdict Association::receive(Bytes chunks, const Datagram& datagram, Instant now,
                             bool authenticated) {
    asker().traffic.received(datagram.payload.size(), now);
    sack_before_next();
    const Arrival arrival{datagram, now};
    Verdict verdict = Verdict::malformed;
    bool any_accepted = false;
    wire::sctp::Chunks walker{chunks};
    while (const auto chunk = walker.next()) {
        if (stands_alone(chunk->type) && wire::sctp::padded(chunk->whole.size()) < chunks.size()) {
            return Verdict::malformed; // RFC 9260 §6.10
        }
        if (authenticator_) [[unlikely]] {
            if (const auto refused = refusal(*chunk, walker.rest(), authenticated)) {
                verdict = *refused;
                // With all that follows it; RFC 5061 §5.2 D5.
                if (verdict == Verdict::bad_authentication || chunk->type == ChunkType::asconf)
                    break;
                continue;
            }
        }
        verdict = dispatch(*chunk, arrival);
        any_accepted |= verdict == Verdict::accepted;
        if (closed()) return verdict;
        if (verdict == Verdict::unknown_chunk) break; // its type says: look no further
    }
    if (transfer_) {
        if (sender_->is_concurrent()) transfer_->receiver.came_by(arrived_from_);
        if (address_changes_) send_asconf_acks(arrival);
        transfer_->receiver.packet_done(now);
        if (transfer_->receiver.tuning() != nullptr) tune_window(now);
        if (!asker().is_usable()) ask_where_heard(asker(), now);
        if (transfer_->reconfiguration) advance_reconfiguration();
    }
    report_free_keys();
    if (walker.malformed()) return Verdict::malformed;
    return any_accepted ? Verdict::accepted : verdict;
}

Verdict Association::dispatch(const Chunk& chunk, const Arrival& arrival) {
    if (chunk.type == ChunkType::init) return Verdict::malformed; // stands alone, and with tag 0
    const ChunkTable::Row* row = ChunkTable::find(chunk.type);
    if (row == nullptr) return on_unknown(chunk);
    if (!row->states.contain(state())) return Verdict::unexpected;
    return row->handler == nullptr ? Verdict::accepted : (this->*row->handler)(chunk, arrival);
}

Verdict Association::receive_reflected(const Chunk& chunk, const Arrival& arrival) {
    if (authenticator_) { // who has no association has no keys
        bool authenticated = false;
        if (const auto refused = refusal(chunk, {}, authenticated)) return *refused;
    }
    return dispatch(chunk, arrival);
}

/// RFC 9260 §3.2: the top two bits of the type say what to do.
Verdict Association::on_unknown(const Chunk& chunk) {
    const auto action = wire::sctp::unknown_action(chunk.type);
    if (action.report) queue_error(wire::sctp::CauseCode::unrecognized_chunk_type, chunk.whole);
    return action.skip ? Verdict::accepted : Verdict::unknown_chunk;
}

} // namespace hawser::sctp
