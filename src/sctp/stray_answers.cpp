// What those are told that we have no association with: RFC 9260 §8.4.
#include "sctp/associations.hpp"

#include <hawser/wire/sctp/causes.hpp>
#include <hawser/wire/sctp/tlv.hpp>

#include <algorithm>

namespace hawser::sctp {

using wire::sctp::CauseCode;
using wire::sctp::ChunkType;

/// Sends ABORT to somebody we have no association with.
Verdict Endpoint::Associations::refuse(const Incoming& packet, VerificationTag tag, bool reflected,
                                       CauseCode code, Bytes value, Instant now) {
    if (!stray_answers_.take(now)) {
        ++shared_.counters.answers_suppressed;
        return Verdict::rate_limited;
    }
    constexpr std::size_t kValueBytesMax = 64; // an answer is never much longer than the question
    const Bytes cut = value.first(std::min(value.size(), kValueBytesMax));
    const std::uint8_t flags = reflected ? wire::sctp::kTagReflected : std::uint8_t{0};
    answer(shared_, packet.datagram.path, packet.header_back(tag), [&](wire::Writer& out) {
        wire::sctp::write_chunk(out, ChunkType::abort, flags,
                                [&](wire::Writer& to) { wire::sctp::write_item(to, code, cut); });
    });
    ++shared_.counters.stateless_answers;
    return Verdict::out_of_the_blue;
}

void Endpoint::Associations::answer_stray(const Incoming& packet, ChunkType type,
                                          VerificationTag tag, bool reflected, Instant now) {
    if (!stray_answers_.take(now)) {
        ++shared_.counters.answers_suppressed;
        return;
    }
    const std::uint8_t flags = reflected ? wire::sctp::kTagReflected : std::uint8_t{0};
    answer(shared_, packet.datagram.path, packet.header_back(tag),
           [&](wire::Writer& out) { wire::sctp::write_chunk(out, type, flags, Bytes{}); });
    ++shared_.counters.stateless_answers;
}

} // namespace hawser::sctp
