#include <hawser/wire/sctp/auth.hpp>

#include <hawser/wire/reader.hpp>

namespace hawser::wire::sctp {

Result<Auth> Auth::parse(Bytes value) {
    Reader in{value};
    Auth auth;
    auth.key = KeyId{in.u16()};
    auth.hmac = HmacId{in.u16()};
    auth.code = in.rest();
    return in.finish(auth, "AUTH without its HMAC");
}

void Auth::write(Writer& out) const {
    write_chunk(out, kType, 0, [this](Writer& to) {
        to.u16(std::to_underlying(key));
        to.u16(std::to_underlying(hmac));
        to.bytes(code);
    });
}

void write_chunk_list(Writer& out, std::span<const ChunkType> types) {
    write_item(out, ParameterType::chunk_list, [types](Writer& to) {
        for (const ChunkType type : types)
            to.u8(std::to_underlying(type));
    });
}

Result<RequestedHmacs> RequestedHmacs::parse(Bytes value) {
    if (value.size() % 2 != 0) return fail(Errc::malformed, "HMAC-ALGO length");
    return RequestedHmacs{value};
}

void write_requested_hmacs(Writer& out, std::span<const HmacId> hmacs) {
    write_item(out, ParameterType::requested_hmac_algorithm, [hmacs](Writer& to) {
        for (const HmacId hmac : hmacs)
            to.u16(std::to_underlying(hmac));
    });
}

} // namespace hawser::wire::sctp
