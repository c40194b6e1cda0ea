// What a server gives a client to keep instead of keeping it itself: RFC 5077, RFC 8446 §4.6.1.
#pragma once

#include "crypto/aead.hpp"
#include "crypto/secret.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/wire/dtls/cipher_suite.hpp>
#include <hawser/wire/dtls/numbers.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hawser::dtls {

/// A session that can be taken up again, as either end remembers it.
struct SessionState {
    wire::dtls::Version version = wire::dtls::Version::v1_2;
    wire::dtls::CipherSuite suite{};
    crypto::Secret secret; ///< the master secret of 1.2; the resumption PSK of 1.3
    std::chrono::sys_seconds issued{};
    std::chrono::seconds lifetime{};
    std::uint32_t age_add = 0;          ///< 1.3
    bool extended_master_secret = true; ///< 1.2
    std::string server_name;
    std::string psk_identity;                ///< of the handshake that began it; else empty
    std::vector<std::byte> ticket;           ///< a client's: what to show the server
    std::vector<std::byte> peer_fingerprint; ///< 32 bytes, or none

    std::vector<std::byte> serialize() const;
    static std::optional<SessionState> parse(Bytes bytes);
};

/// Seals states into tickets under keys that only this shard has.
class TicketKeys {
public:
    explicit TicketKeys(Random& random) : random_{random} {}

    std::vector<std::byte> seal(const SessionState& state);
    /// nullopt for tickets that are not ours.
    std::optional<SessionState> open(Bytes ticket);

private:
    void make_key();

    Random& random_;
    bool made_ = false;
    std::array<std::byte, 32> key_{};
    crypto::Aead sealing_;
    crypto::Aead opening_;
};

} // namespace hawser::dtls
