#include "capture/input.hpp"

#include <cstring>

namespace hawser::capture::detail {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{256} * 1024;

} // namespace

Result<bool> Input::more() {
    if (source_ == nullptr) return false;
    // What is left moves to the front, and the next chunk comes after it.
    const std::size_t left = window_.size();
    if (left != 0) std::memmove(buffer_.data(), window_.data(), left);
    buffer_.resize(left + kChunkBytes);
    window_ = Bytes{buffer_}.first(left);
    const auto got = source_->read(MutableBytes{buffer_}.subspan(left));
    if (!got) return std::unexpected{got.error()};
    window_ = Bytes{buffer_}.first(left + *got);
    return *got > 0;
}

} // namespace hawser::capture::detail
