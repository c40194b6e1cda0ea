// The timers of a shard: one entry a subject, the earliest in front.
#pragma once

#include <hawser/core/instant.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hawser {

/// A 4-ary heap of deadlines, one entry a subject, with the exact earliest on top.
///
/// A heap instead of a timing wheel, because `deadline()` has to be exact and a busy subject's
/// entry stays near the top: moving it costs a comparison or two, whatever the number of idle ones.
class TimerQueue {
public:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    /// What a subject keeps: its place in the heap.
    struct Entry {
        Instant deadline = kNever;
        std::uint32_t place = kNone;
    };

    /// Moves the entry's deadline; kNever takes it out.
    void set(Entry& entry, Instant deadline);
    void remove(Entry& entry) { set(entry, kNever); }

    /// kNever when empty.
    Instant deadline() const { return heap_.empty() ? kNever : heap_.front()->deadline; }
    /// The entry on top when it is due at `now`, else nullptr. It stays until its owner moves it.
    Entry* due(Instant now) const {
        return !heap_.empty() && heap_.front()->deadline <= now ? heap_.front() : nullptr;
    }
    std::size_t size() const { return heap_.size(); }

private:
    void sift_up(std::size_t place);
    void sift_down(std::size_t place);
    void put(std::size_t place, Entry* entry);

    std::vector<Entry*> heap_;
};

} // namespace hawser
