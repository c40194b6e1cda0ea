#include <hawser/wire/sctp/causes.hpp>

#include <hawser/wire/reader.hpp>

#include <algorithm>

namespace hawser::wire::sctp {
namespace {

/// For causes that are a header and nothing more.
template <class T>
Result<T> parse_empty(Bytes value) {
    if (!value.empty()) return fail(Errc::malformed, "a cause of four bytes is longer");
    return T{};
}

/// For causes that are one number of four bytes.
Result<std::uint32_t> parse_number(Bytes value) {
    if (value.size() != sizeof(std::uint32_t)) return fail(Errc::malformed, "cause length");
    return load_big<std::uint32_t>(value.data());
}

void write_number(Writer& out, CauseCode code, std::uint32_t number) {
    write_item(out, code, [number](Writer& to) { to.u32(number); });
}

} // namespace

Result<InvalidStreamIdentifier> InvalidStreamIdentifier::parse(Bytes value) {
    const auto number = parse_number(value); // the lower half is reserved
    if (!number) return std::unexpected{number.error()};
    return InvalidStreamIdentifier{.stream = StreamId{static_cast<std::uint16_t>(*number >> 16)}};
}

void InvalidStreamIdentifier::write(Writer& out) const {
    write_number(out, kCode, std::uint32_t{std::to_underlying(stream)} << 16);
}

Result<MissingMandatoryParameter> MissingMandatoryParameter::parse(Bytes value) {
    Reader in{value};
    const std::size_t count = in.u32();
    const MissingMandatoryParameter missing{.types = in.rest()};
    if (missing.types.size() != 2 * count) {
        return fail(Errc::malformed, "Missing Mandatory Parameter count");
    }
    return in.finish(missing);
}

void MissingMandatoryParameter::write(Writer& out) const {
    write_item(out, kCode, [this](Writer& to) {
        to.u32(static_cast<std::uint32_t>(size()));
        to.bytes(types);
    });
}

void write_missing_parameters(Writer& out, std::span<const ParameterType> types) {
    write_item(out, MissingMandatoryParameter::kCode, [types](Writer& to) {
        to.u32(static_cast<std::uint32_t>(types.size()));
        for (const ParameterType type : types)
            to.u16(std::to_underlying(type));
    });
}

Result<StaleCookie> StaleCookie::parse(Bytes value) {
    const auto number = parse_number(value);
    if (!number) return std::unexpected{number.error()};
    return StaleCookie{.staleness = std::chrono::microseconds{*number}};
}

void StaleCookie::write(Writer& out) const {
    const auto count = std::clamp<std::int64_t>(staleness.count(), 0, UINT32_MAX);
    write_number(out, kCode, static_cast<std::uint32_t>(count));
}

Result<OutOfResource> OutOfResource::parse(Bytes value) {
    return parse_empty<OutOfResource>(value);
}

void OutOfResource::write(Writer& out) const {
    write_item(out, kCode, Bytes{});
}

Result<UnresolvableAddress> UnresolvableAddress::parse(Bytes value) {
    return UnresolvableAddress{.address = value};
}

void UnresolvableAddress::write(Writer& out) const {
    write_item(out, kCode, address);
}

Result<UnrecognizedChunkType> UnrecognizedChunkType::parse(Bytes value) {
    return UnrecognizedChunkType{.chunk = value};
}

void UnrecognizedChunkType::write(Writer& out) const {
    write_item(out, kCode, chunk);
}

Result<InvalidMandatoryParameter> InvalidMandatoryParameter::parse(Bytes value) {
    return parse_empty<InvalidMandatoryParameter>(value);
}

void InvalidMandatoryParameter::write(Writer& out) const {
    write_item(out, kCode, Bytes{});
}

Result<UnrecognizedParameters> UnrecognizedParameters::parse(Bytes value) {
    return UnrecognizedParameters{.parameters = value};
}

void UnrecognizedParameters::write(Writer& out) const {
    write_item(out, kCode, parameters);
}

Result<NoUserData> NoUserData::parse(Bytes value) {
    const auto number = parse_number(value);
    if (!number) return std::unexpected{number.error()};
    return NoUserData{.tsn = {*number}};
}

void NoUserData::write(Writer& out) const {
    write_number(out, kCode, tsn.value);
}

Result<CookieWhileShuttingDown> CookieWhileShuttingDown::parse(Bytes value) {
    return parse_empty<CookieWhileShuttingDown>(value);
}

void CookieWhileShuttingDown::write(Writer& out) const {
    write_item(out, kCode, Bytes{});
}

Result<RestartWithNewAddresses> RestartWithNewAddresses::parse(Bytes value) {
    return RestartWithNewAddresses{.addresses = value};
}

void RestartWithNewAddresses::write(Writer& out) const {
    write_item(out, kCode, addresses);
}

Result<UserInitiatedAbort> UserInitiatedAbort::parse(Bytes value) {
    return UserInitiatedAbort{.reason = value};
}

void UserInitiatedAbort::write(Writer& out) const {
    write_item(out, kCode, reason);
}

Result<ProtocolViolation> ProtocolViolation::parse(Bytes value) {
    return ProtocolViolation{.information = value};
}

void ProtocolViolation::write(Writer& out) const {
    write_item(out, kCode, information);
}

Result<UnsupportedHmac> UnsupportedHmac::parse(Bytes value) {
    if (value.size() != sizeof(std::uint16_t)) return fail(Errc::malformed, "cause length");
    return UnsupportedHmac{.hmac = HmacId{load_big<std::uint16_t>(value.data())}};
}

void UnsupportedHmac::write(Writer& out) const {
    write_item(out, kCode, [this](Writer& to) { to.u16(std::to_underlying(hmac)); });
}

void OtherCause::write(Writer& out) const {
    write_item(out, code, value);
}

namespace {

template <class T>
Result<AnyCause> parse_as(Bytes value) {
    const auto typed = T::parse(value);
    if (!typed) return std::unexpected{typed.error()};
    return AnyCause{*typed};
}

} // namespace

Result<AnyCause> parse_cause(const Cause& cause) {
    switch (cause.type) {
    case CauseCode::invalid_stream_identifier:
        return parse_as<InvalidStreamIdentifier>(cause.value);
    case CauseCode::missing_mandatory_parameter:
        return parse_as<MissingMandatoryParameter>(cause.value);
    case CauseCode::stale_cookie: return parse_as<StaleCookie>(cause.value);
    case CauseCode::out_of_resource: return parse_as<OutOfResource>(cause.value);
    case CauseCode::unresolvable_address: return parse_as<UnresolvableAddress>(cause.value);
    case CauseCode::unrecognized_chunk_type: return parse_as<UnrecognizedChunkType>(cause.value);
    case CauseCode::invalid_mandatory_parameter:
        return parse_as<InvalidMandatoryParameter>(cause.value);
    case CauseCode::unrecognized_parameters: return parse_as<UnrecognizedParameters>(cause.value);
    case CauseCode::no_user_data: return parse_as<NoUserData>(cause.value);
    case CauseCode::cookie_while_shutting_down:
        return parse_as<CookieWhileShuttingDown>(cause.value);
    case CauseCode::restart_with_new_addresses:
        return parse_as<RestartWithNewAddresses>(cause.value);
    case CauseCode::user_initiated_abort: return parse_as<UserInitiatedAbort>(cause.value);
    case CauseCode::protocol_violation: return parse_as<ProtocolViolation>(cause.value);
    case CauseCode::unsupported_hmac: return parse_as<UnsupportedHmac>(cause.value);
    default: return AnyCause{OtherCause{.code = cause.type, .value = cause.value}};
    }
}

} // namespace hawser::wire::sctp
