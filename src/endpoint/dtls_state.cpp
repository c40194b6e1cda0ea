#include "endpoint/dtls_state.hpp"

#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>

namespace hawser::detail {
namespace {

using wire::dtls::read_vector;
using wire::dtls::write_vector;

constexpr std::uint32_t kMagic = 0x68'77'6c'31; // "hwl1"
/// All but the names and the engine's part.
constexpr std::size_t kAgreedBytesMax = 512;

constexpr std::uint8_t kIncoming = 1, kResumed = 2, kPeerUsesIds = 4, kFingerprint = 8;

std::string read_text(wire::Reader& in) {
    const Bytes text = read_vector<2>(in);
    return {reinterpret_cast<const char*>(text.data()), text.size()};
}

} // namespace

std::vector<std::byte> write_state(const DtlsState& state) {
    const dtls::Connected& agreed = state.agreed;
    const auto flag = [](bool holds, std::uint8_t bit) { return holds ? bit : std::uint8_t{0}; };
    std::vector<std::byte> room(kAgreedBytesMax + agreed.alpn.size() + agreed.server_name.size() +
                                agreed.psk_identity.size() + state.engine.size());
    wire::Writer out{room};
    out.u32(kMagic);
    out.u8(static_cast<std::uint8_t>(flag(agreed.incoming, kIncoming) |
                                     flag(agreed.resumed, kResumed) |
                                     flag(agreed.peer_uses_connection_ids, kPeerUsesIds) |
                                     flag(agreed.peer_fingerprint.has_value(), kFingerprint)));
    out.u16(static_cast<std::uint16_t>(agreed.version));
    out.u16(static_cast<std::uint16_t>(agreed.cipher_suite));
    out.u16(static_cast<std::uint16_t>(agreed.group.value_or(dtls::NamedGroup{})));
    out.u16(static_cast<std::uint16_t>(agreed.srtp_profile.value_or(dtls::SrtpProfile{})));
    out.u8(agreed.connection_id_bytes);
    for (const std::string* text : {&agreed.alpn, &agreed.server_name, &agreed.psk_identity})
        write_vector<2>(out, std::as_bytes(std::span{*text}));
    write_vector<1>(out, agreed.srtp_mki);
    if (agreed.peer_fingerprint) out.bytes(*agreed.peer_fingerprint);
    write_vector<2>(out, state.engine);
    room.resize(out.ok() ? out.written() : 0);
    return room;
}

std::optional<DtlsState> read_state(Bytes bytes) {
    wire::Reader in{bytes};
    if (in.u32() != kMagic) return std::nullopt;
    DtlsState state;
    dtls::Connected& agreed = state.agreed;
    const std::uint8_t flags = in.u8();
    agreed.incoming = (flags & kIncoming) != 0;
    agreed.resumed = (flags & kResumed) != 0;
    agreed.peer_uses_connection_ids = (flags & kPeerUsesIds) != 0;
    agreed.version = static_cast<dtls::Version>(in.u16());
    agreed.cipher_suite = static_cast<dtls::CipherSuite>(in.u16());
    if (const std::uint16_t group = in.u16(); group != 0)
        agreed.group = static_cast<dtls::NamedGroup>(group);
    if (const std::uint16_t profile = in.u16(); profile != 0)
        agreed.srtp_profile = static_cast<dtls::SrtpProfile>(profile);
    agreed.connection_id_bytes = in.u8();
    for (std::string* text : {&agreed.alpn, &agreed.server_name, &agreed.psk_identity})
        *text = read_text(in);
    const Bytes mki = read_vector<1>(in);
    agreed.srtp_mki.assign(mki.begin(), mki.end());
    if ((flags & kFingerprint) != 0) {
        const Bytes fingerprint = in.bytes(dtls::Fingerprint{}.size());
        if (in.ok()) std::ranges::copy(fingerprint, agreed.peer_fingerprint.emplace().begin());
    }
    const Bytes engine = read_vector<2>(in);
    state.engine.assign(engine.begin(), engine.end());
    if (!in.ok() || in.remaining() != 0) return std::nullopt;
    return state;
}

} // namespace hawser::detail
