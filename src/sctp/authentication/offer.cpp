#include "sctp/authentication/offer.hpp"

#include <hawser/wire/sctp/parameters.hpp>

namespace hawser::sctp {
namespace {

using wire::sctp::Parameter;
using wire::sctp::ParameterType;

/// Each of the three stands there once (RFC 4895 §3): false for one that does so again.
bool keep(AuthenticationOffer& offer, const Parameter& parameter) {
    const auto keep_in = [&](Bytes& place) {
        const bool first = place.empty();
        place = parameter.whole;
        return first;
    };
    switch (parameter.type) {
    case ParameterType::random: return keep_in(offer.random);
    case ParameterType::chunk_list: return keep_in(offer.chunks);
    case ParameterType::requested_hmac_algorithm: return keep_in(offer.hmacs);
    default: return true;
    }
}

Bytes value_of(Bytes parameter) {
    return parameter.subspan(wire::sctp::kTlvHeaderBytes);
}

Result<HmacId> first_known(Bytes hmacs) {
    const auto requested = wire::sctp::RequestedHmacs::parse(value_of(hmacs));
    if (!requested || requested->size() > AuthenticationOffer::kHmacsMax)
        return fail(Errc::malformed, "HMAC-ALGO: its length");
    for (std::size_t i = 0; i < requested->size(); ++i) {
        const HmacId hmac = (*requested)[i];
        if (hmac == HmacId::sha1 || hmac == HmacId::sha256) return hmac;
    }
    return fail(Errc::malformed, "HMAC-ALGO: SHA-1 must be included");
}

} // namespace

Result<std::optional<AuthenticationOffer>> AuthenticationOffer::read(Bytes parameters) {
    AuthenticationOffer offer;
    wire::sctp::Parameters walker{parameters};
    while (const auto parameter = walker.next())
        if (!keep(offer, *parameter))
            return fail(Errc::malformed, "RANDOM, CHUNKS, HMAC-ALGO: twice");
    if (offer.random.empty() && offer.chunks.empty() && offer.hmacs.empty()) return std::nullopt;
    if (offer.random.empty() || offer.hmacs.empty())
        return fail(Errc::malformed, "RANDOM and HMAC-ALGO: one without the other");
    if (value_of(offer.random).size() != wire::sctp::kRandomBytes) // RFC 4895 §6.1
        return fail(Errc::malformed, "RANDOM: not 32 bytes");
    if (offer.chunks.size() > kChunkListBytesMax)
        return fail(Errc::malformed, "CHUNKS: more than 260 bytes");
    const auto hmac = first_known(offer.hmacs);
    if (!hmac) return std::unexpected{hmac.error()};
    offer.hmac = *hmac;
    if (offer.chunks.empty()) return offer;
    const wire::sctp::ChunkList listed{value_of(offer.chunks)};
    for (std::size_t i = 0; i < listed.size(); ++i)
        if (can_be_authenticated(listed[i])) offer.wanted.add(listed[i]);
    return offer;
}

void AuthenticationOffer::write(wire::Writer& out) const {
    for (const Bytes parameter : {random, chunks, hmacs}) {
        out.bytes(parameter);
        out.pad_to(4);
    }
}

std::vector<std::byte> AuthenticationOffer::key_vector() const {
    std::vector<std::byte> all;
    all.reserve(random.size() + chunks.size() + hmacs.size());
    for (const Bytes parameter : {random, chunks, hmacs})
        all.insert(all.end(), parameter.begin(), parameter.end());
    return all;
}

} // namespace hawser::sctp
