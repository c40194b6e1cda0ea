// The property of each SCTP codec: what it accepts, it writes back the same.
#pragma once

#include "fuzzing.hpp"

#include <hawser/wire/sctp/asconf.hpp>
#include <hawser/wire/sctp/auth.hpp>
#include <hawser/wire/sctp/causes.hpp>
#include <hawser/wire/sctp/control.hpp>
#include <hawser/wire/sctp/data.hpp>
#include <hawser/wire/sctp/ecn.hpp>
#include <hawser/wire/sctp/forward_tsn.hpp>
#include <hawser/wire/sctp/i_data.hpp>
#include <hawser/wire/sctp/i_forward_tsn.hpp>
#include <hawser/wire/sctp/init.hpp>
#include <hawser/wire/sctp/nr_sack.hpp>
#include <hawser/wire/sctp/pad.hpp>
#include <hawser/wire/sctp/re_config.hpp>
#include <hawser/wire/sctp/sack.hpp>

#include <chrono>
#include <variant>
#include <vector>

namespace hawser::wire::sctp {

using fuzz::same;
using fuzz::written;

/// Walks `chunk` as the only one, of that type, padded to four bytes with zeros.
inline Chunk only_chunk(Bytes bytes, ChunkType type) {
    HAWSER_ASSERT(bytes.size() % 4 == 0);
    Chunks chunks{bytes};
    const auto chunk = chunks.next();
    HAWSER_ASSERT(chunk && !chunks.next() && !chunks.malformed());
    HAWSER_ASSERT(chunk->type == type);
    for (const std::byte padding : bytes.subspan(chunk->whole.size())) {
        HAWSER_ASSERT(padding == std::byte{0});
    }
    return *chunk;
}

/// For codecs that lose nothing: the value comes back byte for byte.
template <class Write>
void comes_back(Bytes value, ChunkType type, unsigned flags, Write&& write) {
    const std::vector<std::byte> again = written(write);
    const Chunk chunk = only_chunk(again, type);
    HAWSER_ASSERT(chunk.flags == flags);
    HAWSER_ASSERT(same(chunk.value, value));
}

inline void round_trip_data(std::uint8_t flags, Bytes value) {
    const Result<Data> data = Data::parse(flags, value);
    HAWSER_ASSERT(data.has_value() == (value.size() > 12));
    if (!data) return;
    HAWSER_ASSERT(data->tsn == Data::tsn_of(value));
    comes_back(value, ChunkType::data, flags & 0xfu, [&](auto& out) { data->write(out); });
}

inline void round_trip_forward_tsn(Bytes value) {
    const auto forward = ForwardTsnView::parse(value);
    if (!forward) return;
    std::vector<SkippedStream> skipped;
    for (std::size_t i = 0; i < forward->skipped_count(); ++i)
        skipped.push_back(forward->skipped(i));
    comes_back(value, ChunkType::forward_tsn, 0,
               [&](auto& out) { write_forward_tsn(out, forward->new_cumulative_tsn(), skipped); });
}

/// What is reserved comes back as zeros.
inline std::vector<std::byte> without(Bytes value, std::initializer_list<std::size_t> reserved) {
    std::vector<std::byte> cleared(value.begin(), value.end());
    for (const std::size_t at : reserved)
        cleared[at] = std::byte{0};
    return cleared;
}

inline void round_trip_i_data(std::uint8_t flags, Bytes value) {
    const Result<IData> data = IData::parse(flags, value);
    HAWSER_ASSERT(data.has_value() == (value.size() > 16));
    if (!data) return;
    HAWSER_ASSERT(!data->beginning || data->fsn == 0);
    comes_back(without(value, {6, 7}), ChunkType::i_data, flags & 0xfu,
               [&](auto& out) { data->write(out); });
}

inline void round_trip_i_forward_tsn(Bytes value) {
    const auto forward = IForwardTsnView::parse(value);
    HAWSER_ASSERT(forward.has_value() == (value.size() % 8 == 4));
    if (!forward) return;
    std::vector<SkippedMessages> skipped;
    std::vector<std::byte> cleared(value.begin(), value.end());
    for (std::size_t i = 0; i < forward->skipped_count(); ++i) {
        skipped.push_back(forward->skipped(i));
        cleared[6 + 8 * i] = std::byte{0};
        cleared[7 + 8 * i] &= std::byte{1};
    }
    comes_back(cleared, ChunkType::i_forward_tsn, 0, [&](auto& out) {
        write_i_forward_tsn(out, forward->new_cumulative_tsn(), skipped);
    });
}

inline void round_trip_sack(Bytes value) {
    const Result<SackView> sack = SackView::parse(value);
    if (!sack) return;
    std::vector<Gap> gaps;
    std::vector<Tsn> duplicates;
    for (std::size_t i = 0; i < sack->gap_count(); ++i)
        gaps.push_back(sack->gap(i));
    for (std::size_t i = 0; i < sack->duplicate_count(); ++i) {
        duplicates.push_back(sack->duplicate(i));
    }
    comes_back(value, ChunkType::sack, 0, [&](auto& out) {
        write_sack(out, sack->cumulative_tsn(), sack->receive_window_bytes(), gaps, duplicates);
    });
}

inline void round_trip_nr_sack(Bytes value) {
    const Result<NrSackView> sack = NrSackView::parse(value);
    if (!sack) return;
    std::vector<Gap> gaps, nr_gaps;
    std::vector<Tsn> duplicates;
    for (std::size_t i = 0; i < sack->gap_count(); ++i)
        gaps.push_back(sack->gap(i));
    for (std::size_t i = 0; i < sack->nr_gap_count(); ++i)
        nr_gaps.push_back(sack->nr_gap(i));
    for (std::size_t i = 0; i < sack->duplicate_count(); ++i)
        duplicates.push_back(sack->duplicate(i));
    const bool is_plain = value[14] == std::byte{0} && value[15] == std::byte{0}; // reserved
    if (!is_plain) return;
    comes_back(value, ChunkType::nr_sack, 0, [&](auto& out) {
        write_nr_sack(out, sack->cumulative_tsn(), sack->receive_window_bytes(), gaps, nr_gaps,
                      duplicates);
    });
}

/// The same as below, of the parameters of ASCONF and ASCONF-ACK.
inline std::vector<std::byte> address_change_again(const Parameter& parameter) {
    if (const auto request = AddressRequest::parse(parameter))
        return written([&](auto& out) { request->write(out); });
    if (const auto response = AddressResponse::parse(parameter))
        return written([&](auto& out) { response->write(out); });
    return {};
}

/// What one parameter becomes when it is read as its type and written again; empty when its type
/// has no codec or the value does not fit it.
inline std::vector<std::byte> parameter_again(const Parameter& parameter) {
    std::vector<std::byte> again;
    const auto keep = [&again](const auto& parsed, auto&& write) {
        if (parsed) again = written([&](auto& out) { write(out, *parsed); });
    };
    switch (parameter.type) {
    case ParameterType::ipv4_address:
    case ParameterType::ipv6_address: keep(parse_address(parameter), write_address); break;
    case ParameterType::cookie_preservative:
        keep(parse_cookie_preservative(parameter.value), write_cookie_preservative);
        break;
    case ParameterType::zero_checksum_acceptable:
        keep(parse_zero_checksum_acceptable(parameter.value), write_zero_checksum_acceptable);
        break;
    case ParameterType::adaptation_layer_indication:
        keep(parse_adaptation_layer(parameter.value), write_adaptation_layer);
        break;
    case ParameterType::supported_address_types:
        keep(SupportedAddressTypes::parse(parameter.value), [](auto& out, const auto& list) {
            std::vector<ParameterType> types;
            for (std::size_t i = 0; i < list.size(); ++i)
                types.push_back(list[i]);
            write_supported_address_types(out, types);
        });
        break;
    case ParameterType::supported_extensions: {
        const SupportedExtensions list{parameter.value};
        std::vector<ChunkType> types;
        for (std::size_t i = 0; i < list.size(); ++i) {
            types.push_back(list[i]);
            HAWSER_ASSERT(list.contains(list[i]));
        }
        again = written([&](auto& out) { write_supported_extensions(out, types); });
        break;
    }
    case ParameterType::chunk_list: {
        const ChunkList list{parameter.value};
        std::vector<ChunkType> types;
        for (std::size_t i = 0; i < list.size(); ++i)
            types.push_back(list[i]);
        again = written([&](auto& out) { write_chunk_list(out, types); });
        break;
    }
    case ParameterType::requested_hmac_algorithm:
        keep(RequestedHmacs::parse(parameter.value), [](auto& out, const auto& list) {
            std::vector<HmacId> hmacs;
            for (std::size_t i = 0; i < list.size(); ++i)
                hmacs.push_back(list[i]);
            write_requested_hmacs(out, hmacs);
        });
        break;
    default: return address_change_again(parameter);
    }
    return again;
}

/// An IPv4-mapped address becomes the IPv4 one that it stands for, in a parameter of any kind.
inline bool holds_mapped_address(const Parameter& parameter, std::size_t bytes_again) {
    constexpr std::size_t kShorterBy = 12;
    switch (parameter.type) {
    case ParameterType::ipv6_address:
    case ParameterType::add_ip_address:
    case ParameterType::delete_ip_address:
    case ParameterType::set_primary_address:
        return bytes_again + kShorterBy == parameter.whole.size();
    default: return false;
    }
}

inline void round_trip_parameter(const Parameter& parameter) {
    if (parameter.type == ParameterType::host_name_address) {
        HAWSER_ASSERT(!parse_host_name(parameter.value).ends_with('\0'));
    }
    const std::vector<std::byte> again = parameter_again(parameter);
    if (again.empty()) return;
    const bool mapped = holds_mapped_address(parameter, again.size());
    HAWSER_ASSERT(mapped ? same(Bytes{again}.last(4), parameter.whole.last(4))
                         : same(again, parameter.whole));
}

inline void round_trip_init(ChunkType type, Bytes value) {
    const Result<Init> init = Init::parse(value);
    if (!init) return;
    comes_back(value, type, 0, [&](auto& out) { init->write(out, type); });
    Parameters parameters{init->parameters};
    while (const auto parameter = parameters.next())
        round_trip_parameter(*parameter);
    HAWSER_ASSERT(!parameters.malformed());
}

inline void round_trip_causes(Bytes bytes) {
    Causes causes{bytes};
    while (const auto cause = causes.next()) {
        const Result<AnyCause> typed = parse_cause(*cause);
        if (!typed) continue;
        const std::vector<std::byte> again = written(
            [&](auto& out) { std::visit([&out](const auto& each) { each.write(out); }, *typed); });
        if (cause->type == CauseCode::invalid_stream_identifier) {
            HAWSER_ASSERT(same(Bytes{again}.first(6), cause->whole.first(6))); // then reserved
        } else {
            HAWSER_ASSERT(same(again, cause->whole));
        }
    }
}

inline void round_trip_heartbeat(ChunkType type, Bytes value) {
    const Result<Heartbeat> heartbeat = Heartbeat::parse(value);
    if (!heartbeat) return;
    // Parameters after the info are passed over, so the info is what comes back.
    const std::size_t info_bytes = kTlvHeaderBytes + heartbeat->info.size();
    comes_back(value.first(info_bytes), type, 0, [&](auto& out) { heartbeat->write(out, type); });
}

inline void round_trip_re_config(Bytes value) {
    const Result<ReConfig> chunk = ReConfig::parse(value);
    if (!chunk) return;
    const std::vector<std::byte> again = written([&](auto& out) { chunk->write(out); });
    const std::size_t length = load_big<std::uint16_t>(again.data() + 2);
    const Result<ReConfig> twice =
        ReConfig::parse(Bytes{again}.first(length).subspan(kTlvHeaderBytes));
    HAWSER_ASSERT(twice && twice->first.index() == chunk->first.index());
    HAWSER_ASSERT(twice->second.has_value() == chunk->second.has_value());
    // What is reserved, and what pads one parameter from the other, comes back as zeros.
    HAWSER_ASSERT(again.size() == kTlvHeaderBytes + padded(value.size()));
}

inline void round_trip_asconf(Bytes value) {
    const Result<Asconf> chunk = Asconf::parse(value);
    if (!chunk) return;
    const std::vector<std::byte> again = written([&](auto& out) { chunk->write(out); });
    const std::size_t length = load_big<std::uint16_t>(again.data() + 2);
    if (length == kTlvHeaderBytes + value.size()) // else the address was an IPv4-mapped one
        comes_back(value, ChunkType::asconf, 0, [&](auto& out) { chunk->write(out); });
    Parameters parameters{chunk->parameters};
    while (const auto parameter = parameters.next())
        round_trip_parameter(*parameter);
    HAWSER_ASSERT(!parameters.malformed());
}

inline void round_trip_asconf_ack(Bytes value) {
    const Result<AsconfAck> chunk = AsconfAck::parse(value);
    if (!chunk) return;
    comes_back(value, ChunkType::asconf_ack, 0, [&](auto& out) { chunk->write(out); });
    Parameters responses{chunk->responses};
    while (const auto response = responses.next())
        round_trip_parameter(*response);
    HAWSER_ASSERT(!responses.malformed());
}

/// As many bytes come back, all of them zeros.
inline void round_trip_pad(Bytes value) {
    const Result<Pad> pad = Pad::parse(value);
    HAWSER_ASSERT(pad.has_value());
    comes_back(std::vector<std::byte>(value.size()), ChunkType::pad, 0,
               [&](auto& out) { pad->write(out); });
}

/// For the types whose `parse` takes the value alone.
template <class T>
void round_trip_plain(Bytes value) {
    if (const Result<T> chunk = T::parse(value)) {
        comes_back(value, T::kType, 0, [&](auto& out) { chunk->write(out); });
    }
}

/// For those that also have the T bit.
template <class T>
void round_trip_with_t_bit(std::uint8_t flags, Bytes value) {
    if (const Result<T> chunk = T::parse(flags, value)) {
        comes_back(value, T::kType, flags & 1u, [&](auto& out) { chunk->write(out); });
    }
}

/// Any chunk, by its type.
inline void round_trip_chunk(ChunkType type, std::uint8_t flags, Bytes value) {
    switch (type) {
    case ChunkType::data: return round_trip_data(flags, value);
    case ChunkType::init:
    case ChunkType::init_ack: return round_trip_init(type, value);
    case ChunkType::sack: return round_trip_sack(value);
    case ChunkType::nr_sack: return round_trip_nr_sack(value);
    case ChunkType::forward_tsn: return round_trip_forward_tsn(value);
    case ChunkType::i_data: return round_trip_i_data(flags, value);
    case ChunkType::i_forward_tsn: return round_trip_i_forward_tsn(value);
    case ChunkType::re_config: return round_trip_re_config(value);
    case ChunkType::asconf: return round_trip_asconf(value);
    case ChunkType::asconf_ack: return round_trip_asconf_ack(value);
    case ChunkType::ecne: return round_trip_plain<Ecne>(value);
    case ChunkType::cwr: return round_trip_plain<Cwr>(value);
    case ChunkType::pad: return round_trip_pad(value);
    case ChunkType::heartbeat:
    case ChunkType::heartbeat_ack: return round_trip_heartbeat(type, value);
    case ChunkType::abort:
        round_trip_with_t_bit<Abort>(flags, value);
        return round_trip_causes(value);
    case ChunkType::auth: return round_trip_plain<Auth>(value);
    case ChunkType::shutdown: return round_trip_plain<Shutdown>(value);
    case ChunkType::shutdown_ack: return round_trip_plain<ShutdownAck>(value);
    case ChunkType::error: round_trip_plain<OperationError>(value); return round_trip_causes(value);
    case ChunkType::cookie_echo: return round_trip_plain<CookieEcho>(value);
    case ChunkType::cookie_ack: return round_trip_plain<CookieAck>(value);
    case ChunkType::shutdown_complete: return round_trip_with_t_bit<ShutdownComplete>(flags, value);
    default:
        comes_back(value, type, flags, [&](auto& out) { write_chunk(out, type, flags, value); });
    }
}

} // namespace hawser::wire::sctp
