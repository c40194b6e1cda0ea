// Writes numbers and runs of bytes into borrowed room.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/wire/byte_order.hpp>

#include <cstdint>
#include <cstring>

namespace hawser::wire {

/// A cursor over room that somebody else owns. What does not fit is not written, not even in part,
/// nor is anything after it: `ok()` turns false and stays so. It never writes past the end.
class Writer {
public:
    explicit Writer(MutableBytes room) : room_{room} {}

    void u8(std::uint8_t value) { number(value); }
    void u16(std::uint16_t value) { number(value); }
    void u32(std::uint32_t value) { number(value); }
    void u64(std::uint64_t value) { number(value); }

    void bytes(Bytes source) {
        const MutableBytes to = claim(source.size());
        if (!to.empty()) std::memcpy(to.data(), source.data(), to.size());
    }
    void zeros(std::size_t count) {
        const MutableBytes to = claim(count);
        if (!to.empty()) std::memset(to.data(), 0, count);
    }
    /// Zeros until `written()` is a multiple of `alignment`.
    void pad_to(std::size_t alignment) {
        const std::size_t over = written_ % alignment;
        if (over != 0) zeros(alignment - over);
    }

    /// The next `count` bytes, for the caller to fill; empty when they are not there.
    MutableBytes claim(std::size_t count) {
        if (count > room_.size() - written_ || !ok_) [[unlikely]] {
            fail();
            return {};
        }
        const MutableBytes taken = room_.subspan(written_, count);
        written_ += count;
        return taken;
    }

    /// Puts a number over two bytes that were written before: a length that is known only now.
    void patch_u16(std::size_t offset, std::uint16_t value) {
        if (offset > written_ || written_ - offset < sizeof value) [[unlikely]]
            return fail();
        store_big(room_.data() + offset, value);
    }
    /// Gives up: for a caller that finds that what it writes cannot be said in this format.
    void fail() { ok_ = false; }

    /// Bytes written so far.
    std::size_t written() const { return written_; }
    /// Bytes that still fit.
    std::size_t remaining() const { return room_.size() - written_; }
    /// What was written so far.
    Bytes output() const { return room_.first(written_); }
    /// False once something did not fit.
    bool ok() const { return ok_; }

private:
    template <class T>
    void number(T value) {
        const MutableBytes to = claim(sizeof value);
        if (!to.empty()) store_big(to.data(), value);
    }

    MutableBytes room_;
    std::size_t written_ = 0;
    bool ok_ = true;
};

} // namespace hawser::wire
