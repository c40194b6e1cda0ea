#include "dtls/outbox.hpp"

#include <algorithm>

namespace hawser::dtls {

void Outbox::add(Message message) {
    const auto size = static_cast<std::uint32_t>(message.body.size());
    messages_.push_back({std::move(message), {Run{0, size}}});
}

void Outbox::clear() {
    messages_.clear();
    records_.clear();
}

std::vector<Outbox::Piece> Outbox::missing() const {
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
        for (const Run& run : messages_[i].missing)
            pieces.push_back({i, run.first, run.second});
    }
    return pieces;
}

void Outbox::sent(const Piece& piece, std::uint64_t epoch, std::uint64_t sequence) {
    if (records_.size() == kRecordsKept) records_.pop_front();
    records_.push_back({epoch, sequence, piece});
}

bool Outbox::acknowledge(std::uint64_t epoch, std::uint64_t sequence) {
    for (const Record& record : records_) {
        if (record.epoch != epoch || record.sequence != sequence) continue;
        std::vector<Run> left;
        for (const Run& run : messages_[record.piece.message].missing) {
            const std::uint32_t from = std::max(run.first, record.piece.from);
            const std::uint32_t to = std::min(run.second, record.piece.to);
            const bool apart = from > to || (from == to && run.first != run.second);
            if (apart) {
                left.push_back(run);
                continue;
            }
            if (run.first < from) left.emplace_back(run.first, from);
            if (to < run.second) left.emplace_back(to, run.second);
        }
        messages_[record.piece.message].missing = std::move(left);
    }
    return std::ranges::all_of(messages_, [](const Entry& e) { return e.missing.empty(); });
}

} // namespace hawser::dtls
