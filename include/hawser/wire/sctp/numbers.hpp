// The registered numbers of SCTP: chunk types, parameter types, error causes.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace hawser::wire::sctp {

/// RFC 9260 §3.2, and the chunks of its extensions.
enum class ChunkType : std::uint8_t {
    data = 0,
    init = 1,
    init_ack = 2,
    sack = 3,
    heartbeat = 4,
    heartbeat_ack = 5,
    abort = 6,
    shutdown = 7,
    shutdown_ack = 8,
    error = 9,
    cookie_echo = 10,
    cookie_ack = 11,
    ecne = 12, ///< RFC 4960; RFC 9260 has it reserved
    cwr = 13,  ///< RFC 4960
    shutdown_complete = 14,
    auth = 15, ///< RFC 4895
    nr_sack = 16,
    i_data = 64,         ///< RFC 8260
    asconf_ack = 128,    ///< RFC 5061
    re_config = 130,     ///< RFC 6525
    pad = 132,           ///< RFC 4820
    forward_tsn = 192,   ///< RFC 3758
    asconf = 193,        ///< RFC 5061
    i_forward_tsn = 194, ///< RFC 8260
};

/// RFC 9260 §3.3.2.1 and §3.3.3.1, and the parameters of its extensions.
enum class ParameterType : std::uint16_t {
    heartbeat_info = 1,
    ipv4_address = 5,
    ipv6_address = 6,
    state_cookie = 7,
    unrecognized_parameter = 8,
    cookie_preservative = 9,
    host_name_address = 11, ///< deprecated
    supported_address_types = 12,
    outgoing_ssn_reset_request = 13,      ///< RFC 6525
    incoming_ssn_reset_request = 14,      ///< RFC 6525
    ssn_tsn_reset_request = 15,           ///< RFC 6525
    reconfiguration_response = 16,        ///< RFC 6525
    add_outgoing_streams_request = 17,    ///< RFC 6525
    add_incoming_streams_request = 18,    ///< RFC 6525
    ecn_capable = 0x8000,                 ///< RFC 4960
    zero_checksum_acceptable = 0x8001,    ///< RFC 9653
    random = 0x8002,                      ///< RFC 4895
    chunk_list = 0x8003,                  ///< RFC 4895
    requested_hmac_algorithm = 0x8004,    ///< RFC 4895
    padding = 0x8005,                     ///< RFC 4820
    supported_extensions = 0x8008,        ///< RFC 5061
    forward_tsn_supported = 0xc000,       ///< RFC 3758
    add_ip_address = 0xc001,              ///< RFC 5061
    delete_ip_address = 0xc002,           ///< RFC 5061
    error_cause_indication = 0xc003,      ///< RFC 5061
    set_primary_address = 0xc004,         ///< RFC 5061
    success_indication = 0xc005,          ///< RFC 5061
    adaptation_layer_indication = 0xc006, ///< RFC 5061
};

/// RFC 9260 §3.3.10, and the causes of its extensions.
enum class CauseCode : std::uint16_t {
    invalid_stream_identifier = 1,
    missing_mandatory_parameter = 2,
    stale_cookie = 3,
    out_of_resource = 4,
    unresolvable_address = 5,
    unrecognized_chunk_type = 6,
    invalid_mandatory_parameter = 7,
    unrecognized_parameters = 8,
    no_user_data = 9,
    cookie_while_shutting_down = 10,
    restart_with_new_addresses = 11,
    user_initiated_abort = 12,
    protocol_violation = 13,
    restart_with_new_encapsulation_port = 14, ///< draft-ietf-tsvwg-udp-encaps-cons §4.4
    delete_last_address = 160,                ///< RFC 5061
    out_of_resource_for_asconf = 161,         ///< RFC 5061
    delete_source_address = 162,              ///< RFC 5061
    illegal_asconf_ack = 163,                 ///< RFC 5061
    no_authorization = 164,                   ///< RFC 5061
    unsupported_hmac = 261,                   ///< RFC 4895
};

/// "DATA", "INIT ACK"; "unknown" for a number without a name.
std::string_view name(ChunkType type);
/// "State Cookie"; "unknown" for a number without a name.
std::string_view name(ParameterType type);
/// "Stale Cookie"; "unknown" for a number without a name.
std::string_view name(CauseCode code);

/// What to do with a chunk or parameter whose type is not known: its top two bits say so
/// (RFC 9260 §3.2 and §3.2.1).
struct UnknownAction {
    bool skip;   ///< go on with the next one; else look no further in this packet or chunk
    bool report; ///< tell the sender: ERROR with Unrecognized Chunk Type or Unrecognized Parameters

    friend constexpr bool operator==(UnknownAction, UnknownAction) = default;
};

constexpr UnknownAction unknown_action(ChunkType type) {
    const unsigned bits = std::to_underlying(type);
    return {.skip = (bits & 0x80) != 0, .report = (bits & 0x40) != 0};
}

constexpr UnknownAction unknown_action(ParameterType type) {
    const unsigned bits = std::to_underlying(type);
    return {.skip = (bits & 0x8000) != 0, .report = (bits & 0x4000) != 0};
}

} // namespace hawser::wire::sctp
