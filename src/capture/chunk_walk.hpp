// The chunks of a captured packet, the last of which may be cut.
#pragma once

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/tlv.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser::capture::detail {

struct SeenChunk {
    wire::sctp::Chunk chunk;
    bool cut = false;              ///< the capture has not all of it
    std::size_t missing_bytes = 0; ///< of its value, as far as its header is there to tell
};

class ChunkWalk {
public:
    /// `cut`: the capture has less of the packet than there was.
    ChunkWalk(Bytes chunks, bool cut) : chunks_{chunks}, cut_{cut} {}

    std::optional<SeenChunk> next() {
        const Bytes left = chunks_.rest();
        if (const auto chunk = chunks_.next()) return SeenChunk{.chunk = *chunk};
        if (!cut_ || left.empty()) return std::nullopt;
        if (left.size() < wire::sctp::kTlvHeaderBytes) return without_length(left);
        const std::size_t length = wire::load_big<std::uint16_t>(left.data() + 2);
        if (length <= left.size()) return std::nullopt;
        return SeenChunk{
            .chunk = {.type = wire::sctp::ChunkType{std::to_integer<std::uint8_t>(left[0])},
                      .flags = std::to_integer<std::uint8_t>(left[1]),
                      .value = left.subspan(wire::sctp::kTlvHeaderBytes),
                      .whole = left},
            .cut = true,
            .missing_bytes = length - left.size()};
    }

private:
    /// Its type alone can be relied on.
    static SeenChunk without_length(Bytes left) {
        return {.chunk = {.type = wire::sctp::ChunkType{std::to_integer<std::uint8_t>(left[0])},
                          .flags = left.size() > 1 ? std::to_integer<std::uint8_t>(left[1])
                                                   : std::uint8_t{0},
                          .value = {},
                          .whole = left},
                .cut = true};
    }

    wire::sctp::Chunks chunks_;
    bool cut_;
};

} // namespace hawser::capture::detail
