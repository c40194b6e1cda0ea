// The parameters of INIT and INIT ACK, one by one.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/writer.hpp>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace hawser::wire::sctp {

// What is only bytes needs no codec: the value of a State Cookie parameter is the cookie, that of
// an Unrecognized Parameter is the whole parameter that was not known, that of a Heartbeat Info is
// the sender's own. `write_item(out, ParameterType::state_cookie, cookie)` writes one.

/// IPv4 Address or IPv6 Address (RFC 9260 §3.3.2.1); port 0. An IPv4-mapped IPv6 address reads as
/// the IPv4 address it stands for. Fails with `malformed` for another length, `invalid_argument`
/// for another type.
Result<Address> parse_address(const Parameter& parameter);
/// The address without its port and scope, by its family.
void write_address(Writer& out, const Address& address);

/// Cookie Preservative (RFC 9260 §3.3.2.1): how much longer the cookie should live.
Result<std::chrono::milliseconds> parse_cookie_preservative(Bytes value);
/// `increment` is 0 to 2^32 - 1 ms, and cut to that.
void write_cookie_preservative(Writer& out, std::chrono::milliseconds increment);

/// Host Name Address (RFC 9260 §3.3.2.1), deprecated: an INIT with it is refused with Unresolvable
/// Address. The name without the zeros that end it; no encoding is checked.
std::string_view parse_host_name(Bytes value);

/// Supported Address Types (RFC 9260 §3.3.2.1): a view.
class SupportedAddressTypes {
public:
    /// Fails with `malformed` for half a number.
    static Result<SupportedAddressTypes> parse(Bytes value);

    std::size_t size() const { return types_.size() / 2; }
    ParameterType operator[](std::size_t index) const;
    bool contains(ParameterType type) const;

private:
    explicit SupportedAddressTypes(Bytes types) : types_{types} {}
    Bytes types_;
};

void write_supported_address_types(Writer& out, std::span<const ParameterType> types);

/// Supported Extensions (RFC 5061 §4.2.7): a view of chunk types.
class SupportedExtensions {
public:
    explicit SupportedExtensions(Bytes value) : types_{value} {}

    std::size_t size() const { return types_.size(); }
    ChunkType operator[](std::size_t index) const {
        return ChunkType{std::to_integer<std::uint8_t>(types_[index])};
    }
    bool contains(ChunkType type) const;

private:
    Bytes types_;
};

void write_supported_extensions(Writer& out, std::span<const ChunkType> types);

/// Forward-TSN-Supported (RFC 3758 §3.1): being there is all it says.
void write_forward_tsn_supported(Writer& out);

/// ECN Capable (RFC 4960 Appendix A): the same.
void write_ecn_capable(Writer& out);

/// Zero Checksum Acceptable (RFC 9653 §4): what the sender checks packets with instead.
enum class ErrorDetectionMethod : std::uint32_t { none = 0, dtls = 1 };

Result<ErrorDetectionMethod> parse_zero_checksum_acceptable(Bytes value);
void write_zero_checksum_acceptable(Writer& out, ErrorDetectionMethod method);

/// Adaptation Layer Indication (RFC 5061 §4.2.6): a number of the applications' own.
Result<std::uint32_t> parse_adaptation_layer(Bytes value);
void write_adaptation_layer(Writer& out, std::uint32_t indication);

} // namespace hawser::wire::sctp
