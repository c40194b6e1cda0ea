#include "dtls/session_ticket.hpp"

#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>

namespace hawser::dtls {

namespace {

constexpr std::uint8_t kFormat = 2;
constexpr std::size_t kStateBytesMax = 4096;

std::string to_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

std::vector<std::byte> SessionState::serialize() const {
    std::vector<std::byte> room(kStateBytesMax + ticket.size());
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
    wire::dtls::write_vector<2>(out, std::as_bytes(std::span{psk_identity}));
    wire::dtls::write_vector<2>(out, ticket);
    wire::dtls::write_vector<1>(out, peer_fingerprint);
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
    state.psk_identity = to_text(wire::dtls::read_vector<2>(in));
    const Bytes ticket = wire::dtls::read_vector<2>(in);
    state.ticket.assign(ticket.begin(), ticket.end());
    const Bytes fingerprint = wire::dtls::read_vector<1>(in);
    state.peer_fingerprint.assign(fingerprint.begin(), fingerprint.end());
    if (!in.ok() || in.remaining() != 0) return std::nullopt;
    return state;
}

void TicketKeys::make_key() {
    if (made_) return;
    random_.fill(key_);
    sealing_.set_key(crypto::AeadKind::aes_256_gcm, crypto::Aead::Use::seal, key_);
    opening_.set_key(crypto::AeadKind::aes_256_gcm, crypto::Aead::Use::open, key_);
    crypto::wipe(key_);
    made_ = true;
}

/// nonce, sealed state, tag
std::vector<std::byte> TicketKeys::seal(const SessionState& state) {
    make_key();
    std::vector<std::byte> text = state.serialize();
    const std::size_t tag = crypto::tag_bytes(crypto::AeadKind::aes_256_gcm);
    std::vector<std::byte> ticket(crypto::kNonceBytes + text.size() + tag);
    const MutableBytes all{ticket};
    random_.fill(all.first(crypto::kNonceBytes));
    std::ranges::copy(text, ticket.begin() + crypto::kNonceBytes);
    crypto::wipe(text);
    sealing_.seal(all.first(crypto::kNonceBytes), {}, all.subspan(crypto::kNonceBytes, text.size()),
                  all.last(tag));
    return ticket;
}

std::optional<SessionState> TicketKeys::open(Bytes ticket) {
    const std::size_t tag = crypto::tag_bytes(crypto::AeadKind::aes_256_gcm);
    if (!made_ || ticket.size() <= crypto::kNonceBytes + tag) return std::nullopt;
    std::vector<std::byte> text{ticket.begin() + crypto::kNonceBytes,
                                ticket.end() - static_cast<std::ptrdiff_t>(tag)};
    if (!opening_.open(ticket.first(crypto::kNonceBytes), {}, text, ticket.last(tag)))
        return std::nullopt;
    auto state = SessionState::parse(text);
    crypto::wipe(text);
    return state;
}

} // namespace hawser::dtls
