#include <hawser/wire/sctp/numbers.hpp>

namespace hawser::wire::sctp {

std::string_view name(ChunkType type) {
    switch (type) {
    case ChunkType::data: return "DATA";
    case ChunkType::init: return "INIT";
    case ChunkType::init_ack: return "INIT ACK";
    case ChunkType::sack: return "SACK";
    case ChunkType::heartbeat: return "HEARTBEAT";
    case ChunkType::heartbeat_ack: return "HEARTBEAT ACK";
    case ChunkType::abort: return "ABORT";
    case ChunkType::shutdown: return "SHUTDOWN";
    case ChunkType::shutdown_ack: return "SHUTDOWN ACK";
    case ChunkType::error: return "ERROR";
    case ChunkType::cookie_echo: return "COOKIE ECHO";
    case ChunkType::cookie_ack: return "COOKIE ACK";
    case ChunkType::ecne: return "ECNE";
    case ChunkType::cwr: return "CWR";
    case ChunkType::shutdown_complete: return "SHUTDOWN COMPLETE";
    case ChunkType::auth: return "AUTH";
    case ChunkType::nr_sack: return "NR-SACK";
    case ChunkType::i_data: return "I-DATA";
    case ChunkType::asconf_ack: return "ASCONF-ACK";
    case ChunkType::re_config: return "RE-CONFIG";
    case ChunkType::pad: return "PAD";
    case ChunkType::forward_tsn: return "FORWARD-TSN";
    case ChunkType::asconf: return "ASCONF";
    case ChunkType::i_forward_tsn: return "I-FORWARD-TSN";
    }
    return "unknown";
}

std::string_view name(ParameterType type) {
    switch (type) {
    case ParameterType::heartbeat_info: return "Heartbeat Info";
    case ParameterType::ipv4_address: return "IPv4 Address";
    case ParameterType::ipv6_address: return "IPv6 Address";
    case ParameterType::state_cookie: return "State Cookie";
    case ParameterType::unrecognized_parameter: return "Unrecognized Parameter";
    case ParameterType::cookie_preservative: return "Cookie Preservative";
    case ParameterType::host_name_address: return "Host Name Address";
    case ParameterType::supported_address_types: return "Supported Address Types";
    case ParameterType::outgoing_ssn_reset_request: return "Outgoing SSN Reset Request";
    case ParameterType::incoming_ssn_reset_request: return "Incoming SSN Reset Request";
    case ParameterType::ssn_tsn_reset_request: return "SSN/TSN Reset Request";
    case ParameterType::reconfiguration_response: return "Re-configuration Response";
    case ParameterType::add_outgoing_streams_request: return "Add Outgoing Streams Request";
    case ParameterType::add_incoming_streams_request: return "Add Incoming Streams Request";
    case ParameterType::ecn_capable: return "ECN Capable";
    case ParameterType::zero_checksum_acceptable: return "Zero Checksum Acceptable";
    case ParameterType::random: return "Random";
    case ParameterType::chunk_list: return "Chunk List";
    case ParameterType::requested_hmac_algorithm: return "Requested HMAC Algorithm";
    case ParameterType::padding: return "Padding";
    case ParameterType::supported_extensions: return "Supported Extensions";
    case ParameterType::forward_tsn_supported: return "Forward TSN Supported";
    case ParameterType::add_ip_address: return "Add IP Address";
    case ParameterType::delete_ip_address: return "Delete IP Address";
    case ParameterType::error_cause_indication: return "Error Cause Indication";
    case ParameterType::set_primary_address: return "Set Primary Address";
    case ParameterType::success_indication: return "Success Indication";
    case ParameterType::adaptation_layer_indication: return "Adaptation Layer Indication";
    }
    return "unknown";
}

std::string_view name(CauseCode code) {
    switch (code) {
    case CauseCode::invalid_stream_identifier: return "Invalid Stream Identifier";
    case CauseCode::missing_mandatory_parameter: return "Missing Mandatory Parameter";
    case CauseCode::stale_cookie: return "Stale Cookie";
    case CauseCode::out_of_resource: return "Out of Resource";
    case CauseCode::unresolvable_address: return "Unresolvable Address";
    case CauseCode::unrecognized_chunk_type: return "Unrecognized Chunk Type";
    case CauseCode::invalid_mandatory_parameter: return "Invalid Mandatory Parameter";
    case CauseCode::unrecognized_parameters: return "Unrecognized Parameters";
    case CauseCode::no_user_data: return "No User Data";
    case CauseCode::cookie_while_shutting_down: return "Cookie Received While Shutting Down";
    case CauseCode::restart_with_new_addresses:
        return "Restart of an Association with New Addresses";
    case CauseCode::user_initiated_abort: return "User-Initiated Abort";
    case CauseCode::protocol_violation: return "Protocol Violation";
    case CauseCode::restart_with_new_encapsulation_port:
        return "Restart of an Association with New Encapsulation Port";
    case CauseCode::delete_last_address: return "Request to Delete Last Remaining IP Address";
    case CauseCode::out_of_resource_for_asconf: return "Operation Refused Due to Resource Shortage";
    case CauseCode::delete_source_address: return "Request to Delete Source IP Address";
    case CauseCode::illegal_asconf_ack: return "Association Aborted Due to Illegal ASCONF-ACK";
    case CauseCode::no_authorization: return "Request Refused, No Authorization";
    case CauseCode::unsupported_hmac: return "Unsupported HMAC Identifier";
    }
    return "unknown";
}

} // namespace hawser::wire::sctp
