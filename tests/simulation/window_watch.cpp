#include "simulation/window_watch.hpp"

#include "simulation/villain.hpp"
#include "support/sctp_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace hawser::test {
namespace {

constexpr std::size_t kCommonHeaderBytes = 12;
constexpr std::size_t kDataHeaderBytes = 16;
constexpr std::size_t kIDataHeaderBytes = 20;
constexpr std::uint32_t kReConfig = 130;
constexpr std::uint32_t kNrSack = 16;

/// A TSN further away than this begins another association.
constexpr std::uint32_t kSameLife = 1u << 20;

} // namespace

void WindowWatch::seen(const Sighting& sighting) {
    if (sighting.verdict != Verdict::accepted) return;
    const bool out = sighting.direction == Direction::out;
    if (read_number(sighting.bytes, out ? 2 : 0, 2) == Villain::kPort) return; // not the friend's
    Bytes rest = sighting.bytes.subspan(kCommonHeaderBytes);
    while (rest.size() >= 4) {
        const std::size_t length = std::max<std::size_t>(read_number(rest, 2, 2), 4);
        const Bytes chunk = rest.first(std::min(length, rest.size()));
        const std::uint32_t type = read_number(chunk, 0, 1);
        if (sighting.direction == Direction::out) {
            if (type == kData) sent(read_number(chunk, 4, 4), length - kDataHeaderBytes);
            if (type == kIData) sent(read_number(chunk, 4, 4), length - kIDataHeaderBytes);
        } else if (type == kSack || type == kNrSack) {
            sacked(chunk);
        } else if (type == kShutdown) {
            acknowledged(read_number(chunk, 4, 4));
        } else if (type == kReConfig) {
            begins_again(chunk);
        }
        rest = rest.subspan(std::min((length + 3) / 4 * 4, rest.size()));
    }
}

void WindowWatch::sent(std::uint32_t tsn, std::size_t bytes) {
    const std::uint32_t next = first_ + static_cast<std::uint32_t>(row_.size());
    if (tsn - first_ >= kSameLife) {
        row_.clear();
        first_ = tsn;
        window_ = initial_window_;
    } else if (tsn != next) { // sent again
        const std::size_t step = tsn - first_;
        doubts_ |= step < row_.size() && row_[step].reported;
        return;
    }
    row_.push_back({bytes, false});
    const std::size_t total = outstanding();
    EXPECT_TRUE(may_abandon_ || doubts_ || total <= window_ || total == bytes)
        << "TSN " << tsn << ": " << total << " bytes in flight, and the window is " << window_;
}

/// The peer has agreed to an SSN/TSN reset (RFC 6525 §4.4), and may say so more than once.
void WindowWatch::begins_again(Bytes chunk) {
    constexpr std::uint32_t kResponse = 16;
    constexpr std::size_t kWithTsns = 24;
    if (chunk.size() != kWithTsns || read_number(chunk, 4, 2) != kResponse) return;
    const std::uint32_t number = read_number(chunk, 8, 4);
    if (std::exchange(last_reset_, number) == number) return;
    row_.clear();
    first_ = read_number(chunk, 20, 4);
}

void WindowWatch::acknowledged(std::uint32_t cumulative) {
    while (!row_.empty() && cumulative - first_ < kSameLife) {
        row_.pop_front();
        ++first_;
        doubts_ = false;
    }
}

void WindowWatch::sacked(Bytes chunk) {
    const std::uint32_t cumulative = read_number(chunk, 4, 4);
    const std::uint32_t ahead = cumulative + 1 - first_;
    if (ahead > row_.size()) return; // of another life, or overtaken by a later one
    acknowledged(cumulative);
    std::size_t reported = 0;
    // NR-SACK has two kinds of gaps, one after the other.
    const bool nr = read_number(chunk, 0, 1) == kNrSack;
    const std::uint32_t gaps = read_number(chunk, 12, 2) + (nr ? read_number(chunk, 14, 2) : 0);
    for (std::uint32_t i = 0; i < gaps; ++i) {
        const std::size_t at = (nr ? 20 : 16) + std::size_t{4} * i;
        const std::uint32_t last = std::min<std::uint32_t>(read_number(chunk, at + 2, 2),
                                                           static_cast<std::uint32_t>(row_.size()));
        for (std::uint32_t step = read_number(chunk, at, 2); step <= last; ++step, ++reported) {
            row_[step - 1].reported = true;
        }
    }
    const auto known = std::ranges::count(row_, true, &Sent::reported);
    const bool overtaken = ahead == 0 && reported < static_cast<std::size_t>(known);
    if (!overtaken) window_ = read_number(chunk, 8, 4);
}

std::size_t WindowWatch::outstanding() const {
    std::size_t total = 0;
    for (const Sent& one : row_)
        total += one.reported ? 0 : one.bytes;
    return total;
}

} // namespace hawser::test
