// The bytes of a capture, some at a time.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace hawser::capture::detail {

/// A window that moves over a file or over memory.
class Input {
public:
    static Result<Input> open(const std::filesystem::path& path);
    explicit Input(Bytes memory) : window_{memory}, total_{memory.size()} {}
    Input(Input&& other) noexcept;
    Input& operator=(Input&&) = delete;
    ~Input();

    /// What is at hand and not yet consumed.
    Bytes window() const { return window_; }
    void consume(std::size_t bytes) {
        window_ = window_.subspan(bytes);
        consumed_ += bytes;
    }
    /// Makes the window longer; false at the end. Windows from before are then invalid.
    Result<bool> more();

    std::uint64_t consumed() const { return consumed_; }
    std::uint64_t total() const { return total_; }

private:
    explicit Input(int file) : file_{file} {}

    int file_ = -1;
    std::vector<std::byte> buffer_;
    Bytes window_;
    std::uint64_t consumed_ = 0, total_ = 0;
};

} // namespace hawser::capture::detail
