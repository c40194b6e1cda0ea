#include <hawser/wire/sctp/control.hpp>

#include <hawser/wire/reader.hpp>

namespace hawser::wire::sctp {
namespace {

/// For chunks that are a header and nothing more.
template <class T>
Result<T> parse_empty(Bytes value, T chunk) {
    if (!value.empty()) return fail(Errc::malformed, "a chunk of four bytes is longer");
    return chunk;
}

} // namespace

Result<CookieEcho> CookieEcho::parse(Bytes value) {
    if (value.empty()) return fail(Errc::malformed, "COOKIE ECHO without a cookie");
    return CookieEcho{.cookie = value};
}

void CookieEcho::write(Writer& out) const {
    write_chunk(out, kType, 0, cookie);
}

Result<CookieAck> CookieAck::parse(Bytes value) {
    return parse_empty(value, CookieAck{});
}

void CookieAck::write(Writer& out) const {
    write_chunk(out, kType, 0, Bytes{});
}

Result<Heartbeat> Heartbeat::parse(Bytes value) {
    Parameters parameters{value};
    const auto first = parameters.next();
    if (!first || first->type != ParameterType::heartbeat_info) {
        return fail(Errc::malformed, "HEARTBEAT without its info");
    }
    return Heartbeat{.info = first->value};
}

void Heartbeat::write(Writer& out, ChunkType type) const {
    write_chunk(out, type, 0,
                [this](Writer& to) { write_item(to, ParameterType::heartbeat_info, info); });
}

Result<Shutdown> Shutdown::parse(Bytes value) {
    if (value.size() != sizeof(std::uint32_t)) return fail(Errc::malformed, "SHUTDOWN length");
    return Shutdown{.cumulative_tsn = {Reader{value}.u32()}};
}

void Shutdown::write(Writer& out) const {
    write_chunk(out, kType, 0, [this](Writer& to) { to.u32(cumulative_tsn.value); });
}

Result<ShutdownAck> ShutdownAck::parse(Bytes value) {
    return parse_empty(value, ShutdownAck{});
}

void ShutdownAck::write(Writer& out) const {
    write_chunk(out, kType, 0, Bytes{});
}

Result<ShutdownComplete> ShutdownComplete::parse(std::uint8_t flags, Bytes value) {
    return parse_empty(value, ShutdownComplete{.tag_reflected = (flags & kTagReflected) != 0});
}

void ShutdownComplete::write(Writer& out) const {
    write_chunk(out, kType, tag_reflected ? kTagReflected : std::uint8_t{0}, Bytes{});
}

Result<Abort> Abort::parse(std::uint8_t flags, Bytes value) {
    return Abort{.tag_reflected = (flags & kTagReflected) != 0, .causes = value};
}

void Abort::write(Writer& out) const {
    write_chunk(out, kType, tag_reflected ? kTagReflected : std::uint8_t{0}, causes);
}

Result<OperationError> OperationError::parse(Bytes value) {
    if (value.empty()) return fail(Errc::malformed, "ERROR without a cause");
    if (!well_formed<Cause>(value)) return fail(Errc::malformed, "causes of ERROR");
    return OperationError{.causes = value};
}

void OperationError::write(Writer& out) const {
    write_chunk(out, kType, 0, causes);
}

} // namespace hawser::wire::sctp
