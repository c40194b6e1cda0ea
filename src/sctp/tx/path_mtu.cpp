#include "sctp/tx/path_mtu.hpp"

#include <hawser/core/check.hpp>

#include <algorithm>
#include <array>

namespace hawser::sctp {
namespace {

/// MTUs that networks have: X.25, ARPANET, IPv6, tunnels in Ethernet, PPPoE, Ethernet, WLAN, FDDI,
/// SONET, tunnels in jumbo frames, jumbo frames, what an IP packet can be.
constexpr std::array<std::uint16_t, 27> kCommonMtus{
    576,  1006, 1280, 1320, 1360, 1380, 1400, 1420, 1440, 1460, 1480, 1492,   1500,  2000,
    2304, 3000, 4352, 4470, 6000, 7500, 8000, 8500, 8900, 8950, 9000, 16'384, 32'768};
/// Until something is refused these alone are tried, in leaps: nearly every path is of the first.
constexpr std::array<std::uint16_t, 3> kRungs{1500, 9000, 32'768};

constexpr std::size_t kPacketBytesMax = 65'000;

std::uint16_t size_of(std::size_t bytes) {
    return static_cast<std::uint16_t>(std::min(bytes, kPacketBytesMax) & ~std::size_t{3});
}

} // namespace

PathMtu::PathMtu(const Sizes& sizes)
    : least_{size_of(std::min(sizes.least, sizes.base))},
      base_{size_of(sizes.base)},
      most_{size_of(std::max(sizes.most, sizes.base))},
      around_{static_cast<std::uint16_t>(sizes.around)},
      packet_bytes_{base_} {}

void PathMtu::limit(std::size_t most, std::size_t around) {
    most_ = size_of(std::max<std::size_t>(most, base_));
    around_ = static_cast<std::uint16_t>(around);
}

void PathMtu::start() {
    if (state_ == State::disabled) enter_base();
}

void PathMtu::stop() {
    state_ = State::disabled;
    packet_bytes_ = std::min(packet_bytes_, base_);
    probed_ = hint_ = 0;
    doubted_ = false;
}

// --- probes ---

std::size_t PathMtu::due(Instant now) {
    if (state_ == State::disabled || is_out() || now < not_before_) return 0;
    if (resting_ && !doubted_) {
        if (now < raise_at_) return 0;
        raise(now);
    }
    const std::size_t bytes = next_size();
    if (bytes == 0) rest(now);
    return bytes;
}

void PathMtu::sent(std::size_t bytes, Instant now, Duration round_trip, Duration timeout) {
    HAWSER_ASSERT(!is_out() && bytes != 0);
    probed_ = size_of(bytes);
    not_before_ = now + round_trip;
    expires_at_ = now + std::max(timeout, kProbeTimerLeast);
}

void PathMtu::answered(Instant now) {
    const std::size_t bytes = probed_;
    probed_ = 0;
    lost_ = 0;
    if (doubted_ && bytes >= packet_bytes_) { // the network was wrong
        doubted_ = false;
        hint_ = 0;
        not_before_ = std::max(not_before_, now + kProbeTimerLeast); // nobody makes us ask at will
    }
    if (state_ == State::base) return begin_search(State::searching, base_, now);
    if (bytes <= packet_bytes_) return;
    if (state_ == State::error && bytes >= base_) return begin_search(State::searching, bytes, now);
    packet_bytes_ = size_of(bytes);
    const bool as_said = bytes == hint_; // and the network says that no more fits
    if (as_said || next_size() == 0) rest(now);
}

void PathMtu::expired(Instant now, bool alive) {
    const std::size_t bytes = probed_;
    probed_ = 0;
    if (!alive) return;
    ++lost_;
    if (lost_ < (doubted_ ? 1 : kProbesMax)) return;
    lost_ = 0;
    if (bytes > packet_bytes_) return refuse(bytes, now);
    if (state_ == State::base) return enter_error(now);
    black_hole(now); // it was doubted
}

/// `bytes` do not fit, and less may.
void PathMtu::refuse(std::size_t bytes, Instant now) {
    refused_ = size_of(bytes);
    if (next_size() == 0) rest(now);
}

// --- other signs ---

bool PathMtu::black_hole(Instant now) {
    if (state_ == State::disabled || state_ == State::base) return false;
    if (state_ != State::error) {
        enter_base();
        return true;
    }
    if (packet_bytes_ == least_) return false;
    enter_error(now);
    return true;
}

void PathMtu::doubt(std::size_t bytes) {
    const bool known = state_ == State::disabled || state_ == State::base;
    if (known || doubted_ || bytes <= base_ || bytes > packet_bytes_) return;
    doubted_ = true;
    hint_ = probed_ = 0; // larger ones can wait
}

void PathMtu::too_big(std::size_t bytes, Instant now) {
    const std::size_t fits = size_of(bytes);
    if (state_ == State::disabled || fits < least_) return;
    if (fits < packet_bytes_) {
        doubted_ = true;
        hint_ = size_of(fits);
        return;
    }
    if (fits >= probed_ || probed_ <= packet_bytes_) return;
    const std::size_t refused = probed_;
    probed_ = 0;
    lost_ = 0;
    hint_ = size_of(fits);
    if (fits > packet_bytes_) return refuse(refused, now);
    refused_ = size_of(refused);
    rest(now); // PL_PTB_SIZE = PLPMTU
}

// --- the search: §5.3 ---

/// 0 when no size is left to try.
std::size_t PathMtu::next_size() const {
    if (state_ == State::base) return base_;
    if (doubted_) return packet_bytes_;
    if (resting_ || packet_bytes_ >= top()) return 0;
    if (hint_ > packet_bytes_ && (refused_ == 0 || hint_ < refused_)) return hint_;
    return refused_ == 0 ? next_rung() : middle_of_table();
}

std::size_t PathMtu::packet_of(std::size_t mtu_bytes) const {
    return size_of(mtu_bytes - std::min<std::size_t>(mtu_bytes, around_));
}

std::size_t PathMtu::next_rung() const {
    for (const std::size_t mtu_bytes : kRungs) {
        const std::size_t bytes = packet_of(mtu_bytes);
        if (bytes > packet_bytes_) return std::min(bytes, top());
    }
    return top();
}

/// Of the sizes between what is in use and what was refused.
std::size_t PathMtu::middle_of_table() const {
    const auto gets_through = [this](std::size_t mtu) { return packet_of(mtu) <= packet_bytes_; };
    const auto may_fit = [this](std::size_t mtu) { return packet_of(mtu) < refused_; };
    const auto first = std::ranges::partition_point(kCommonMtus, gets_through);
    const auto last = std::ranges::partition_point(kCommonMtus, may_fit);
    return first < last ? packet_of(*(first + (last - first) / 2)) : 0;
}

void PathMtu::begin_search(State state, std::size_t packet_bytes, Instant now) {
    state_ = state;
    packet_bytes_ = size_of(packet_bytes);
    refused_ = 0;
    lost_ = 0;
    resting_ = false;
    if (packet_bytes_ >= top()) rest(now);
}

void PathMtu::enter_base() {
    state_ = State::base;
    packet_bytes_ = base_;
    refused_ = probed_ = 0;
    lost_ = 0;
    resting_ = false;
    doubted_ = doubted_ && hint_ != 0 && hint_ < base_;
}

/// §5.2: packets become as small as is sure, and larger ones are looked for below BASE_PLPMTU.
void PathMtu::enter_error(Instant now) {
    begin_search(State::error, least_, now);
    probed_ = 0;
    doubted_ = false;
    refused_ = base_;
}

/// Until PMTU_RAISE_TIMER.
void PathMtu::rest(Instant now) {
    resting_ = true;
    hint_ = 0;
    raise_at_ = now + kRaiseAfter;
    if (state_ == State::searching) state_ = State::search_complete;
}

/// PMTU_RAISE_TIMER is over.
void PathMtu::raise(Instant now) {
    if (state_ == State::error && packet_bytes_ >= base_) return enter_base();
    begin_search(state_ == State::error ? State::error : State::searching, packet_bytes_, now);
}

} // namespace hawser::sctp
