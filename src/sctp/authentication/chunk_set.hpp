// A set of chunk types.
#pragma once

#include <hawser/wire/sctp/numbers.hpp>

#include <array>
#include <cstdint>
#include <utility>

namespace hawser::sctp {

class ChunkSet {
public:
    void add(wire::sctp::ChunkType type) { word(type) |= bit(type); }
    bool contains(wire::sctp::ChunkType type) const {
        return (words_[std::to_underlying(type) / 64] & bit(type)) != 0;
    }

private:
    friend struct StateAccess;
    static std::uint64_t bit(wire::sctp::ChunkType type) {
        return std::uint64_t{1} << (std::to_underlying(type) % 64);
    }
    std::uint64_t& word(wire::sctp::ChunkType type) {
        return words_[std::to_underlying(type) / 64];
    }

    std::array<std::uint64_t, 4> words_{};
};

/// RFC 4895 §3.2: these are never authenticated, whoever asks for it.
constexpr bool can_be_authenticated(wire::sctp::ChunkType type) {
    using enum wire::sctp::ChunkType;
    return type != init && type != init_ack && type != shutdown_complete && type != auth;
}

} // namespace hawser::sctp
