// From a shared secret to the keys of records: DTLS 1.2 (RFC 5246 §6.3, §8.1), 1.3 (RFC 8446 §7).
// §7).
#pragma once

#include "crypto/hash.hpp"
#include "crypto/secret.hpp"
#include "dtls/record_keys.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/wire/dtls/cipher_suite.hpp>

#include <array>
#include <string_view>

namespace hawser::dtls {

using crypto::Secret;
using wire::dtls::CipherSuiteInfo;

inline constexpr std::size_t kMasterSecretBytes = 48;
inline constexpr std::size_t kVerifyDataBytes = 12; ///< of Finished, DTLS 1.2
using HelloRandom = std::array<std::byte, 32>;

crypto::Hash hash_of(const CipherSuiteInfo& suite);

// --- DTLS 1.3 ---

/// RFC 9147 §6.1: of what is under the first application traffic secrets.
inline constexpr std::uint64_t kDataEpoch13 = 3;

/// Derive-Secret and HKDF-Expand-Label under the prefix of DTLS (RFC 9147 §5.9).
Secret derive(crypto::Hash hash, const Secret& secret, std::string_view label, Bytes context);

/// The three extractions of RFC 8446 §7.1.
class Schedule13 {
public:
    /// Begins with the early secret: `psk` is empty without one.
    Schedule13(crypto::Hash hash, Bytes psk);

    /// The key of the binder of a PSK: `external`, or one of resumption.
    Secret binder_key(bool external) const;
    /// Goes on to the handshake secret.
    void mix_key_exchange(Bytes shared);
    /// Goes on to the main secret.
    void finish();
    /// Derive-Secret of the stage that is reached.
    Secret traffic(std::string_view label, Bytes transcript_hash) const;
    crypto::Hash hash() const { return hash_; }

private:
    crypto::Hash hash_;
    Secret current_;
};

/// The verify_data of Finished and of binders, under a traffic secret or a binder key.
crypto::Digest finished_mac(crypto::Hash hash, const Secret& base, Bytes transcript_hash);

/// key, iv and sn_key of a traffic secret. The id is the caller's to give.
RecordKeys record_keys13(const CipherSuiteInfo& suite, const Secret& traffic, std::uint64_t epoch);

// --- DTLS 1.2 ---

/// RFC 7627 §4 with the hash of the session, else RFC 5246 §8.1 with both randoms.
Secret extended_master_secret(crypto::Hash hash, Bytes premaster, Bytes session_hash);
Secret master_secret(crypto::Hash hash, Bytes premaster, const HelloRandom& client,
                     const HelloRandom& server);

struct KeyBlock {
    RecordKeys client; ///< what the client writes
    RecordKeys server;
};
KeyBlock key_block(const CipherSuiteInfo& suite, const Secret& master, const HelloRandom& client,
                   const HelloRandom& server, std::uint64_t epoch);

std::array<std::byte, kVerifyDataBytes> verify_data(crypto::Hash hash, const Secret& master,
                                                    std::string_view label, Bytes transcript_hash);

} // namespace hawser::dtls
