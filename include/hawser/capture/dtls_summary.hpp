// What a capture tells of its DTLS connections.
#pragma once

#include <hawser/capture/reader.hpp>
#include <hawser/capture/tallies.hpp>
#include <hawser/core/address.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/wire/dtls/cipher_suite.hpp>
#include <hawser/wire/dtls/numbers.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hawser::capture {

/// An alert that was not sealed.
struct DtlsAlertSeen {
    WallTime time{};
    wire::dtls::AlertDescription description{};
};

/// What one side of a DTLS connection sent, as far as it shows without keys.
struct DtlsFlow {
    std::vector<Address> addresses; ///< sent from
    std::uint64_t datagrams = 0;
    std::uint64_t bytes = 0; ///< of them, without UDP's header
    std::uint64_t records = 0;
    std::uint64_t sealed_records = 0;
    std::uint64_t cid_records = 0; ///< with a connection ID
    /// Handshake messages by type, as often as they were sent; sealed ones too where the capture
    /// has them in the clear.
    std::map<wire::dtls::HandshakeType, std::uint64_t> messages;
    std::vector<DtlsAlertSeen> alerts;                ///< at most 64, in time order
    std::uint64_t sealed_alerts = 0;                  ///< of DTLS 1.2, whose records say so
    std::vector<MarkingTally> markings;               ///< by DSCP, then ECN
    std::map<std::uint8_t, std::uint64_t> hop_limits; ///< datagrams by hop limit
};

struct DtlsSummary {
    std::string observer; ///< the endpoint that logged it, or the interface
    DtlsFlow client, server;
    WallTime first{}, last{};
    std::optional<wire::dtls::Version> version; ///< agreed; nullopt without a ServerHello
    std::optional<wire::dtls::CipherSuite> cipher_suite;
    std::string server_name; ///< that the client asked for: any bytes
    /// A ClientHello to the answer, and that to what the client said next: together one round trip
    /// wherever the capture was taken.
    std::optional<Duration> round_trip;
};

} // namespace hawser::capture
