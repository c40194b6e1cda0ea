// What a server gives a client to keep instead of keeping it itself: RFC 5077, RFC 8446 §4.6.1.
#pragma once

#include "crypto/aead.hpp"
#include "crypto/secret.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/core/instant.hpp>
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

/// Whom a session is with: what it takes to judge it again by the rules of a later day.
struct SessionPeer {
    /// More than that is not kept in a ticket, which has to fit into a hello; nor by a client.
    static constexpr std::size_t kTicketChainBytesMax = 4'096;
    static constexpr std::size_t kOwnChainBytesMax = 16'384;

    std::vector<std::byte> fingerprint;        ///< 32 bytes, or none
    std::string psk_identity;                  ///< of the handshake that began it; else empty
    std::vector<std::vector<std::byte>> chain; ///< DER, leaf first; empty where no rule needs it
    bool raw = false;                          ///< it is a raw public key
    std::vector<std::byte> ocsp_response;      ///< a server's, that was stapled; empty: none
};

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
    std::vector<std::byte> ticket; ///< a client's: what to show the server
    SessionPeer peer;

    std::vector<std::byte> serialize() const;
    static std::optional<SessionState> parse(Bytes bytes);
};

/// Seals states into tickets. A key seals for as long as a ticket lives, and opens for as long
/// again: then what it sealed is of no use to anybody. A secret that several shards have lets each
/// make the others' keys from it and the name that stands before a ticket.
class TicketKeys {
public:
    static constexpr std::size_t kNameBytes = 8;

    explicit TicketKeys(Random& random, Bytes shared_secret = {});

    std::vector<std::byte> seal(const SessionState& state, Instant now);
    /// nullopt for tickets that are not ours, or not any more.
    std::optional<SessionState> open(Bytes ticket, Instant now);

private:
    struct Generation {
        std::array<std::byte, kNameBytes> name{}; ///< stands before each of its tickets
        crypto::Aead sealing;
        crypto::Aead opening;
        Instant made{};
        Instant until{}; ///< when the last of its tickets ends
    };

    void rotate(std::chrono::seconds lifetime, Instant now);
    void set_key(Generation& generation) const;
    Generation* find(Bytes name, Instant now);

    Random& random_;
    crypto::Secret shared_;                 ///< empty: the keys are this shard's own
    std::array<Generation, 2> generations_; ///< the newer one first
    Generation other_;                      ///< another shard's key that was asked for last
};

} // namespace hawser::dtls
