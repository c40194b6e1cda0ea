#include <hawser/wire/sctp/parameters.hpp>

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/reader.hpp>

#include <algorithm>
#include <cstring>

namespace hawser::wire::sctp {
namespace {

/// The one number that a value consists of.
Result<std::uint32_t> parse_number(Bytes value, std::string_view what) {
    if (value.size() != sizeof(std::uint32_t)) return fail(Errc::malformed, what);
    return load_big<std::uint32_t>(value.data());
}

void write_number(Writer& out, ParameterType type, std::uint32_t number) {
    write_item(out, type, [number](Writer& to) { to.u32(number); });
}

template <class Octets>
Result<Octets> parse_octets(Bytes value) {
    Octets octets;
    if (value.size() != octets.size()) return fail(Errc::malformed, "address parameter length");
    std::memcpy(octets.data(), value.data(), octets.size());
    return octets;
}

} // namespace

Result<Address> parse_address(const Parameter& parameter) {
    if (parameter.type == ParameterType::ipv4_address) {
        const auto octets = parse_octets<Address::V4>(parameter.value);
        if (!octets) return std::unexpected{octets.error()};
        return Address::ipv4(*octets);
    }
    if (parameter.type == ParameterType::ipv6_address) {
        const auto octets = parse_octets<Address::V6>(parameter.value);
        if (!octets) return std::unexpected{octets.error()};
        return Address::ipv6(*octets);
    }
    return fail(Errc::invalid_argument, "not an address parameter");
}

void write_address(Writer& out, const Address& address) {
    write_item(out, address.is_ipv4() ? ParameterType::ipv4_address : ParameterType::ipv6_address,
               address.octets());
}

Result<std::chrono::milliseconds> parse_cookie_preservative(Bytes value) {
    const auto increment = parse_number(value, "Cookie Preservative length");
    if (!increment) return std::unexpected{increment.error()};
    return std::chrono::milliseconds{*increment};
}

void write_cookie_preservative(Writer& out, std::chrono::milliseconds increment) {
    const auto count = std::clamp<std::int64_t>(increment.count(), 0, UINT32_MAX);
    write_number(out, ParameterType::cookie_preservative, static_cast<std::uint32_t>(count));
}

std::string_view parse_host_name(Bytes value) {
    const std::string_view name = as_text(value);
    const std::size_t last = name.find_last_not_of('\0');
    return last == std::string_view::npos ? std::string_view{} : name.substr(0, last + 1);
}

Result<SupportedAddressTypes> SupportedAddressTypes::parse(Bytes value) {
    if (value.size() % 2 != 0) return fail(Errc::malformed, "Supported Address Types length");
    return SupportedAddressTypes{value};
}

ParameterType SupportedAddressTypes::operator[](std::size_t index) const {
    return ParameterType{load_big<std::uint16_t>(types_.data() + 2 * index)};
}

bool SupportedAddressTypes::contains(ParameterType type) const {
    for (std::size_t i = 0; i < size(); ++i) {
        if ((*this)[i] == type) return true;
    }
    return false;
}

void write_supported_address_types(Writer& out, std::span<const ParameterType> types) {
    write_item(out, ParameterType::supported_address_types, [types](Writer& to) {
        for (const ParameterType type : types)
            to.u16(std::to_underlying(type));
    });
}

bool SupportedExtensions::contains(ChunkType type) const {
    return std::ranges::find(types_, std::byte{std::to_underlying(type)}) != types_.end();
}

void write_supported_extensions(Writer& out, std::span<const ChunkType> types) {
    write_item(out, ParameterType::supported_extensions, [types](Writer& to) {
        for (const ChunkType type : types)
            to.u8(std::to_underlying(type));
    });
}

void write_forward_tsn_supported(Writer& out) {
    write_item(out, ParameterType::forward_tsn_supported, Bytes{});
}

void write_ecn_capable(Writer& out) {
    write_item(out, ParameterType::ecn_capable, Bytes{});
}

Result<ErrorDetectionMethod> parse_zero_checksum_acceptable(Bytes value) {
    const auto method = parse_number(value, "Zero Checksum Acceptable length");
    if (!method) return std::unexpected{method.error()};
    return ErrorDetectionMethod{*method};
}

void write_zero_checksum_acceptable(Writer& out, ErrorDetectionMethod method) {
    write_number(out, ParameterType::zero_checksum_acceptable, std::to_underlying(method));
}

Result<std::uint32_t> parse_adaptation_layer(Bytes value) {
    return parse_number(value, "Adaptation Layer Indication length");
}

void write_adaptation_layer(Writer& out, std::uint32_t indication) {
    write_number(out, ParameterType::adaptation_layer_indication, indication);
}

} // namespace hawser::wire::sctp
