// Chunks that go only where both ends have said that they know them.
#pragma once

#include "sctp/init_parameters.hpp"

#include <hawser/sctp/options.hpp>
#include <hawser/wire/sctp/parameters.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace hawser::sctp {

struct Extensions {
    bool interleaving = false;    ///< I-DATA and not DATA: RFC 8260 §2.2.1
    bool forward_tsn = false;     ///< FORWARD TSN (RFC 3758), or I-FORWARD-TSN beside I-DATA
    bool reconfiguration = false; ///< RE-CONFIG: RFC 6525 §5.1.1
    bool nr_sack = false;         ///< NR-SACK and not SACK: draft-natarajan-tsvwg-sctp-nrsack
    bool ecn = false;             ///< ECNE and CWR: RFC 4960 Appendix A
};

/// What an INIT or INIT ACK of ours says of them.
inline void write_extensions(wire::Writer& out, const Options& options) {
    using wire::sctp::ChunkType;
    if (options.ecn) wire::sctp::write_ecn_capable(out);
    if (options.forward_tsn) wire::sctp::write_forward_tsn_supported(out);
    std::array<ChunkType, 6> listed;
    std::size_t count = 0;
    // Beside its own parameter: there are peers that have it here alone (RFC 5061 §4.2.7).
    if (options.forward_tsn) listed[count++] = ChunkType::forward_tsn;
    if (options.interleaving) listed[count++] = ChunkType::i_data;
    if (options.interleaving && options.forward_tsn) listed[count++] = ChunkType::i_forward_tsn;
    if (options.reconfiguration) listed[count++] = ChunkType::re_config;
    if (options.nr_sack) listed[count++] = ChunkType::nr_sack;
    if (options.authentication) listed[count++] = ChunkType::auth;
    if (count > 0) wire::sctp::write_supported_extensions(out, std::span{listed}.first(count));
}

/// What comes of it, given the parameters of the peer's.
template <class IsKnown>
Extensions agreed_extensions(const Options& options, const WalkedParameters<IsKnown>& peer) {
    using wire::sctp::ChunkType;
    using wire::sctp::ParameterType;
    Extensions agreed;
    const auto listed = peer.first(ParameterType::supported_extensions);
    const wire::sctp::SupportedExtensions chunks{listed ? listed->value : Bytes{}};
    agreed.interleaving = options.interleaving && chunks.contains(ChunkType::i_data);
    agreed.reconfiguration = options.reconfiguration && chunks.contains(ChunkType::re_config);
    agreed.nr_sack = options.nr_sack && chunks.contains(ChunkType::nr_sack);
    agreed.ecn = options.ecn && peer.first(ParameterType::ecn_capable).has_value();
    const bool knows_forward_tsn = peer.first(ParameterType::forward_tsn_supported).has_value() ||
                                   chunks.contains(ChunkType::forward_tsn);
    // RFC 8260 §2.3.1: beside I-DATA it takes both ends' I-FORWARD-TSN.
    agreed.forward_tsn =
        options.forward_tsn &&
        (agreed.interleaving ? chunks.contains(ChunkType::i_forward_tsn) : knows_forward_tsn);
    return agreed;
}

} // namespace hawser::sctp
