#include "dtls/session_ticket.hpp"

#include "crypto/key_derivation.hpp"

#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <utility>

namespace hawser::dtls {

namespace {

constexpr std::uint8_t kFormat = 4;
constexpr std::size_t kStateBytesMax = 4096; ///< without what has a size of its own
constexpr std::size_t kCertificatesMax = 16;

std::string to_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

std::vector<std::byte> SessionState::serialize() const {
    std::size_t room_bytes = kStateBytesMax + ticket.size() + peer.psk_identity.size();
    for (const auto& certificate : peer.chain)
        room_bytes += certificate.size() + 2;
    room_bytes += peer.ocsp_response.size();
    std::vector<std::byte> room(room_bytes);
    wire::Writer out{room};
    out.u8(kFormat);
    out.u16(static_cast<std::uint16_t>(version));
    out.u16(static_cast<std::uint16_t>(suite));
    wire::dtls::write_vector<1>(out, secret.bytes());
    out.u64(static_cast<std::uint64_t>(issued.time_since_epoch().count()));
    out.u32(static_cast<std::uint32_t>(lifetime.count()));
    out.u32(age_add);
    out.u8(extended_master_secret ? 1 : 0);
    wire::dtls::write_vector<2>(out, std::as_bytes(std::span{server_name}));
    wire::dtls::write_vector<2>(out, ticket);
    wire::dtls::write_vector<2>(out, std::as_bytes(std::span{peer.psk_identity}));
    wire::dtls::write_vector<1>(out, peer.fingerprint);
    out.u8(peer.raw ? 1 : 0);
    out.u8(static_cast<std::uint8_t>(std::min(peer.chain.size(), kCertificatesMax)));
    for (std::size_t i = 0; i < std::min(peer.chain.size(), kCertificatesMax); ++i)
        wire::dtls::write_vector<2>(out, peer.chain[i]);
    wire::dtls::write_vector<2>(out, peer.ocsp_response);
    room.resize(out.ok() ? out.written() : 0);
    return room;
}

std::optional<SessionState> SessionState::parse(Bytes bytes) {
    wire::Reader in{bytes};
    if (in.u8() != kFormat) return std::nullopt;
    SessionState state;
    state.version = static_cast<wire::dtls::Version>(in.u16());
    state.suite = static_cast<wire::dtls::CipherSuite>(in.u16());
    const Bytes secret = wire::dtls::read_vector<1>(in);
    if (secret.size() > crypto::Secret::kBytesMax) return std::nullopt;
    state.secret = crypto::Secret{secret};
    state.issued = std::chrono::sys_seconds{std::chrono::seconds{in.u64()}};
    state.lifetime = std::chrono::seconds{in.u32()};
    state.age_add = in.u32();
    state.extended_master_secret = in.u8() != 0;
    state.server_name = to_text(wire::dtls::read_vector<2>(in));
    const Bytes ticket = wire::dtls::read_vector<2>(in);
    state.ticket.assign(ticket.begin(), ticket.end());
    state.peer.psk_identity = to_text(wire::dtls::read_vector<2>(in));
    const Bytes fingerprint = wire::dtls::read_vector<1>(in);
    state.peer.fingerprint.assign(fingerprint.begin(), fingerprint.end());
    state.peer.raw = in.u8() != 0;
    const std::size_t certificates = in.u8();
    if (certificates > kCertificatesMax) return std::nullopt;
    for (std::size_t i = 0; i < certificates && in.ok(); ++i) {
        const Bytes der = wire::dtls::read_vector<2>(in);
        state.peer.chain.emplace_back(der.begin(), der.end());
    }
    const Bytes ocsp_response = wire::dtls::read_vector<2>(in);
    state.peer.ocsp_response.assign(ocsp_response.begin(), ocsp_response.end());
    if (!in.ok() || in.remaining() != 0) return std::nullopt;
    return state;
}

TicketKeys::TicketKeys(Random& random, Bytes shared_secret) : random_{random} {
    if (!shared_secret.empty())
        shared_ = crypto::hkdf_extract(crypto::Hash::sha256, as_bytes("hawser session tickets"),
                                       shared_secret);
}

void TicketKeys::set_key(Generation& generation) const {
    std::array<std::byte, 32> key;
    if (shared_.bytes().empty()) {
        random_.fill(key);
    } else {
        crypto::hkdf_expand(crypto::Hash::sha256, shared_.bytes(), generation.name, key);
    }
    generation.sealing.set_key(crypto::AeadKind::aes_256_gcm, crypto::Aead::Use::seal, key);
    generation.opening.set_key(crypto::AeadKind::aes_256_gcm, crypto::Aead::Use::open, key);
    crypto::wipe(key);
}

void TicketKeys::rotate(std::chrono::seconds lifetime, Instant now) {
    if (generations_[0].sealing.has_key() && now < generations_[0].made + lifetime) return;
    generations_[1] = std::move(generations_[0]);
    Generation& fresh = generations_[0] = Generation{};
    random_.fill(fresh.name);
    set_key(fresh);
    fresh.made = now;
}

TicketKeys::Generation* TicketKeys::find(Bytes name, Instant now) {
    for (Generation& by : generations_) {
        if (by.opening.has_key() && by.until <= now) by = Generation{};
        if (by.opening.has_key() && std::ranges::equal(by.name, name)) return &by;
    }
    if (shared_.bytes().empty()) return nullptr;
    if (!other_.opening.has_key() || !std::ranges::equal(other_.name, name)) {
        std::ranges::copy(name, other_.name.begin());
        set_key(other_);
    }
    return &other_; // how long its tickets live stands in them
}

/// the key's name, nonce, sealed state, tag
std::vector<std::byte> TicketKeys::seal(const SessionState& state, Instant now) {
    rotate(state.lifetime, now);
    Generation& by = generations_[0];
    by.until = std::max(by.until, now + state.lifetime);
    std::vector<std::byte> text = state.serialize();
    const std::size_t tag = crypto::tag_bytes(crypto::AeadKind::aes_256_gcm);
    std::vector<std::byte> ticket(kNameBytes + crypto::kNonceBytes + text.size() + tag);
    std::ranges::copy(by.name, ticket.begin());
    const MutableBytes after_name = MutableBytes{ticket}.subspan(kNameBytes);
    const MutableBytes nonce = after_name.first(crypto::kNonceBytes);
    const MutableBytes sealed = after_name.subspan(crypto::kNonceBytes, text.size());
    random_.fill(nonce);
    std::ranges::copy(text, sealed.begin());
    crypto::wipe(text);
    by.sealing.seal(nonce, by.name, sealed, after_name.last(tag));
    return ticket;
}

std::optional<SessionState> TicketKeys::open(Bytes ticket, Instant now) {
    const std::size_t tag = crypto::tag_bytes(crypto::AeadKind::aes_256_gcm);
    if (ticket.size() <= kNameBytes + crypto::kNonceBytes + tag) return std::nullopt;
    const Bytes name = ticket.first(kNameBytes);
    const Bytes after_name = ticket.subspan(kNameBytes);
    Generation* const by = find(name, now);
    if (by == nullptr) return std::nullopt;
    std::vector<std::byte> text{after_name.begin() + crypto::kNonceBytes,
                                after_name.end() - static_cast<std::ptrdiff_t>(tag)};
    if (!by->opening.open(after_name.first(crypto::kNonceBytes), name, text, after_name.last(tag)))
        return std::nullopt;
    auto state = SessionState::parse(text);
    crypto::wipe(text);
    return state;
}

} // namespace hawser::dtls
