// What interop peers send each other, and how they show that it arrived.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/engine/random.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

struct evp_md_ctx_st;

namespace hawser::interop {

/// Messages of 1 byte to 60,000 on the streams in turn, until `total_bytes` have been made. The
/// same seed makes the same messages.
class Load {
public:
    struct Message {
        std::uint16_t stream;
        std::uint32_t ppid; ///< 1000 + stream
        std::vector<std::byte> payload;
    };

    Load(std::uint64_t seed, std::uint64_t total_bytes, std::uint16_t streams)
        : random_{seed}, left_bytes_{total_bytes}, streams_{streams} {}

    bool done() const { return left_bytes_ == 0; }
    Message next();

private:
    static constexpr std::size_t kMessageBytesMax = 60'000;

    SeededRandom random_;
    std::uint64_t left_bytes_;
    std::uint16_t streams_;
    std::uint64_t count_ = 0;
};

/// Counts and hashes what went over each stream. Two ends agree when their reports are equal.
class Tally {
public:
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
    };

    std::map<std::uint16_t, OfStream> streams_;
    std::uint64_t bytes_ = 0;
};

/// One line of a peer's report; it is out when this returns.
void say(std::string_view line);

} // namespace hawser::interop
