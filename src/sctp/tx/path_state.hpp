// What is known of a path.
#pragma once

#include "sctp/tx/congestion.hpp"

#include <hawser/core/instant.hpp>
#include <hawser/core/path.hpp>
#include <hawser/wire/sctp/packet.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace hawser::sctp {

struct PathState {
    /// No window has anything left to lose after so many.
    static constexpr unsigned kIdleRtosMax = 32;

    PathState(const Path& its_path, const Options& options)
        : path{its_path},
          packet_bytes{options.packet_bytes_max},
          congestion{make_congestion_controller(options.congestion, chunk_bytes_max())} {}

    /// PMDCS in RFC 9260 §1.3: the largest DATA chunk that a packet carries.
    std::size_t chunk_bytes_max() const { return packet_bytes - wire::sctp::kCommonHeaderBytes; }

    /// DATA leaves again after a while with nothing under way: what the window says of the path is
    /// worth half as much after each RTO (RFC 9260 §7.2.1).
    void wake(Instant now, Duration rto) {
        Instant at = after(window_used_at, rto);
        if (at > now) return;
        for (unsigned i = 0; i < kIdleRtosMax && at <= now; ++i, at = after(at, rto))
            congestion->idle();
        window_used_at = now;
    }

    Path path;
    std::size_t packet_bytes; ///< the largest SCTP packet we make for it
    std::unique_ptr<CongestionController> congestion;
    std::size_t in_flight_bytes = 0; ///< of DATA chunks, headers included
    bool in_recovery = false;
    Tsn recovery_point{};     ///< the recovery ends when this is acknowledged
    Instant last_data_at{};   ///< when DATA was last sent
    Instant window_used_at{}; ///< since then the window has not lost by idling
    Instant pace_at{};        ///< no train before this

    bool active = true;
    std::uint32_t errors = 0;          ///< in a row: RFC 9260 §8.2
    std::uint32_t timeouts_in_row = 0; ///< of T3-rtx: large packets may vanish on this path
    bool may_fragment = false;         ///< packets leave without DF
};

} // namespace hawser::sctp
