// Takes every record number once (RFC 9147 §4.5.1, RFC 6347 §4.1.2.6).
#pragma once

#include <array>
#include <cstdint>
#include <memory>

namespace hawser::dtls {

/// A bitmap after the newest number. It begins small and doubles whenever a number that has not
/// come yet would fall off its end, up to the limit; so what is merely late is still taken, and a
/// connection that loses and reorders nothing stays small.
class ReplayWindow {
public:
    static constexpr std::uint32_t kLimitMin = 64;
    static constexpr std::uint32_t kLimitMax = 65'536;

    /// `limit`: numbers after the newest that are still taken; rounded up to a power of two.
    explicit ReplayWindow(std::uint32_t limit);

    /// Whether the number could still be taken. Does not take it: that comes after the record has
    /// proved to be the peer's.
    bool is_new(std::uint64_t number) const;
    void take(std::uint64_t number);

    /// One above the highest number taken.
    std::uint64_t next() const { return next_; }
    std::size_t storage_bits() const { return bits_; }

private:
    static constexpr std::uint32_t kInlineBits = 128;

    std::uint64_t* words() { return heap_ ? heap_.get() : inline_.data(); }
    const std::uint64_t* words() const { return heap_ ? heap_.get() : inline_.data(); }
    bool taken(std::uint64_t number) const {
        const std::uint64_t bit = number & (bits_ - 1);
        return ((words()[bit / 64] >> (bit % 64)) & 1) != 0;
    }
    void mark(std::uint64_t number, bool value);
    bool would_forget(std::uint64_t number) const;
    void grow();

    std::uint64_t next_ = 0;
    std::uint32_t bits_;
    std::uint32_t limit_;
    std::array<std::uint64_t, kInlineBits / 64> inline_;
    std::unique_ptr<std::uint64_t[]> heap_;
};

} // namespace hawser::dtls
