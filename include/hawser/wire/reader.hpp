// Reads numbers and runs of bytes off the front of some bytes.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/byte_order.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace hawser::wire {

/// A cursor over borrowed bytes. One that runs short answers zeros and empty runs from then on, so
/// that a codec reads straight through and asks once, at the end: `return in.finish(value);`.
class Reader {
public:
    explicit Reader(Bytes bytes) : at_{bytes.data()}, left_{bytes.size()} {}

    std::uint8_t u8() { return number<std::uint8_t>(); }
    std::uint16_t u16() { return number<std::uint16_t>(); }
    std::uint32_t u32() { return number<std::uint32_t>(); }
    std::uint64_t u64() { return number<std::uint64_t>(); }

    /// The next `count` bytes, borrowed.
    Bytes bytes(std::size_t count) {
        if (count > left_) [[unlikely]] {
            run_short();
            return {};
        }
        const Bytes taken{at_, count};
        advance(count);
        return taken;
    }
    void skip(std::size_t count) { static_cast<void>(bytes(count)); }
    /// All that is left, and leaves nothing.
    Bytes rest() { return bytes(left_); }

    std::size_t remaining() const { return left_; }
    /// False once it ran short.
    bool ok() const { return ok_; }

    /// `value`, or `malformed` when it ran short on the way. Bytes left over are the caller's
    /// business.
    template <class T>
    Result<T> finish(T value, std::string_view what = "shorter than its format") const {
        if (!ok_) [[unlikely]]
            return fail(Errc::malformed, what);
        return Result<T>{std::move(value)};
    }

private:
    template <class T>
    T number() {
        if (left_ < sizeof(T)) [[unlikely]] {
            run_short();
            return 0;
        }
        const T value = load_big<T>(at_);
        advance(sizeof(T));
        return value;
    }
    void advance(std::size_t count) {
        at_ += count;
        left_ -= count;
    }
    void run_short() {
        ok_ = false;
        left_ = 0;
    }

    const std::byte* at_;
    std::size_t left_;
    bool ok_ = true;
};

} // namespace hawser::wire
