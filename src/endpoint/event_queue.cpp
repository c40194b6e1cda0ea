#include "endpoint/inbox.hpp"

namespace hawser::detail {

void EventQueue::give(Event event) {
    if (const auto wait = waiting_.next()) {
        wait->finish(std::move(event));
        return;
    }
    if (events_.size() >= events_max_) {
        const Event dropped = events_.pop_front();
        lost_newest_ = std::visit([](const auto& lost) { return lost.association; }, dropped);
        ++lost_;
    }
    events_.push_back(std::move(event));
}

void EventQueue::take(WaitPointer<Event> wait) {
    if (lost_ > 0) {
        wait->finish(EventsLost{.association = lost_newest_, .count = std::exchange(lost_, 0)});
    } else if (!events_.empty()) {
        wait->finish(events_.pop_front());
    } else if (ended_) {
        wait->finish(std::unexpected{*ended_});
    } else {
        waiting_.push(std::move(wait));
    }
}

void EventQueue::end(const Error& error) {
    ended_ = error;
    waiting_.fail_all(error);
}

} // namespace hawser::detail
