#include "dtls/key_schedule.hpp"

#include "crypto/key_derivation.hpp"

#include <algorithm>
#include <cstring>

namespace hawser::dtls {

using crypto::AeadKind;
using crypto::Hash;

namespace {

constexpr std::string_view kPrefix = "dtls13";

void expand(Hash hash, const Secret& secret, std::string_view label, MutableBytes out) {
    crypto::hkdf_expand_label(hash, secret.bytes(), kPrefix, label, {}, out);
}

/// iv bytes of one direction in the key block of DTLS 1.2.
std::size_t fixed_iv_bytes(AeadKind kind) {
    return kind == AeadKind::chacha20_poly1305 ? crypto::kNonceBytes : 4;
}

} // namespace

Hash hash_of(const CipherSuiteInfo& suite) {
    return suite.hash == wire::dtls::Hash::sha256 ? Hash::sha256 : Hash::sha384;
}

Secret derive(Hash hash, const Secret& secret, std::string_view label, Bytes context) {
    Secret derived{crypto::digest_bytes(hash)};
    crypto::hkdf_expand_label(hash, secret.bytes(), kPrefix, label, context, derived.bytes());
    return derived;
}

Schedule13::Schedule13(Hash hash, Bytes psk) : hash_{hash} {
    const Secret zeros{crypto::digest_bytes(hash)};
    current_ = crypto::hkdf_extract(hash, {}, psk.empty() ? zeros.bytes() : psk);
}

Secret Schedule13::binder_key(bool external) const {
    const crypto::Digest empty = crypto::digest(hash_, {});
    return derive(hash_, current_, external ? "ext binder" : "res binder", empty.bytes());
}

void Schedule13::mix_key_exchange(Bytes shared) {
    const crypto::Digest empty = crypto::digest(hash_, {});
    const Secret salt = derive(hash_, current_, "derived", empty.bytes());
    const Secret zeros{crypto::digest_bytes(hash_)};
    current_ = crypto::hkdf_extract(hash_, salt.bytes(), shared.empty() ? zeros.bytes() : shared);
}

void Schedule13::finish() {
    mix_key_exchange({});
}

Secret Schedule13::traffic(std::string_view label, Bytes transcript_hash) const {
    return derive(hash_, current_, label, transcript_hash);
}

crypto::Digest finished_mac(Hash hash, const Secret& base, Bytes transcript_hash) {
    const Secret key = derive(hash, base, "finished", {});
    return crypto::hmac(hash, key.bytes(), {transcript_hash});
}

RecordKeys record_keys13(const CipherSuiteInfo& suite, const Secret& traffic, std::uint64_t epoch) {
    RecordKeys keys;
    keys.version = wire::dtls::Version::v1_3;
    keys.kind = aead_kind(suite.aead);
    keys.epoch = epoch;
    const std::size_t size = crypto::key_bytes(keys.kind);
    expand(hash_of(suite), traffic, "key", MutableBytes{keys.key}.first(size));
    expand(hash_of(suite), traffic, "iv", keys.iv);
    expand(hash_of(suite), traffic, "sn", MutableBytes{keys.number_key}.first(size));
    return keys;
}

Secret extended_master_secret(Hash hash, Bytes premaster, Bytes session_hash) {
    Secret master{kMasterSecretBytes};
    crypto::prf(hash, premaster, "extended master secret", {session_hash}, master.bytes());
    return master;
}

Secret master_secret(Hash hash, Bytes premaster, const HelloRandom& client,
                     const HelloRandom& server) {
    Secret master{kMasterSecretBytes};
    crypto::prf(hash, premaster, "master secret", {client, server}, master.bytes());
    return master;
}

KeyBlock key_block(const CipherSuiteInfo& suite, const Secret& master, const HelloRandom& client,
                   const HelloRandom& server, std::uint64_t epoch) {
    KeyBlock block;
    const AeadKind kind = aead_kind(suite.aead);
    const std::size_t key = crypto::key_bytes(kind);
    const std::size_t iv = fixed_iv_bytes(kind);
    std::array<std::byte, 2 * (32 + crypto::kNonceBytes)> bytes{};
    crypto::prf(hash_of(suite), master.bytes(), "key expansion", {server, client},
                MutableBytes{bytes}.first(2 * (key + iv)));
    const std::byte* at = bytes.data();
    const auto take = [&at](MutableBytes to) {
        std::memcpy(to.data(), at, to.size());
        at += to.size();
    };
    for (RecordKeys* keys : {&block.client, &block.server}) {
        keys->kind = kind;
        keys->epoch = epoch;
        take(MutableBytes{keys->key}.first(key));
    }
    for (RecordKeys* keys : {&block.client, &block.server})
        take(MutableBytes{keys->iv}.first(iv));
    crypto::wipe(bytes);
    return block;
}

std::array<std::byte, kVerifyDataBytes> verify_data(Hash hash, const Secret& master,
                                                    std::string_view label, Bytes transcript_hash) {
    std::array<std::byte, kVerifyDataBytes> data{};
    crypto::prf(hash, master.bytes(), label, {transcript_hash}, data);
    return data;
}

} // namespace hawser::dtls
