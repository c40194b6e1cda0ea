#include "dtls/record_keys.hpp"

#include <hawser/wire/byte_order.hpp>

#include <bit>
#include <cstring>

namespace hawser::dtls {

using crypto::AeadKind;
using wire::dtls::Version;

RecordKeys::~RecordKeys() {
    crypto::wipe(key);
    crypto::wipe(iv);
    crypto::wipe(number_key);
}

RecordKeys::Nonce RecordKeys::nonce_of(std::uint64_t number) const {
    const std::uint64_t hidden =
        explicit_nonce_bytes() != 0 ? 0 : wire::load_big<std::uint64_t>(iv.data() + 4);
    // Stored in words as it is read, of 8 and 4 bytes: a load that spans two stores waits for both.
    std::array<std::byte, 8> tail{};
    wire::store_big(tail.data(), hidden ^ number);
    const auto low = std::bit_cast<std::array<std::uint32_t, 2>>(tail);
    std::uint32_t fixed = 0;
    std::memcpy(&fixed, iv.data(), sizeof fixed);
    const bool little = std::endian::native == std::endian::little;
    const std::uint64_t head =
        little ? std::uint64_t{low[0]} << 32 | fixed : std::uint64_t{fixed} << 32 | low[0];
    Nonce nonce;
    std::memcpy(nonce.data(), &head, sizeof head);
    std::memcpy(nonce.data() + sizeof head, &low[1], sizeof low[1]);
    return nonce;
}

AeadKind aead_kind(wire::dtls::Aead aead) {
    switch (aead) {
    case wire::dtls::Aead::aes_128_gcm: return AeadKind::aes_128_gcm;
    case wire::dtls::Aead::aes_256_gcm: return AeadKind::aes_256_gcm;
    case wire::dtls::Aead::chacha20_poly1305: return AeadKind::chacha20_poly1305;
    case wire::dtls::Aead::aes_128_ccm: return AeadKind::aes_128_ccm;
    case wire::dtls::Aead::aes_256_ccm: return AeadKind::aes_256_ccm;
    case wire::dtls::Aead::aes_128_ccm_8: return AeadKind::aes_128_ccm_8;
    case wire::dtls::Aead::aes_256_ccm_8: return AeadKind::aes_256_ccm_8;
    }
    return AeadKind::aes_128_gcm;
}

AeadLimits aead_limits(AeadKind kind) {
    switch (kind) {
    case AeadKind::aes_128_gcm:
    case AeadKind::aes_256_gcm: return {23'726'566, std::uint64_t{1} << 36}; // 2^24.5
    case AeadKind::chacha20_poly1305: return {std::uint64_t{1} << 47, std::uint64_t{1} << 36};
    case AeadKind::aes_128_ccm:
    case AeadKind::aes_256_ccm: return {std::uint64_t{1} << 23, 11'863'283}; // 2^23.5
    case AeadKind::aes_128_ccm_8:
    case AeadKind::aes_256_ccm_8: return {std::uint64_t{1} << 23, 128}; // 2^7
    }
    return {1, 1};
}

void KeyedContexts::load(Slot& slot, const RecordKeys& keys, Use use) {
    slot.id = keys.id;
    slot.aead.set_key(keys.kind, use, keys.key_bytes());
    if (keys.version == Version::v1_3) {
        slot.numbers.set_key(keys.kind, Bytes{keys.number_key}.first(crypto::key_bytes(keys.kind)));
    }
}

} // namespace hawser::dtls
