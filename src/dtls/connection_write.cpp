// Data out: a record at a time, or a train of them in its place.
#include "dtls/connection.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hawser::dtls {

Result<> Connection::write(Bytes payload, const Ancillary& ancillary, const Call& call) {
    if (standing_.ended) return hawser::fail(Errc::closed, "the connection has ended");
    if (!standing_.connected) return hawser::fail(Errc::exhausted, "the handshake is not done yet");
    if (payload.size() > standing_.agreement.peer_record_limit)
        return hawser::fail(Errc::too_large, "longer than a record that the peer takes");
    TransmitQueue& outgoing = services_.outgoing;
    if (outgoing.size() >= kUnsentMax)
        return hawser::fail(Errc::exhausted, "too many datagrams wait to be sent");
    RecordLayer::Writing& epoch = records_.for_data();
    if (auto left = RecordLayer::numbers_left(epoch, 1); !left) return left;
    const Options& options = *standing_.options;
    const std::size_t size = records_.record_bytes(epoch, payload.size());
    const Ancillary marking = ancillary.over(options.ancillary);
    const std::size_t before = outgoing.size();
    const MutableBytes record =
        options.coalesce_bytes == 0
            ? outgoing.append(standing_.path, marking, size)
            : outgoing.share(standing_.path, marking, size, options.coalesce_bytes);
    records_.seal_content(epoch, ContentType::application_data, payload, record);
    services_.counters.datagrams_sent += outgoing.size() - before;
    if (RecordLayer::is_worn(epoch)) static_cast<void>(update_keys(false, call));
    return {};
}

Overhead Connection::overhead() const {
    if (!standing_.connected) return {};
    const RecordRoom room = records_.room(records_.for_data());
    return {static_cast<std::uint16_t>(room.headroom), static_cast<std::uint16_t>(room.tailroom)};
}

std::size_t Connection::payload_bytes_max(std::size_t datagram_bytes) const {
    const Overhead around = overhead();
    const std::size_t taken = std::size_t{around.headroom} + around.tailroom;
    const std::size_t left = datagram_bytes > taken ? datagram_bytes - taken : 0;
    return std::min<std::size_t>(left, standing_.agreement.peer_record_limit);
}

/// Moves what has more room around it than a record needs, so that the row has no gaps.
Result<Transmit> Connection::seal(Transmit&& clear, const Call& call) {
    if (standing_.ended) return hawser::fail(Errc::closed, "the connection has ended");
    if (!standing_.connected) return hawser::fail(Errc::exhausted, "the handshake is not done yet");
    RecordLayer::Writing& epoch = records_.for_data();
    const RecordRoom room = records_.room(epoch);
    if (clear.headroom < room.headroom || clear.tailroom < room.tailroom)
        return hawser::fail(Errc::invalid_argument, "not enough room around the segments");
    const std::size_t count = clear.segment_count();
    if (record_padding(epoch.keys, clear.segment(count - 1).size()) != 0)
        return hawser::fail(Errc::invalid_argument, "too short to hide the record's number");
    if (auto left = RecordLayer::numbers_left(epoch, count); !left)
        return std::unexpected{left.error()};
    const MutableBytes all = clear.payload.bytes();
    const bool exact = clear.headroom == room.headroom && clear.tailroom == room.tailroom;
    std::size_t at = exact ? 0 : clear.headroom - room.headroom;
    const std::size_t first = at;
    for (std::size_t i = 0; i < count; ++i) {
        const MutableBytes segment = clear.segment(i);
        const MutableBytes record = all.subspan(at, room.headroom + segment.size() + room.tailroom);
        if (!exact && record.data() + room.headroom != segment.data())
            std::memmove(record.data() + room.headroom, segment.data(), segment.size());
        records_.seal_in_sight(epoch, ContentType::application_data, record);
        at += record.size();
    }
    const std::size_t segment_bytes =
        clear.segment_bytes == 0 ? 0 : room.headroom + clear.segment_bytes + room.tailroom;
    const MutableBytes row = all.subspan(first, at - first);
    records_.hide_numbers(epoch, row, segment_bytes == 0 ? row.size() : segment_bytes);
    clear.payload.resize(at);
    clear.payload.trim_front(first);
    clear.path = standing_.path;
    clear.segment_bytes = static_cast<std::uint16_t>(segment_bytes);
    clear.headroom = 0;
    clear.tailroom = 0;
    services_.counters.datagrams_sent += count;
    if (RecordLayer::is_worn(epoch)) static_cast<void>(update_keys(false, call));
    return std::move(clear);
}

} // namespace hawser::dtls
