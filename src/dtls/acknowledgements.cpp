#include "dtls/acknowledgements.hpp"

#include <algorithm>

namespace hawser::dtls {

void Acknowledgements::note(RecordNumber number) {
    owed_ = true;
    if (std::ranges::find(numbers_, number) != numbers_.end()) return;
    if (numbers_.size() == kMost) numbers_.erase(numbers_.begin());
    numbers_.push_back(number);
}

void Acknowledgements::clear() {
    *this = Acknowledgements{};
}

void Acknowledgements::due_by(Instant at) {
    due_ = std::min(due_, at);
}

std::vector<RecordNumber> Acknowledgements::take(std::size_t content_bytes) {
    constexpr std::size_t kLengthBytes = 2;
    const std::size_t room =
        content_bytes < kLengthBytes ? 0 : (content_bytes - kLengthBytes) / RecordNumber::kBytes;
    const auto count = static_cast<std::ptrdiff_t>(std::min(room, numbers_.size()));
    std::vector<RecordNumber> newest{numbers_.end() - count, numbers_.end()};
    std::ranges::sort(newest);
    owed_ = false;
    due_ = kNever;
    return newest;
}

} // namespace hawser::dtls
