#include "command/overheard.hpp"

#include <hawser/wire/sctp/packet.hpp>

#include <fmt/format.h>

namespace hawser::command {
namespace {

/// A handshake record of DTLS, as every client begins with: RFC 9147 §4.
bool is_hello(Bytes datagram) {
    constexpr std::size_t kRecordHeaderBytes = 13;
    constexpr std::byte kHandshake{22};
    constexpr std::byte kMajorVersion{0xfe};
    return datagram.size() > kRecordHeaderBytes && datagram[0] == kHandshake &&
           datagram[1] == kMajorVersion;
}

} // namespace

void Overheard::seen(const Sighting& sighting) {
    if (log_ != nullptr) log_->seen(sighting);
    const bool is_dropped = sighting.direction == Direction::in && sighting.layer == Layer::wire &&
                            sighting.verdict != Verdict::accepted;
    if (is_dropped && !done_) look(sighting);
}

void Overheard::look(const Sighting& dropped) {
    const bool is_other =
        sealed_ ? wire::sctp::checksum_is_right(dropped.bytes) : is_hello(dropped.bytes);
    if (!is_other) return;
    done_ = true;
    console_.say(fmt::format("{} speaks {}, and this listener {}: give --dtls to both ends, or to "
                             "neither",
                             to_string(dropped.path.remote), sealed_ ? "SCTP without DTLS" : "DTLS",
                             sealed_ ? "takes DTLS alone" : "has no --dtls"));
}

} // namespace hawser::command
