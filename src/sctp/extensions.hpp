// Chunks that go only where both ends have said that they know them.
#pragma once

#include "sctp/authentication/offer.hpp"
#include "sctp/init_parameters.hpp"

#include <hawser/sctp/options.hpp>
#include <hawser/wire/sctp/parameters.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace hawser::sctp {

struct Extensions {
    bool interleaving = false;    ///< I-DATA and not DATA: RFC 8260 §2.2.1
    bool forward_tsn = false;     ///< FORWARD TSN (RFC 3758), or I-FORWARD-TSN beside I-DATA
    bool reconfiguration = false; ///< RE-CONFIG: RFC 6525 §5.1.1
    bool nr_sack = false;         ///< NR-SACK and not SACK: draft-natarajan-tsvwg-sctp-nrsack
    bool ecn = false;             ///< ECNE and CWR: RFC 4960 Appendix A
    bool asconf = false;          ///< ASCONF and ASCONF-ACK, where both know AUTH: RFC 5061
};

/// What an INIT or INIT ACK of ours says of them.
inline void write_extensions(wire::Writer& out, const Options& options) {
    using wire::sctp::ChunkType;
    if (options.ecn) wire::sctp::write_ecn_capable(out);
    if (options.forward_tsn) wire::sctp::write_forward_tsn_supported(out);
    std::array<ChunkType, 8> listed;
    std::size_t count = 0;
    // Beside its own parameter: there are peers that have it here alone (RFC 5061 §4.2.7).
    if (options.forward_tsn) listed[count++] = ChunkType::forward_tsn;
    if (options.interleaving) listed[count++] = ChunkType::i_data;
    if (options.interleaving && options.forward_tsn) listed[count++] = ChunkType::i_forward_tsn;
    if (options.reconfiguration) listed[count++] = ChunkType::re_config;
    if (options.nr_sack) listed[count++] = ChunkType::nr_sack;
    if (options.authentication) listed[count++] = ChunkType::auth;
    if (options.dynamic_addresses) { // §4.2.7
        listed[count++] = ChunkType::asconf;
        listed[count++] = ChunkType::asconf_ack;
    }
    if (count > 0) wire::sctp::write_supported_extensions(out, std::span{listed}.first(count));
}

template <class IsKnown>
wire::sctp::SupportedExtensions listed_by(const WalkedParameters<IsKnown>& peer) {
    const auto listed = peer.first(wire::sctp::ParameterType::supported_extensions);
    return wire::sctp::SupportedExtensions{listed ? listed->value : Bytes{}};
}

inline constexpr std::string_view kAsconfWithoutAuth = "ASCONF without AUTH (RFC 5061 §6)";

/// RFC 5061 §6: who wants ASCONF without AUTH gets no association.
template <class IsKnown>
bool wants_asconf_without_auth(const Options& options, const WalkedParameters<IsKnown>& peer,
                               const std::optional<AuthenticationOffer>& offer) {
    return options.dynamic_addresses && !offer &&
           listed_by(peer).contains(wire::sctp::ChunkType::asconf);
}

/// What comes of it, given the parameters of the peer's, and what it says of AUTH.
template <class IsKnown>
Extensions agreed_extensions(const Options& options, const WalkedParameters<IsKnown>& peer,
                             const std::optional<AuthenticationOffer>& offer) {
    using wire::sctp::ChunkType;
    using wire::sctp::ParameterType;
    Extensions agreed;
    const wire::sctp::SupportedExtensions chunks = listed_by(peer);
    agreed.interleaving = options.interleaving && chunks.contains(ChunkType::i_data);
    agreed.reconfiguration = options.reconfiguration && chunks.contains(ChunkType::re_config);
    agreed.nr_sack = options.nr_sack && chunks.contains(ChunkType::nr_sack);
    agreed.ecn = options.ecn && peer.first(ParameterType::ecn_capable).has_value();
    const bool knows_forward_tsn = peer.first(ParameterType::forward_tsn_supported).has_value() ||
                                   chunks.contains(ChunkType::forward_tsn);
    // Both go after AUTH alone (RFC 5061 §4.1.1, §4.1.2), which takes a peer that asks for it.
    agreed.asconf = options.dynamic_addresses && chunks.contains(ChunkType::asconf) &&
                    chunks.contains(ChunkType::asconf_ack) && offer &&
                    offer->wanted.contains(ChunkType::asconf) &&
                    offer->wanted.contains(ChunkType::asconf_ack);
    // RFC 8260 §2.3.1: beside I-DATA it takes both ends' I-FORWARD-TSN.
    agreed.forward_tsn =
        options.forward_tsn &&
        (agreed.interleaving ? chunks.contains(ChunkType::i_forward_tsn) : knows_forward_tsn);
    return agreed;
}

} // namespace hawser::sctp
