#include "capture/train.hpp"

#include <hawser/wire/sctp/packet.hpp>

#include <algorithm>

namespace hawser::capture::detail {

std::optional<std::size_t> sctp_stride(Bytes payload) {
    constexpr std::size_t kPortsAndTagBytes = 8;
    constexpr std::size_t kLeast = wire::sctp::kCommonHeaderBytes + 4; // and a chunk's header
    if (payload.size() < kLeast + wire::sctp::kCommonHeaderBytes) return std::nullopt;
    const Bytes begin = payload.first(kPortsAndTagBytes);
    const std::size_t last = payload.size() - wire::sctp::kCommonHeaderBytes;
    for (std::size_t at = kLeast; at <= last; at += 4) {
        if (!std::ranges::equal(begin, payload.subspan(at, kPortsAndTagBytes))) continue;
        if (wire::sctp::checksum_is_right(payload.first(at))) return at;
    }
    return std::nullopt;
}

} // namespace hawser::capture::detail
