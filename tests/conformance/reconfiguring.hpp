// RFC 6525: what its tests have in common.
#pragma once

#include "support/pair.hpp"
#include "support/scripted_peer.hpp"

#include <hawser/sctp/endpoint.hpp>

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

namespace hawser::test {
using Direction = sctp::StreamDirection;
using Outcome = sctp::ReconfigurationOutcome;
using Streams = std::vector<sctp::StreamId>;
using Numbers = std::vector<std::uint16_t>;

inline constexpr std::uint8_t kReConfig = 130;
enum Request : std::uint16_t { kOutgoing = 13, kIncoming = 14, kSsnTsn = 15, kResponse = 16 };
enum Answer : std::uint32_t {
    kNothingToDo,
    kPerformed,
    kDenied,
    kWrongSsn,
    kRequestInProgress,
    kBadSequenceNumber,
    kInProgress
};

inline sctp::Options reconfiguring(bool interleaving = false) {
    sctp::Options options = quiet_rfc9260();
    options.reconfiguration = true;
    options.interleaving = interleaving;
    return options;
}

inline Streams streams(const Numbers& numbers) {
    Streams all;
    for (const std::uint16_t number : numbers)
        all.push_back(sctp::StreamId{number});
    return all;
}

inline Chunk re_config(const std::vector<Tlv>& parameters) {
    return {.type = kReConfig, .value = octets(parameters)};
}

/// An association whose peer knows RE-CONFIG; numbers of requests are counted from 0 here.
struct Reconfiguring : Scene {
    explicit Reconfiguring(const sctp::Options& options = reconfiguring(),
                           std::initializer_list<std::uint8_t> chunks = {kReConfig, kIData},
                           const std::vector<Tlv>& parameters = {})
        : Scene{options} {
        InitFields fields;
        Octets types;
        for (const std::uint8_t type : chunks)
            types.push_back(std::byte{type});
        fields.parameters = parameters;
        fields.parameters.push_back({.type = kSupportedExtensions, .value = types});
        accept(fields);
    }

    // --- the peer says ---

    Tlv outgoing(std::uint32_t number, const Numbers& numbers = {}, std::uint32_t last = 0) {
        OctetWriter out;
        out.u32(peer_first() + number).u32(engine_tsn - 1).u32(last != 0 ? last : peer_tsn - 1);
        for (const std::uint16_t one : numbers)
            out.u16(one);
        return {.type = kOutgoing, .value = out.octets};
    }
    Tlv incoming(std::uint32_t number, const Numbers& numbers = {}) {
        OctetWriter out;
        out.u32(peer_first() + number);
        for (const std::uint16_t one : numbers)
            out.u16(one);
        return {.type = kIncoming, .value = out.octets};
    }
    Tlv response(std::uint32_t number, std::uint32_t result) {
        OctetWriter out;
        out.u32(engine_tsn + number).u32(result);
        return {.type = kResponse, .value = out.octets};
    }
    void acknowledge(std::uint32_t count) { send(sack({.tsn = engine_tsn + count - 1})); }

    // --- the engine says ---

    /// The next RE-CONFIG's first parameter of a type.
    std::optional<Tlv> take_parameter(std::uint16_t type) {
        const auto chunk = take(kReConfig);
        return chunk ? chunk->tlv(0, type) : std::nullopt;
    }
    /// The number (counted from 0) and the result of the next response.
    std::optional<std::pair<std::uint32_t, std::uint32_t>> take_response() {
        const auto parameter = take_parameter(kResponse);
        if (!parameter) return std::nullopt;
        return std::pair{parameter->u32(0) - peer_first(), parameter->u32(4)};
    }
    hawser::Result<> ask(Direction direction, const Numbers& numbers = {}) {
        const auto asked = engine.engine->reset_streams(
            engine.association(), {.direction = direction, .streams = streams(numbers)}, now());
        world.settle();
        return asked;
    }
    void say(std::uint16_t stream, bool unordered = false) {
        ASSERT_TRUE(
            engine.send("text", {.stream = sctp::StreamId{stream}, .unordered = unordered}));
        world.settle();
    }
    /// The peer's initial TSN, which data moves on from.
    std::uint32_t peer_first() const { return first_; }

private:
    std::uint32_t first_ = 1000;
};

} // namespace hawser::test
