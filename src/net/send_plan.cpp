#include "net/send_plan.hpp"

#include <hawser/core/check.hpp>

#include <algorithm>

namespace hawser::net {
namespace {

std::size_t segment_bytes_of(const Transmit& transmit) {
    return transmit.segment_bytes != 0 ? transmit.segment_bytes : transmit.payload.size();
}

bool wants_fragments(const Transmit& transmit) {
    return transmit.ancillary.dont_fragment == std::optional{false};
}

/// Datagrams of this size that one call of the kernel takes.
std::size_t train_limit(std::size_t segment_bytes) {
    if (segment_bytes == 0) return 1;
    return std::clamp<std::size_t>(kUdpPayloadMax / segment_bytes, 1, kTrainSegmentsMax);
}

iovec piece_of(const Transmit& transmit, std::size_t first, std::size_t count,
               std::size_t segment_bytes) {
    const Bytes all = transmit.payload.bytes();
    const std::size_t start = first * segment_bytes;
    const std::size_t size = std::min(count * segment_bytes, all.size() - start);
    // sendmsg only reads, but an iovec serves both directions.
    return {.iov_base = const_cast<std::byte*>(all.data() + start), .iov_len = size};
}

} // namespace

void SendPlan::build(std::span<const Transmit> batch, Cursor at, const SendFacts& socket) {
    count_ = 0;
    pieces_used_ = 0;
    may_fragment_ = wants_fragments(batch[at.item]);
    while (at.item < batch.size() && count_ < kMessages && pieces_used_ < kPieces &&
           wants_fragments(batch[at.item]) == may_fragment_) {
        at = add_message(batch, at, socket);
    }
}

Cursor SendPlan::add_message(std::span<const Transmit> batch, Cursor at, const SendFacts& socket) {
    const Transmit& first = batch[at.item];
    HAWSER_ASSERT(first.headroom == 0 && first.tailroom == 0); // on the wire both are 0
    const std::size_t segment_bytes = segment_bytes_of(first);
    const std::size_t limit = socket.trains ? train_limit(segment_bytes) : 1;
    const std::size_t left = first.segment_count() - at.segment;
    const std::size_t taken = std::min(left, limit);

    const std::size_t piece_first = pieces_used_;
    iovec& piece = pieces_[pieces_used_++] = piece_of(first, at.segment, taken, segment_bytes);
    Message message{.begin = at, .end = at, .datagrams = taken, .bytes = piece.iov_len};
    if (taken < left) {
        message.end.segment += taken;
    } else {
        message.end = {.item = at.item + 1, .segment = 0};
        while (message.end.item < batch.size() && message.datagrams < limit &&
               joins(first, batch[message.end.item], segment_bytes, message)) {
            const Transmit& next = batch[message.end.item++];
            pieces_[pieces_used_++] = piece_of(next, 0, next.segment_count(), segment_bytes);
            message.datagrams += next.segment_count();
            message.bytes += next.payload.size();
        }
    }
    finish(first, segment_bytes, message, piece_first, socket);
    return message.end;
}

/// Whether all of `next` can ride after what the message holds: only the last datagram of a train
/// may be shorter, and one set of control messages covers them all.
bool SendPlan::joins(const Transmit& first, const Transmit& next, std::size_t segment_bytes,
                     const Message& message) const {
    const std::size_t size = next.payload.size();
    if (pieces_used_ == kPieces || size == 0) return false;
    if (message.bytes != message.datagrams * segment_bytes) return false;
    if (next.segment_bytes != 0 ? next.segment_bytes != segment_bytes : size > segment_bytes) {
        return false;
    }
    if (message.datagrams + next.segment_count() > train_limit(segment_bytes)) return false;
    return message.bytes + size <= kUdpPayloadMax && next.path == first.path &&
           next.ancillary == first.ancillary;
}

void SendPlan::finish(const Transmit& first, std::size_t segment_bytes, const Message& message,
                      std::size_t piece_first, const SendFacts& socket) {
    const Family family = first.path.remote.family();
    const bool train = message.datagrams > 1;
    const ControlRequest request{.ancillary = first.ancillary,
                                 .defaults = socket.defaults(family),
                                 .family = family,
                                 .source = source_of(first.path, first.ancillary, socket.bound),
                                 .segment_bytes = train ? static_cast<std::uint16_t>(segment_bytes)
                                                        : std::uint16_t{0}};
    const auto control_bytes = encode_control(request, controls_[count_]);
    HAWSER_ASSERT(control_bytes.has_value()); // the check has found that they fit

    msghdr& header = headers_[count_].msg_hdr = {};
    if (socket.peer != first.path.remote) {
        header.msg_name = &names_[count_];
        header.msg_namelen = encode(first.path.remote, socket.socket_family, names_[count_]);
    }
    header.msg_iov = &pieces_[piece_first];
    header.msg_iovlen = pieces_used_ - piece_first;
    header.msg_control = *control_bytes > 0 ? controls_[count_].bytes : nullptr;
    header.msg_controllen = *control_bytes;
    messages_[count_++] = message;
}

} // namespace hawser::net
