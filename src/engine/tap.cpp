#include <hawser/engine/tap.hpp>

#include <algorithm>
#include <utility>

namespace hawser {

void Tap::seen_train(const Sighting& train, std::size_t segment_bytes) {
    Sighting packet = train;
    for (std::size_t at = 0; at < train.bytes.size(); at += segment_bytes) {
        packet.bytes = train.bytes.subspan(at, std::min(segment_bytes, train.bytes.size() - at));
        seen(packet);
        packet.packet_id = PacketId{std::to_underlying(packet.packet_id) + 1};
    }
}

void show_segments(Tap& tap, Sighting sighting, const Transmit& transmit, std::size_t first,
                   std::size_t last) {
    const auto id_of = [id = std::to_underlying(sighting.packet_id)](std::size_t segment) {
        return PacketId{id + segment};
    };
    if (last - first > 1 && transmit.headroom == 0 && transmit.tailroom == 0) {
        const std::size_t start = first * transmit.segment_bytes;
        const std::size_t end =
            std::min<std::size_t>(last * transmit.segment_bytes, transmit.payload.size());
        sighting.packet_id = id_of(first);
        sighting.bytes = transmit.payload.bytes().subspan(start, end - start);
        return tap.seen_train(sighting, transmit.segment_bytes);
    }
    for (std::size_t i = first; i < last; ++i) {
        sighting.packet_id = id_of(i);
        sighting.bytes = transmit.segment(i);
        tap.seen(sighting);
    }
}

} // namespace hawser
