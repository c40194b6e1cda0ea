// The counts of one association in a capture.
#pragma once

#include <hawser/capture/summary.hpp>
#include <hawser/wire/sctp/packet.hpp>
#include <hawser/wire/sctp/tlv.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "capture/chunk_walk.hpp"
#include "capture/message_ppids.hpp"
#include "capture/record.hpp"
#include "capture/tsn_set.hpp"

namespace hawser::capture::detail {

/// Side 0 asked for the association, as far as the capture tells, or else sent the first packet
/// that it has; side 1 is the other.
class AssociationTally {
public:
    using Side = unsigned;
    static constexpr std::size_t kTagsMax =
        16; ///< a stateless peer may offer several, at INIT ACKs

    AssociationTally(std::string observer, View view);

    /// Counts a packet and everything in it but INIT and INIT ACK's tags, which the table knows.
    void packet(const Frame& frame, Side sender, const wire::sctp::CommonHeader& header);
    void chunk(const Frame& frame, Side sender, const SeenChunk& seen);
    /// Counts what the IP header of a packet of `sender` says beside it.
    void beside(const wire::IpHeader& ip, Side sender);

    bool has_tag(Side side, std::uint32_t tag) const;
    bool has_tags(Side side) const { return !tags_[side].empty(); }
    /// Packets to `side` may carry it; false when there are too many already.
    bool add_tag(Side side, std::uint32_t tag);
    const std::vector<std::uint32_t>& tags(Side side) const { return tags_[side]; }
    std::uint16_t port(Side side) const {
        return side == 0 ? summary_.initiator.port : summary_.responder.port;
    }
    const std::string& observer() const { return summary_.observer; }

    bool saw_init() const { return summary_.handshake.inits != 0; }
    bool ended() const { return summary_.ending != Ending::open; }
    View view() const { return view_; }
    AssociationSummary finish();

private:
    struct SideTally {
        TsnSet tsns;
        MessagePpids ppids;
        std::map<std::pair<wire::sctp::StreamId, wire::sctp::Ppid>, StreamTally> streams;
        std::array<std::uint64_t, 256> traffic_classes{};
    };

    Flow& flow(Side side) { return side == 0 ? summary_.initiator : summary_.responder; }
    void init(const Frame& frame, Side sender, const SeenChunk& seen);
    /// DATA or I-DATA.
    template <class Data>
    void data(Side sender, const SeenChunk& seen);
    void sack(Side sender, Bytes value);
    void causes(const Frame& frame, Side sender, const SeenChunk& seen);
    void finish_flow(Side side);

    AssociationSummary summary_;
    View view_;
    std::array<SideTally, 2> sides_;
    std::array<std::vector<std::uint32_t>, 2> tags_;
    std::optional<WallTime> last_init_, last_init_ack_;
};

} // namespace hawser::capture::detail
