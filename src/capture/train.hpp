// Rows of packets that were captured as one.
#pragma once

#include <hawser/core/bytes.hpp>

#include <cstddef>
#include <optional>

namespace hawser::capture::detail {

/// A UDP payload of several SCTP packets, as captures have it that were taken before the network
/// card cut it, or after it joined it (UDP_SEGMENT, UDP_GRO): all have one length but the last,
/// which may be shorter. Answers that length; nullopt when it is one packet, or no SCTP.
///
/// What says so is the first packet's checksum: another packet of its ports and tag follows where
/// it is right.
std::optional<std::size_t> sctp_stride(Bytes payload);

} // namespace hawser::capture::detail
