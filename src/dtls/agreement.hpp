// What a handshake comes to, and what every part of a connection may know of the whole.
#pragma once

#include "dtls/key_schedule.hpp"
#include "dtls/session_ticket.hpp"

#include <hawser/dtls/options.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::dtls {

enum class Role : std::uint8_t { client, server };

/// What a renegotiation has to know of the handshake before it (RFC 5746 §3.1).
struct Renegotiable {
    using VerifyData = std::array<std::byte, kVerifyDataBytes>;

    VerifyData client_verify{};
    VerifyData server_verify{};
    std::vector<std::byte> session_id; ///< of the very first hello, for PskQuery

    VerifyData& of(Role role) { return role == Role::client ? client_verify : server_verify; }
};

/// Everything about the agreement that outlives the handshake.
struct Agreement {
    Version version = Version::v1_2;
    const CipherSuiteInfo* suite = nullptr;
    bool extended_master_secret = false;
    Secret master;       ///< 1.2: the master secret; 1.3: the exporter's
    Secret resumption;   ///< 1.3: for tickets
    Secret read_traffic; ///< 1.3: of the current epochs
    Secret write_traffic;
    HelloRandom client_random{}; ///< 1.2: for exporters
    HelloRandom server_random{};
    std::uint16_t peer_record_limit = wire::dtls::kPlaintextBytesMax;
    std::uint16_t own_record_limit = wire::dtls::kPlaintextBytesMax; ///< that the peer knows of
    bool return_routability = false;                                 ///< RFC 9853 was negotiated
    std::optional<Fingerprint> peer_fingerprint; ///< for a session that is taken up again
    /// 1.3 clients: for the tickets that come soon.
    std::unique_ptr<SessionPeer> peer;
    /// Where the options allow a renegotiation, and the peer indicated that it would be secure.
    std::unique_ptr<Renegotiable> renegotiable;

    /// Once that is certain.
    bool is_1_3() const { return version == Version::v1_3 && suite != nullptr; }
};

} // namespace hawser::dtls
