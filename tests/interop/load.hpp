// What interop peers send each other, and how they show that it arrived.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/engine/random.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

struct evp_md_ctx_st;

namespace hawser::interop {

/// Messages of 1 byte to `largest` on the streams in turn, until `total_bytes` have been made. The
/// same seed makes the same messages.
class Load {
public:
    struct Message {
        std::uint16_t stream;
        std::uint32_t ppid; ///< 1000 + stream
        std::vector<std::byte> payload;
    };

    Load(std::uint64_t seed, std::uint64_t total_bytes, std::uint16_t streams, std::size_t largest)
        : random_{seed}, left_bytes_{total_bytes}, streams_{streams}, largest_bytes_{largest} {}

    bool done() const { return left_bytes_ == 0; }
    Message next();

private:
    SeededRandom random_;
    std::uint64_t left_bytes_;
    std::uint16_t streams_;
    std::size_t largest_bytes_;
    std::uint64_t count_ = 0;
};

/// Counts and hashes what went over each stream. Two ends agree when their reports are equal.
class Tally {
public:
    /// In the order that it is added, or (messages are then added whole) in any: the hashes of the
    /// messages, each bit summed up.
    explicit Tally(bool in_order = true) : in_order_{in_order} {}

    void add(std::uint16_t stream, Bytes some, bool ends_message);
    std::uint64_t bytes() const { return bytes_; }

    /// One line a stream on standard output:
    /// `WHAT stream=0 messages=3 bytes=123 sha256=...`.
    void report(std::string_view what) const;

private:
    struct Hasher {
        void operator()(evp_md_ctx_st* context) const;
    };
    struct OfStream {
        std::uint64_t messages = 0;
        std::uint64_t bytes = 0;
        std::unique_ptr<evp_md_ctx_st, Hasher> sha256;
        std::array<unsigned char, 32> sum{};
    };

    bool in_order_;
    std::map<std::uint16_t, OfStream> streams_;
    std::uint64_t bytes_ = 0;
};

/// One line of a peer's report; it is out when this returns.
void say(std::string_view line);

} // namespace hawser::interop
