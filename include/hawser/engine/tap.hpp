// Where a packet can be watched.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/core/path.hpp>
#include <hawser/engine/verdict.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hawser {

enum class Direction : std::uint8_t { in, out };

/// What the bytes of a sighting are.
enum class Layer : std::uint8_t {
    wire, ///< a datagram as the network carries it
    dtls, ///< a handshake message after decryption
    sctp, ///< an SCTP packet, from its common header
    rtp,
    rtcp,
};

std::string_view name(Layer layer);

/// One packet taken or given. Everything is borrowed for the time of the call.
struct Sighting {
    Instant at;
    Direction direction;
    Layer layer;
    const Path& path;
    const Ancillary& ancillary;
    Bytes bytes;
    Verdict verdict = Verdict::accepted;
    PacketId packet_id{};
    std::string_view endpoint; ///< the name its owner gave the endpoint
    std::string_view note;     ///< a remark for the log, e.g. "retransmission"; may be empty
};

/// Sees packets go by. Implement it to write your own log: `seen` must not block, and must copy
/// what it keeps. Called on the thread of the endpoint it is attached to.
class Tap {
public:
    virtual ~Tap() = default;
    virtual void seen(const Sighting& sighting) = 0;
    /// Packets that leave together: `train.bytes` has them one after the other, each of
    /// `segment_bytes` but the last, which may be shorter; `train.packet_id` is the first one's,
    /// and they count up. Calls `seen` for each unless overridden.
    virtual void seen_train(const Sighting& train, std::size_t segment_bytes);
    /// False: nothing would come of it to show packets of this layer now, and whoever would show
    /// them may save the trouble. The answer may change at any time. True unless overridden.
    virtual bool wants([[maybe_unused]] Layer layer) const { return true; }
    /// A line of an NSS key log, before the packet that needs it. Ignored unless overridden.
    virtual void secret([[maybe_unused]] std::string_view line) {}
};

/// Shows segments `first` to `last` (not included) of `transmit`: as a train when they touch. The
/// sighting's id is that of segment 0; its bytes are not looked at.
void show_segments(Tap& tap, Sighting sighting, const Transmit& transmit, std::size_t first,
                   std::size_t last);

} // namespace hawser
