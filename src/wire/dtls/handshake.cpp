#include <hawser/wire/dtls/handshake.hpp>

namespace hawser::wire::dtls {

Result<HandshakeHeader> HandshakeHeader::parse(Bytes bytes) {
    Reader in{bytes};
    HandshakeHeader header;
    header.type = HandshakeType{in.u8()};
    header.length = static_cast<std::uint32_t>(read_number<3>(in));
    header.message_seq = in.u16();
    header.fragment_offset = static_cast<std::uint32_t>(read_number<3>(in));
    header.fragment_length = static_cast<std::uint32_t>(read_number<3>(in));
    // Numbers of 24 bits: their sum does not wrap.
    if (header.fragment_offset + header.fragment_length > header.length) {
        return fail(Errc::malformed, "a fragment reaches beyond its message");
    }
    return in.finish(header, "handshake header is cut");
}

void HandshakeHeader::write(Writer& out) const {
    const std::uint64_t end = std::uint64_t{fragment_offset} + fragment_length;
    if (end > length) return out.fail();
    out.u8(std::to_underlying(type));
    write_number<3>(out, length);
    out.u16(message_seq);
    write_number<3>(out, fragment_offset);
    write_number<3>(out, fragment_length);
}

void write_tls_handshake_header(Writer& out, HandshakeType type, std::size_t body_bytes) {
    out.u8(std::to_underlying(type));
    write_number<3>(out, body_bytes);
}

std::optional<HandshakeFragment> HandshakeFragments::next() {
    if (left_.empty()) return std::nullopt;
    const Result<HandshakeHeader> header = HandshakeHeader::parse(left_);
    if (!header || header->fragment_length > left_.size() - kHandshakeHeaderBytes) {
        malformed_ = true;
        left_ = {};
        return std::nullopt;
    }
    const Bytes body = left_.subspan(kHandshakeHeaderBytes, header->fragment_length);
    left_ = left_.subspan(kHandshakeHeaderBytes + body.size());
    return HandshakeFragment{.header = *header, .body = body};
}

Result<> parse_empty_body(Bytes body) {
    if (!body.empty()) return fail(Errc::malformed, "a message that has no body has one");
    return {};
}

Result<> parse_change_cipher_spec(Bytes payload) {
    if (payload.size() != 1 || payload[0] != std::byte{1}) {
        return fail(Errc::malformed, "ChangeCipherSpec is not one byte of 1");
    }
    return {};
}

void write_change_cipher_spec(Writer& out) {
    out.u8(1);
}

} // namespace hawser::wire::dtls
