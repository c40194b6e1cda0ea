// One of the peer's transport addresses, and all that is known of the way there.
#pragma once

#include "sctp/tx/congestion.hpp"
#include "sctp/tx/lane.hpp"
#include "sctp/tx/mtu_discovery.hpp"
#include "sctp/tx/own_options.hpp"
#include "sctp/tx/tally.hpp"

#include <hawser/core/instant.hpp>
#include <hawser/core/path.hpp>
#include <hawser/wire/sctp/packet.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::sctp {

/// What is known of whether packets get there, from best to worst.
enum class Reach : std::uint8_t {
    active,
    potentially_failed, ///< no answer of late, where there are other addresses: RFC 7829
    inactive,           ///< no answer for too long: RFC 9260 §8.2
};

/// RFC 9260 §14.3, "Per Transport Address Data": the congestion window, what is in flight, round
/// trips, T3-rtx and loss detection (those four by class, in lanes), the size of packets, the idle
/// clock and the error count of one path.
class Destination {
public:
    Destination(const Path& its_path, std::uint8_t its_index, const Options& options, Instant now);

    // --- packets ---

    // In an order that leaves few holes, as in an association.
    Path path;
    std::uint8_t index;              ///< among the destinations: what a SentChunk knows it by
    bool may_fragment : 1 = false;   ///< packets leave without DF
    bool in_recovery : 1 = false;    ///< until `recovery_point` is acknowledged
    bool recovery_began : 1 = false; ///< by the SACK at hand
    bool echo_known : 1 = false;     ///< the window was reduced for a mark of the network
    /// Answers are overdue that others wait for, and it is asked: see Sender::next_held_up.
    bool doubted : 1 = false;
    bool timed_out = false;     ///< T3-rtx, since the last look
    std::uint32_t packet_bytes; ///< the largest SCTP packet we make for it
    /// PMDCS in RFC 9260 §1.3: the largest DATA chunk that a packet carries.
    std::size_t chunk_bytes_max() const { return packet_bytes - wire::sctp::kCommonHeaderBytes; }
    void resize_packets(std::size_t bytes);
    std::unique_ptr<MtuDiscovery> path_mtu; ///< made when larger packets would be of use

    // --- what the user has chosen for it ---

    std::unique_ptr<OwnOptions> own; ///< null: all is as the endpoint has it
    /// Its own, or the endpoint's.
    template <class T>
    T chosen(std::optional<T> PathOptions::* its, T endpoints) const {
        return own ? (own->now.*its).value_or(endpoints) : endpoints;
    }
    RtoLimits rto_limits(const Options& options) const;
    /// nullptr: none but those of messages and the endpoint.
    const Ancillary* own_markings() const {
        return own && !own->now.ancillary.empty() ? &own->now.ancillary : nullptr;
    }
    bool seeks_larger_packets(const Options& options) const;
    /// They are sound: `check` has said so.
    void have_options(const PathOptions& wanted, OwnOptions::Whose whose, const Options& options);

    // --- congestion ---

    /// By the SACK at hand, of what was sent there: HTNA in RFC 9260 §7.2.4.
    Tsn highest_newly_acked{};
    Tsn echo_point{}; ///< what was sent last when the window was reduced for a mark
    std::unique_ptr<CongestionController> congestion;
    std::size_t in_flight_bytes = 0;  ///< of DATA chunks, headers included
    std::size_t in_flight_before = 0; ///< when the SACK at hand came, or the clock struck
    std::size_t burst_limit = 0;      ///< Max.Burst (RFC 9260 §6.1 D), in bytes in flight
    Tsn recovery_point{};             ///< the recovery ends when this is acknowledged

    void allow_burst(const Options& options) {
        burst_limit = in_flight_bytes + options.max_burst * chunk_bytes_max();
    }
    /// DATA may go there, and is not better sent elsewhere.
    bool is_usable() const { return confirmed && reach == Reach::active && !doubted; }
    /// What the congestion window leaves for DATA.
    bool has_window() const { return in_flight_bytes < congestion->window(); }
    /// DATA leaves again after a while with nothing under way: what the window says of the path is
    /// worth half as much after each RTO (RFC 9260 §7.2.1).
    void wake(Instant now);

    // --- signs of life ---

    Reach reach = Reach::active;       ///< RFC 9260 §8.2
    bool confirmed = false;            ///< nobody has lied about it: RFC 9260 §5.4
    bool answered = false;             ///< the SACK at hand acknowledged what was sent there
    std::uint8_t sources_tried = 0;    ///< addresses of ours that it has not answered
    std::int16_t suspected_errno = 0;  ///< the network says that nobody is there; 0: it does not
    std::uint16_t timeouts_in_row = 0; ///< of T3-rtx: large packets may vanish on this path
    std::uint32_t errors = 0;          ///< in a row: RFC 9260 §8.2
    Instant last_data_at;              ///< when DATA was last sent
    Instant window_used_at;            ///< since then the window has not lost by idling
    Instant heartbeat_at = kNever;     ///< when the next one is due
    Instant next_error_at{};           ///< no timeout counts before this: classes time out together

    // --- what is counted ---

    Traffic traffic;
    Tally& tally() {
        if (!tally_) tally_ = std::make_unique<Tally>();
        return *tally_;
    }
    Tally tallied() const { return tally_ ? *tally_ : Tally{}; }

    // --- the pace ---

    /// Moves the clock on by a train of `bytes`.
    void pace(std::size_t bytes, Instant now);
    Instant pace_at{};            ///< no train before this
    Instant paced_until = kNever; ///< when the pace lets waiting data go

    // --- classes ---

    /// The lane of a class; made, or made of one without work, where there is none. Making one ends
    /// all references to others.
    Lane& lane_of(ClassId id);
    Lane& lane(std::uint16_t at) { return lanes_[at]; }
    std::vector<Lane>& lanes() { return lanes_; }
    const std::vector<Lane>& lanes() const { return lanes_; }
    /// How long an answer from there takes, as far as is known.
    Duration usual_delay() const {
        return rtt().smoothed() != Duration{} ? rtt().smoothed() : rtt().rto();
    }
    /// Of the default class, which control chunks and heartbeats have.
    RttEstimator& rtt() { return lanes_.front().rtt; }
    const RttEstimator& rtt() const { return lanes_.front().rtt; }
    bool any_lost() const;
    /// Of what was acknowledged now, and sent last; zero: of nothing.
    Duration newest_round_trip(Instant now) const;
    /// The first of T3-rtx, tail-loss probes and reordering clocks of all classes, and the pace.
    Instant deadline() const;

private:
    friend struct StateAccess;

    std::unique_ptr<Tally> tally_;
    std::vector<Lane> lanes_; // 0: the default class
};

/// nullopt: nothing has set it yet.
inline std::optional<std::size_t> threshold_of(const Destination& destination) {
    const std::size_t threshold = destination.congestion->slow_start_threshold();
    if (threshold >= kWindowMax) return std::nullopt;
    return threshold;
}

} // namespace hawser::sctp
