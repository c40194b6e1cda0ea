#include "capture/association_tally.hpp"

#include <hawser/wire/sctp/control.hpp>
#include <hawser/wire/sctp/data.hpp>
#include <hawser/wire/sctp/i_data.hpp>
#include <hawser/wire/sctp/init.hpp>
#include <hawser/wire/sctp/sack.hpp>

#include <algorithm>
#include <utility>

namespace hawser::capture::detail {
namespace {

namespace sctp = wire::sctp;

constexpr std::size_t kAddressesMax = 32;
constexpr std::size_t kStreamTalliesMax = 131'072;
constexpr std::size_t kCausesMax = 64;
constexpr std::size_t kTextBytesMax = 512;

std::string printable(Bytes bytes) {
    std::string text{as_text(bytes.first(std::min(bytes.size(), kTextBytesMax)))};
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '.');
    return text;
}

void set_once(std::optional<WallTime>& slot, WallTime time) {
    if (!slot) slot = time;
}

} // namespace

AssociationTally::AssociationTally(std::string observer, View view) : view_{view} {
    summary_.observer = std::move(observer);
    summary_.from_clear_view = view == View::clear;
}

bool AssociationTally::has_tag(Side side, std::uint32_t tag) const {
    return std::ranges::find(tags_[side], tag) != tags_[side].end();
}

bool AssociationTally::add_tag(Side side, std::uint32_t tag) {
    if (has_tag(side, tag) || tags_[side].size() == kTagsMax) return false;
    tags_[side].push_back(tag);
    return true;
}

void AssociationTally::packet(const Frame& frame, Side sender, const sctp::CommonHeader& header) {
    Flow& from = flow(sender);
    if (summary_.first == WallTime{}) summary_.first = frame.time;
    summary_.last = frame.time;
    from.port = header.source_port;
    flow(1 - sender).port = header.destination_port;
    from.packets += 1;
    from.bytes += frame.payload_bytes;
    if (frame.source && from.addresses.size() < kAddressesMax &&
        std::ranges::find(from.addresses, *frame.source) == from.addresses.end()) {
        from.addresses.push_back(*frame.source);
    }
    if (frame.ip) beside(*frame.ip, sender);
}

void AssociationTally::beside(const wire::IpHeader& ip, Side sender) {
    const unsigned octet =
        static_cast<unsigned>(std::to_underlying(ip.dscp)) << 2 | std::to_underlying(ip.ecn);
    sides_[sender].traffic_classes[octet & 0xff] += 1;
    flow(sender).hop_limits[ip.hop_limit] += 1;
}

void AssociationTally::chunk(const Frame& frame, Side sender, const SeenChunk& seen) {
    const sctp::Chunk& chunk = seen.chunk;
    flow(sender).chunks[std::to_underlying(chunk.type)] += 1;
    HandshakeTimes& times = summary_.handshake;
    switch (chunk.type) {
    case sctp::ChunkType::init:
    case sctp::ChunkType::init_ack: return init(frame, sender, seen);
    case sctp::ChunkType::cookie_echo:
        if (!times.cookie_echo && last_init_ && last_init_ack_ && times.init_ack) {
            times.round_trip = (*times.init_ack - *last_init_) + (frame.time - *last_init_ack_);
        }
        return set_once(times.cookie_echo, frame.time);
    case sctp::ChunkType::cookie_ack: return set_once(times.cookie_ack, frame.time);
    case sctp::ChunkType::data: return data<sctp::Data>(sender, seen);
    case sctp::ChunkType::i_data: return data<sctp::IData>(sender, seen);
    case sctp::ChunkType::sack: return sack(sender, chunk.value);
    case sctp::ChunkType::shutdown_complete:
        if (summary_.ending == Ending::open) summary_.ending = Ending::shutdown;
        return;
    case sctp::ChunkType::abort:
        summary_.ending = Ending::aborted;
        return causes(frame, sender, seen);
    case sctp::ChunkType::error: return causes(frame, sender, seen);
    default: return; // counted, and nothing more to learn from it
    }
}

