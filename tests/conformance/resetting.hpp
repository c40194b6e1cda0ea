// SSN/TSN resets: what their tests have in common.
#pragma once

#include "reconfiguring.hpp"

namespace hawser::test {

inline constexpr std::uint8_t kForwardTsn = 192;
inline constexpr std::uint32_t kHalfTheCircle = 1u << 31;
/// What a peer of these tests calls its next TSN, and ours, when it has begun again.
inline constexpr std::uint32_t kPeersNew = 77;
inline constexpr std::uint32_t kOursNew = 0xffff'fff0;

struct Resetting : Reconfiguring {
    using Reconfiguring::Reconfiguring;

    hawser::Result<> ask_for_all() {
        const auto asked = engine.engine->reset_association(engine.association(), now());
        world.settle();
        return asked;
    }
    Tlv ssn_tsn(std::uint32_t number) {
        return {.type = kSsnTsn, .value = OctetWriter{}.u32(peer_first() + number).octets};
    }
    /// The peer has begun again, as our request number 0 asked for.
    Tlv performed(std::uint32_t sender = kPeersNew, std::uint32_t receiver = kOursNew) {
        Tlv answer = response(0, kPerformed);
        const Octets tsns = OctetWriter{}.u32(sender).u32(receiver).octets;
        answer.value.insert(answer.value.end(), tsns.begin(), tsns.end());
        return answer;
    }
    Chunk forward_tsn(std::uint32_t tsn) {
        return {.type = kForwardTsn, .value = OctetWriter{}.u32(tsn).octets};
    }
    /// One message whose number in stream 0 is 0.
    bool takes(std::uint32_t tsn) {
        engine.messages.clear();
        send(data({.tsn = tsn}));
        return engine.messages.size() == 1;
    }
};

} // namespace hawser::test
