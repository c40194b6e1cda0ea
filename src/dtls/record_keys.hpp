// The keys of one direction of one epoch, and the contexts that hold them while they are used.
#pragma once

#include "crypto/aead.hpp"
#include "crypto/record_number_cipher.hpp"
#include "crypto/secret.hpp"
#include "dtls/masks_ahead.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/wire/dtls/cipher_suite.hpp>
#include <hawser/wire/dtls/numbers.hpp>

#include <array>
#include <cstdint>
#include <memory>

namespace hawser::dtls {

/// What seals or opens the records of one direction in one epoch. Wiped when it goes.
struct RecordKeys {
    wire::dtls::Version version = wire::dtls::Version::v1_2;
    crypto::AeadKind kind = crypto::AeadKind::aes_128_gcm;
    std::uint64_t epoch = 0;
    std::uint64_t id = 0; ///< of these keys in their endpoint, from 1; 0: none are set
    std::array<std::byte, 32> key{};
    std::array<std::byte, crypto::kNonceBytes> iv{}; ///< 1.2 with GCM or CCM: the first 4 bytes
    std::array<std::byte, 32> number_key{};          ///< 1.3: sn_key

    RecordKeys() = default;
    RecordKeys(const RecordKeys&) = default;
    RecordKeys& operator=(const RecordKeys&) = default;
    ~RecordKeys();

    bool set() const { return id != 0; }
    Bytes key_bytes() const { return Bytes{key}.first(crypto::key_bytes(kind)); }
    std::size_t tag_bytes() const { return crypto::tag_bytes(kind); }
    /// Bytes of the nonce that stand in each record: DTLS 1.2 with GCM and CCM (RFC 5288 §3).
    std::size_t explicit_nonce_bytes() const {
        const bool implicit =
            version != wire::dtls::Version::v1_2 || kind == crypto::AeadKind::chacha20_poly1305;
        return implicit ? 0 : 8;
    }
    using Nonce = std::array<std::byte, crypto::kNonceBytes>;
    /// The nonce of one record: of the epoch and number alone, so that none comes twice.
    Nonce nonce(std::uint64_t sequence) const {
        // In DTLS 1.2 the number is that of the record's header: the epoch stands before it.
        return nonce_of(version == wire::dtls::Version::v1_2 ? epoch << 48 | sequence : sequence);
    }
    /// The same with the 8 bytes of explicit nonce that stand in a record, as one number.
    Nonce nonce_of(std::uint64_t number) const;
};

crypto::AeadKind aead_kind(wire::dtls::Aead aead);

/// The most records under one key, and the most that fail to open (RFC 9147 §4.5.3).
struct AeadLimits {
    std::uint64_t seal;
    std::uint64_t open_failures;
};
AeadLimits aead_limits(crypto::AeadKind kind);

/// Contexts of the keys that were used last. A connection that is idle holds raw keys alone.
class KeyedContexts {
public:
    /// For sealing, and as many for opening: the connections of an endpoint that are busy together.
    static constexpr std::size_t kSlots = 64;

    crypto::Aead& seal(const RecordKeys& keys) { return slot(sealing_, keys, Use::seal).aead; }
    crypto::Aead& open(const RecordKeys& keys) { return slot(opening_, keys, Use::open).aead; }
    crypto::RecordNumberCipher& seal_numbers(const RecordKeys& keys) {
        return slot(sealing_, keys, Use::seal).numbers;
    }
    crypto::RecordNumberCipher& open_numbers(const RecordKeys& keys) {
        return slot(opening_, keys, Use::open).numbers;
    }
    MasksAhead& masks_ahead() { return masks_ahead_; }
    /// An id for new keys.
    std::uint64_t next_id() { return ++last_id_; }

private:
    using Use = crypto::Aead::Use;
    struct Slot {
        std::uint64_t id = 0;
        crypto::Aead aead;
        crypto::RecordNumberCipher numbers;
    };
    using Slots = std::array<Slot, kSlots>;

    static Slot& slot(Slots& slots, const RecordKeys& keys, Use use) {
        Slot& slot = slots[keys.id % kSlots];
        if (slot.id != keys.id) [[unlikely]]
            load(slot, keys, use);
        return slot;
    }
    static void load(Slot& slot, const RecordKeys& keys, Use use);

    Slots sealing_;
    Slots opening_;
    MasksAhead masks_ahead_;
    std::uint64_t last_id_ = 0;
};

} // namespace hawser::dtls
