#include "command/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace hawser::command {
namespace {

constexpr std::size_t kPackedBytes = std::size_t{64} * 1024;
constexpr int kGzipOnly = 16 + MAX_WBITS; // zlib's way to ask for RFC 1952

Bytef* raw(MutableBytes bytes) {
    return reinterpret_cast<Bytef*>(bytes.data());
}

class Unpacked final : public capture::Source {
public:
    explicit Unpacked(std::unique_ptr<capture::Source> packed) : packed_{std::move(packed)} {}
    ~Unpacked() override {
        if (kind_ == Kind::gzip) inflateEnd(&stream_);
    }
    Unpacked(const Unpacked&) = delete;
    Unpacked& operator=(const Unpacked&) = delete;

    Result<std::size_t> read(MutableBytes room) override {
        if (kind_ == Kind::unknown) {
            if (auto begun = begin(); !begun) return std::unexpected{begun.error()};
        }
        return kind_ == Kind::gzip ? unpack(room) : pass_on(room);
    }
    std::uint64_t position() const override { return packed_->position(); }
    std::uint64_t total() const override { return packed_->total(); }

private:
    enum class Kind : std::uint8_t { unknown, plain, gzip };

    Result<> begin();
    Result<bool> more();
    Result<std::size_t> pass_on(MutableBytes room);
    Result<std::size_t> unpack(MutableBytes room);

    std::unique_ptr<capture::Source> packed_;
    std::array<std::byte, kPackedBytes> buffer_;
    MutableBytes left_; ///< of it: read and not yet used
    Kind kind_ = Kind::unknown;
    bool in_member_ = false; ///< begun and not ended
    z_stream stream_{};
};

/// False at the end of what is packed.
Result<bool> Unpacked::more() {
    std::ranges::copy(left_, buffer_.begin());
    const MutableBytes room = MutableBytes{buffer_}.subspan(left_.size());
    const auto got = packed_->read(room);
    if (!got) return std::unexpected{got.error()};
    left_ = MutableBytes{buffer_}.first(left_.size() + *got);
    return *got > 0;
}

Result<> Unpacked::begin() {
    constexpr std::array kMagic{std::byte{0x1f}, std::byte{0x8b}};
    while (left_.size() < kMagic.size()) {
        const auto some = more();
        if (!some) return std::unexpected{some.error()};
        if (!*some) break;
    }
    kind_ = Kind::plain;
    if (left_.size() < kMagic.size() || !std::ranges::equal(left_.first(2), kMagic)) return {};
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) return fail(Errc::exhausted, "zlib");
    kind_ = Kind::gzip;
    in_member_ = true;
    return {};
}

Result<std::size_t> Unpacked::pass_on(MutableBytes room) {
    if (left_.empty()) return packed_->read(room);
    const std::size_t some = std::min(room.size(), left_.size());
    std::ranges::copy(left_.first(some), room.begin());
    left_ = left_.subspan(some);
    return some;
}

Result<std::size_t> Unpacked::unpack(MutableBytes room) {
    stream_.next_out = raw(room);
    stream_.avail_out = static_cast<uInt>(room.size());
    while (stream_.avail_out == room.size()) {
        if (left_.empty()) {
            const auto some = more();
            if (!some) return std::unexpected{some.error()};
            if (!*some && !in_member_) return std::size_t{0};
            if (!*some) return fail(Errc::closed, "the gzip file is cut");
        }
        if (!std::exchange(in_member_, true)) inflateReset(&stream_); // one more member
        stream_.next_in = raw(left_);
        stream_.avail_in = static_cast<uInt>(left_.size());
        const int state = inflate(&stream_, Z_NO_FLUSH);
        left_ = left_.last(stream_.avail_in);
        if (state == Z_STREAM_END) {
            in_member_ = false;
        } else if (state != Z_OK && state != Z_BUF_ERROR) {
            return fail(Errc::malformed, "the gzip file is broken");
        }
    }
    return room.size() - stream_.avail_out;
}

} // namespace

std::unique_ptr<capture::Source> unpacked(std::unique_ptr<capture::Source> packed) {
    return std::make_unique<Unpacked>(std::move(packed));
}

} // namespace hawser::command
