// The bytes of a capture, some at a time.
#pragma once

#include <hawser/capture/source.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace hawser::capture::detail {

/// A window that moves over a source or over memory.
class Input {
public:
    explicit Input(std::unique_ptr<Source> source) : source_{std::move(source)} {}
    explicit Input(Bytes memory) : window_{memory}, total_{memory.size()} {}
    Input(Input&&) noexcept = default;
    Input& operator=(Input&&) = delete;
    ~Input() = default;

    /// What is at hand and not yet consumed.
    Bytes window() const { return window_; }
    void consume(std::size_t bytes) {
        window_ = window_.subspan(bytes);
        consumed_ += bytes;
    }
    /// Makes the window longer; false at the end. Windows from before are then invalid.
    Result<bool> more();

    /// Bytes of the source that were taken, and all of them; see Source.
    std::uint64_t position() const { return source_ ? source_->position() : consumed_; }
    std::uint64_t total() const { return source_ ? source_->total() : total_; }

private:
    std::unique_ptr<Source> source_;
    std::vector<std::byte> buffer_;
    Bytes window_;
    std::uint64_t consumed_ = 0, total_ = 0;
};

} // namespace hawser::capture::detail
