#include "sctp/authentication/terms.hpp"

#include "sctp/authentication/offer.hpp"

#include <algorithm>

namespace hawser::sctp {
namespace {

crypto::HmacKey fresh_secret(Random& random, crypto::HmacContext& hmac) {
    crypto::Secret secret{32};
    random.fill(secret.bytes());
    return hmac.key(crypto::HmacHash::sha256, {secret.bytes()});
}

std::vector<HmacId> usable(const std::vector<HmacId>& wanted) {
    std::vector<HmacId> hmacs;
    const auto add = [&](HmacId hmac) {
        if (std::ranges::find(hmacs, hmac) == hmacs.end()) hmacs.push_back(hmac);
    };
    for (const HmacId hmac : wanted)
        if (hmac == HmacId::sha256 || hmac == HmacId::sha1) add(hmac);
    add(HmacId::sha1);
    return hmacs;
}

} // namespace

AuthenticationTerms::AuthenticationTerms(const Authentication& wanted, bool asconf, Random& random)
    : hmacs_{usable(wanted.hmacs)}, keys_{wanted}, secret_{fresh_secret(random, hmac_)} {
    for (const ChunkType type : wanted.chunks)
        want(type);
    if (!asconf) return;
    want(ChunkType::asconf); // RFC 5061 §4.1.1, §4.1.2
    want(ChunkType::asconf_ack);
}

void AuthenticationTerms::want(ChunkType type) {
    if (!can_be_authenticated(type) || wanted_.contains(type)) return;
    wanted_.add(type);
    chunks_.push_back(type);
}

bool AuthenticationTerms::lists(HmacId hmac) const {
    return std::ranges::find(hmacs_, hmac) != hmacs_.end();
}

AuthenticationTerms::Code AuthenticationTerms::random_of(const OwnNumbers& of) {
    std::array<std::byte, 8> numbers{};
    wire::Writer out{numbers};
    out.u32(std::to_underlying(of.tag));
    out.u32(of.initial_tsn.value);
    return hmac_.compute(secret_, {numbers}).octets;
}

/// Each without padding. CHUNKS is left out when it is empty (RFC 4895 §6.1).
template <class Put>
void AuthenticationTerms::each_parameter(const OwnNumbers& of, Put&& put) {
    const auto write = [&](auto&& write_parameter) {
        std::array<std::byte, AuthenticationOffer::kBytesMax> room;
        wire::Writer out{room};
        write_parameter(out);
        put(out.output());
    };
    write([&](wire::Writer& out) {
        wire::sctp::write_item(out, wire::sctp::ParameterType::random, Bytes{random_of(of)});
    });
    if (!chunks_.empty())
        write([&](wire::Writer& out) { wire::sctp::write_chunk_list(out, chunks_); });
    write([&](wire::Writer& out) { wire::sctp::write_requested_hmacs(out, hmacs_); });
}

void AuthenticationTerms::write(wire::Writer& out, const OwnNumbers& of) {
    each_parameter(of, [&](Bytes parameter) {
        out.pad_to(4);
        out.bytes(parameter);
    });
}

std::vector<std::byte> AuthenticationTerms::key_vector(const OwnNumbers& of) {
    std::vector<std::byte> all;
    each_parameter(
        of, [&](Bytes parameter) { all.insert(all.end(), parameter.begin(), parameter.end()); });
    return all;
}

} // namespace hawser::sctp
