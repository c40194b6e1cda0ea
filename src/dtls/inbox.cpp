#include "dtls/inbox.hpp"

#include <algorithm>

namespace hawser::dtls {

Verdict Inbox::add(const wire::dtls::HandshakeFragment& fragment, std::uint64_t epoch) {
    const wire::dtls::HandshakeHeader& header = fragment.header;
    const auto ahead = static_cast<std::uint16_t>(header.message_seq - next_);
    if (ahead >= kAhead) return Verdict::unexpected;
    if (header.length > kMessageBytesMax) return Verdict::no_room;
    Partial& partial = partials_[header.message_seq % kAhead];
    if (partial.known && epoch > partial.epoch) forget(partial);
    if (!partial.known) {
        if (bytes_ + header.length > kTotalBytesMax) return Verdict::no_room;
        partial.known = true;
        partial.type = header.type;
        partial.length = header.length;
        partial.epoch = epoch;
        partial.body.resize(header.length);
        bytes_ += header.length;
    } else if (partial.type != header.type || partial.length != header.length ||
               partial.epoch != epoch) {
        return Verdict::malformed;
    }
    if (fragment.body.empty()) return Verdict::accepted;
    const std::uint32_t end = header.fragment_offset + header.fragment_length;
    if (!note(partial, header.fragment_offset, end)) return Verdict::no_room;
    std::ranges::copy(fragment.body, partial.body.begin() + header.fragment_offset);
    return Verdict::accepted;
}

void Inbox::forget(Partial& partial) {
    bytes_ -= partial.length;
    partial = Partial{};
}

void Inbox::forget_before(std::uint64_t epoch) {
    for (Partial& partial : partials_) {
        if (partial.known && partial.epoch < epoch) forget(partial);
    }
}

/// Joins the run with those that it touches. False when there would be too many.
bool Inbox::note(Partial& partial, std::uint32_t from, std::uint32_t to) {
    auto& runs = partial.runs;
    auto first =
        std::find_if(runs.begin(), runs.end(), [&](const Run& run) { return run.second >= from; });
    auto last = first;
    while (last != runs.end() && last->first <= to) {
        from = std::min(from, last->first);
        to = std::max(to, last->second);
        ++last;
    }
    if (first == last && runs.size() >= kRunsMax) return false;
    first = runs.erase(first, last);
    runs.insert(first, Run{from, to});
    return true;
}

std::optional<HandshakeMessage> Inbox::take() {
    Partial& partial = partials_[next_ % kAhead];
    if (!partial.whole()) return std::nullopt;
    HandshakeMessage message{partial.type, next_, partial.epoch, std::move(partial.body)};
    forget(partial);
    ++next_;
    return message;
}

bool Inbox::reaches(std::uint16_t sequence) const {
    std::uint16_t whole = next_;
    while (whole != sequence && partials_[whole % kAhead].whole())
        ++whole;
    return whole == sequence;
}

bool Inbox::has_partial() const {
    return std::ranges::any_of(partials_, &Partial::known);
}

} // namespace hawser::dtls
