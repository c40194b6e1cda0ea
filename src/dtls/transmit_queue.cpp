#include "dtls/transmit_queue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hawser::dtls {

PacketId TransmitQueue::take_ids(std::size_t count) {
    last_id_ = PacketId{next_id_};
    next_id_ += count;
    return last_id_;
}

MutableBytes TransmitQueue::append(const Path& path, const Ancillary& ancillary,
                                   std::size_t bytes) {
    ++datagrams_;
    shared_ = false;
    if (first_ < waiting_.size() && joins(waiting_.back(), path, ancillary, bytes)) {
        take_ids(1);
        return join(waiting_.back(), bytes);
    }
    Transmit transmit{
        .id = take_ids(1), .path = path, .ancillary = ancillary, .payload = packets_.take(bytes)};
    transmit.payload.resize(bytes);
    waiting_.push_back(std::move(transmit));
    return waiting_.back().payload.bytes();
}

MutableBytes TransmitQueue::share(const Path& path, const Ancillary& ancillary, std::size_t bytes,
                                  std::size_t limit) {
    if (shared_ && first_ < waiting_.size()) {
        Transmit& last = waiting_.back();
        const std::size_t size = last.payload.size();
        if (size + bytes <= limit && last.path == path && last.ancillary == ancillary) {
            last.payload.resize(size + bytes);
            last_id_ = last.id;
            return last.payload.bytes().subspan(size);
        }
    }
    ++datagrams_;
    Transmit transmit{.id = take_ids(1),
                      .path = path,
                      .ancillary = ancillary,
                      .payload = packets_.take(std::max(bytes, limit))};
    transmit.payload.resize(bytes);
    waiting_.push_back(std::move(transmit));
    shared_ = true;
    return waiting_.back().payload.bytes();
}

bool TransmitQueue::joins(const Transmit& train, const Path& path, const Ancillary& ancillary,
                          std::size_t bytes) const {
    if (train.headroom != 0 || train.tailroom != 0) return false;
    const std::size_t size = train.payload.size();
    const std::size_t segment = train.segment_bytes == 0 ? size : train.segment_bytes;
    const bool next_in_row = std::to_underlying(train.id) + train.segment_count() == next_id_;
    return next_in_row && segment <= UINT16_MAX && bytes <= segment && size % segment == 0 &&
           size / segment < framing_.train_segments_max &&
           size + bytes <= framing_.train_bytes_max && train.path == path &&
           train.ancillary == ancillary;
}

/// Trains stand in large slabs; the first datagram moves there when the second one comes.
MutableBytes TransmitQueue::join(Transmit& train, std::size_t bytes) {
    const std::size_t size = train.payload.size();
    if (train.segment_bytes == 0) train.segment_bytes = static_cast<std::uint16_t>(size);
    if (train.payload.tailroom() < bytes) {
        Packet large = packets_.take(PacketPool::kLargeBytes);
        large.resize(size);
        std::memcpy(large.bytes().data(), train.payload.bytes().data(), size);
        train.payload = std::move(large);
    }
    train.payload.resize(size + bytes);
    return train.payload.bytes().subspan(size);
}

std::optional<Transmit> TransmitQueue::pop(const Framing& framing) {
    framing_ = framing;
    if (first_ == waiting_.size()) return std::nullopt;
    Transmit transmit = std::move(waiting_[first_++]);
    if (first_ == waiting_.size()) shared_ = false;
    datagrams_ -= std::min(datagrams_, transmit.segment_count());
    if (first_ == waiting_.size()) {
        waiting_.clear();
        first_ = 0;
    }
    return transmit;
}

} // namespace hawser::dtls
