// ASCONF and ASCONF-ACK: addresses come and go while an association is up (RFC 5061).
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <cstdint>
#include <utility>

namespace hawser::wire::sctp {

/// Address Configuration Change chunk, RFC 5061 §4.1.1: a view.
///
///      0                   1                   2                   3
///     |  Type = 0xC1  |   Flags = 0   |            Length             |
///     |                        Sequence Number                        |
///     |                       Address Parameter                       |
///     |                       ASCONF Parameter                        |   once or more
struct Asconf {
    static constexpr ChunkType kType = ChunkType::asconf;

    RequestNumber number;
    Address address;  ///< one that the sender has in the association, or the wildcard
    Bytes parameters; ///< whole ones; walk them with `Parameters{asconf.parameters}`

    /// Fails with `malformed` without an address, or for parameters that cannot be walked.
    static Result<Asconf> parse(Bytes value);
    void write(Writer& out) const;
};

/// Address Configuration Acknowledgment chunk, RFC 5061 §4.1.2: a view.
///
///     |  Type = 0x80  |   Flags = 0   |            Length             |
///     |                        Sequence Number                        |
///     |                  ASCONF Parameter Response                    |   repeated
struct AsconfAck {
    static constexpr ChunkType kType = ChunkType::asconf_ack;

    RequestNumber number;
    Bytes responses; ///< whole parameters; what is not spoken of has succeeded (§4.1.2)

    /// Fails with `malformed` for responses that cannot be walked.
    static Result<AsconfAck> parse(Bytes value);
    void write(Writer& out) const;
};

/// Add IP Address, Delete IP Address or Set Primary Address, RFC 5061 §4.2.1, §4.2.2, §4.2.4.
///
///     |  Type = 0xC001, 0xC002, 0xC004  |       Length = Variable       |
///     |                 ASCONF-Request Correlation ID                   |
///     |                       Address Parameter                         |
struct AddressRequest {
    ParameterType type{};
    std::uint32_t correlation = 0; ///< comes back with what is said of this one
    Address address;               ///< unspecified: the one that the packet comes from

    /// Fails with `malformed` where no address can be read, `invalid_argument` for a parameter of
    /// another type.
    static Result<AddressRequest> parse(const Parameter& parameter);
    void write(Writer& out) const;
};

/// What a response to one request says.
struct AddressResponse {
    ParameterType type{}; ///< Error Cause Indication or Success Indication
    std::uint32_t correlation = 0;
    Bytes causes; ///< of an error: walk them with `Causes{response.causes}`

    /// RFC 5061 §4.2.3, §4.2.5. Fails with `malformed` for another length or causes that cannot be
    /// walked, `invalid_argument` for a parameter of another type.
    static Result<AddressResponse> parse(const Parameter& parameter);
    void write(Writer& out) const;

    bool is_success() const { return type == ParameterType::success_indication; }
};

} // namespace hawser::wire::sctp