void AssociationTally::init(const Frame& frame, Side sender, const SeenChunk& seen) {
    const auto init = sctp::Init::parse(seen.chunk.value);
    if (!init && !seen.cut) return;
    if (init) {
        Flow& from = flow(sender);
        from.outbound_streams = init->outbound_streams;
        from.inbound_streams_max = init->inbound_streams;
        from.receive_window_bytes = init->receive_window_bytes;
        from.initial_tsn = init->initial_tsn.value;
    }
    HandshakeTimes& times = summary_.handshake;
    if (seen.chunk.type == sctp::ChunkType::init) {
        times.inits += 1;
        set_once(times.init, frame.time);
        if (!times.init_ack) last_init_ = frame.time;
        if (!summary_.we_initiated && frame.direction) {
            summary_.we_initiated = frame.direction == Direction::out;
        }
    } else {
        set_once(times.init_ack, frame.time);
        if (!times.cookie_echo) last_init_ack_ = frame.time;
    }
}

template <class Data>
void AssociationTally::data(Side sender, const SeenChunk& seen) {
    const auto data = Data::parse(seen.chunk.flags, seen.chunk.value);
    if (!data) return;
    const std::size_t bytes = data->payload.size() + seen.missing_bytes;
    Flow& from = flow(sender);
    SideTally& side = sides_[sender];
    if (!side.tsns.add(data->tsn)) {
        from.retransmitted_chunks += 1;
        from.retransmitted_bytes += bytes;
        return;
    }
    const std::uint64_t begins = data->beginning ? 1u : 0u;
    from.messages += begins;
    from.message_bytes += bytes;
    const std::pair key{data->stream, side.ppids.of(*data)};
    if (side.streams.size() == kStreamTalliesMax && !side.streams.contains(key)) return;
    StreamTally& tally = side.streams[key];
    tally.stream = data->stream;
    tally.ppid = key.second;
    tally.bytes += bytes;
    tally.messages += begins;
    tally.unordered_messages += data->unordered ? begins : 0;
}

void AssociationTally::sack(Side sender, Bytes value) {
    const auto sack = sctp::SackView::parse(value);
    if (!sack) return;
    Flow& from = flow(sender);
    from.sacks_with_gaps += sack->gap_count() != 0 ? 1u : 0u;
    from.gap_blocks += sack->gap_count();
    from.duplicates_reported += sack->duplicate_count();
}

void AssociationTally::causes(const Frame& frame, Side sender, const SeenChunk& seen) {
    std::vector<CauseSeen>& causes = flow(sender).causes;
    const bool abort = seen.chunk.type == sctp::ChunkType::abort;
    const auto note = [&](CauseSeen cause) {
        if (causes.size() < kCausesMax) causes.push_back(std::move(cause));
    };
    if (seen.chunk.value.empty() || seen.cut) {
        note({.time = frame.time, .abort = abort, .name = seen.cut ? "cut off" : "no cause given"});
    }
    sctp::Causes walker{seen.chunk.value};
    while (const auto cause = walker.next()) {
        const std::uint16_t code = std::to_underlying(cause->type);
        std::string name{sctp::name(cause->type)};
        if (name == "unknown") name = "cause " + std::to_string(code);
        const bool has_text = cause->type == sctp::CauseCode::user_initiated_abort ||
                              cause->type == sctp::CauseCode::protocol_violation;
        note({.time = frame.time,
              .abort = abort,
              .cause = code,
              .name = std::move(name),
              .text = has_text ? printable(cause->value) : std::string{}});
    }
}

void AssociationTally::finish_flow(Side side) {
    Flow& into = flow(side);
    SideTally& from = sides_[side];
    if (!tags_[side].empty()) into.verification_tag = tags_[side].back();
    for (const auto& [key, tally] : from.streams)
        into.streams.push_back(tally);
    for (std::size_t octet = 0; octet < from.traffic_classes.size(); ++octet) {
        if (from.traffic_classes[octet] == 0) continue;
        into.markings.push_back({.dscp = static_cast<Dscp>(octet >> 2),
                                 .ecn = static_cast<Ecn>(octet & 0b11),
                                 .packets = from.traffic_classes[octet]});
    }
}

AssociationSummary AssociationTally::finish() {
    finish_flow(0);
    finish_flow(1);
    const Flow& asked = summary_.initiator;
    const Flow& answered = summary_.responder;
    if (asked.outbound_streams && answered.outbound_streams) {
        summary_.streams = {std::min(*asked.outbound_streams, *answered.inbound_streams_max),
                            std::min(*answered.outbound_streams, *asked.inbound_streams_max)};
    }
    return std::move(summary_);
}

} // namespace hawser::capture::detail
