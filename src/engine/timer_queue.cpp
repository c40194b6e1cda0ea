#include <hawser/engine/timer_queue.hpp>

#include <algorithm>

namespace hawser {
namespace {
constexpr std::size_t kBranches = 4;
}

void TimerQueue::put(std::size_t place, Entry* entry) {
    heap_[place] = entry;
    entry->place = static_cast<std::uint32_t>(place);
}

void TimerQueue::set(Entry& entry, Instant deadline) {
    if (deadline == entry.deadline) return;
    const bool earlier = deadline < entry.deadline;
    entry.deadline = deadline;
    if (entry.place == kNone) {
        heap_.push_back(&entry);
        entry.place = static_cast<std::uint32_t>(heap_.size() - 1);
        sift_up(entry.place);
        return;
    }
    if (deadline != kNever) {
        earlier ? sift_up(entry.place) : sift_down(entry.place);
        return;
    }
    const std::size_t place = entry.place;
    Entry* last = heap_.back();
    heap_.pop_back();
    entry.place = kNone;
    if (last == &entry) return;
    put(place, last);
    sift_up(place);
    sift_down(last->place);
}

void TimerQueue::sift_up(std::size_t place) {
    Entry* moving = heap_[place];
    while (place > 0) {
        const std::size_t parent = (place - 1) / kBranches;
        if (heap_[parent]->deadline <= moving->deadline) break;
        put(place, heap_[parent]);
        place = parent;
    }
    put(place, moving);
}

void TimerQueue::sift_down(std::size_t place) {
    Entry* moving = heap_[place];
    while (true) {
        const std::size_t first = place * kBranches + 1;
        if (first >= heap_.size()) break;
        const std::size_t end = std::min(first + kBranches, heap_.size());
        std::size_t least = first;
        for (std::size_t child = first + 1; child < end; ++child) {
            if (heap_[child]->deadline < heap_[least]->deadline) least = child;
        }
        if (moving->deadline <= heap_[least]->deadline) break;
        put(place, heap_[least]);
        place = least;
    }
    put(place, moving);
}

} // namespace hawser
