// First come first served: RFC 8260 §3.1.
#include "sctp/tx/scheduler.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace hawser::sctp {
namespace {

/// The messages of a class, in the order in which they came.
struct Line {
    ClassId traffic_class;
    MessageList waiting;
};

class Fcfs final : public Scheduler {
public:
    void add(OutgoingMessage* message) override {
        Line* line = find(message->traffic_class);
        if (line == nullptr) line = &lines_.emplace_back(message->traffic_class, MessageList{});
        line->waiting.push_back(message);
    }

    OutgoingMessage* next() override { return lines_.empty() ? nullptr : front(lines_.front()); }

    OutgoingMessage* next_of(ClassId traffic_class) override {
        Line* line = find(traffic_class);
        return line == nullptr ? nullptr : front(*line);
    }

    void take(OutgoingMessage* message) override {
        Line* line = find(message->traffic_class);
        HAWSER_ASSERT(line != nullptr && line->waiting.front() == message);
        line->waiting.pop_front();
        if (line->waiting.empty()) lines_.erase(lines_.begin() + (line - lines_.data()));
    }

    void train_begins(ClassId traffic_class) override {
        if (lines_.size() < 2 || lines_.front().traffic_class != traffic_class) return;
        std::ranges::rotate(lines_, lines_.begin() + 1);
    }

    bool others_wait(ClassId traffic_class) const override {
        return std::ranges::any_of(
            lines_, [&](const Line& line) { return line.traffic_class != traffic_class; });
    }

    void extract(const Wanted& wanted, const Taken& taken) override {
        for (Line& line : lines_)
            line.waiting.extract(wanted, taken);
        std::erase_if(lines_, [](const Line& line) { return line.waiting.empty(); });
    }

private:
    static OutgoingMessage* front(Line& line) { return line.waiting.front(); }

    Line* find(ClassId traffic_class) {
        const auto found = std::ranges::find(lines_, traffic_class, &Line::traffic_class);
        return found == lines_.end() ? nullptr : &*found;
    }

    std::vector<Line> lines_; // those with work, in turn
};

} // namespace

std::unique_ptr<Scheduler> make_fcfs_scheduler() {
    return std::make_unique<Fcfs>();
}

} // namespace hawser::sctp
