#include "capture/encoder.hpp"

#include <hawser/core/check.hpp>
#include <hawser/wire/ip.hpp>
#include <hawser/wire/pcapng.hpp>
#include <hawser/wire/pcapng_upper_pdu.hpp>

#include <sys/utsname.h>

#include <algorithm>
#include <utility>

namespace hawser::capture::detail {
namespace {

namespace pcapng = wire::pcapng;

/// Packet ids of different endpoints are told apart by the attachment's number above these bits.
constexpr unsigned kPacketIdBits = 48;

/// The local address may still be unspecified, and is then of no particular family.
Address of_family(const Address& address, Family family) {
    if (address.family() == family) return address;
    return Address::any(family, address.port());
}

struct Ends {
    Address source, destination;
};

Ends ends_of(const RecordHead& head) {
    const Address local = of_family(head.path.local, head.path.remote.family());
    if (head.direction == Direction::in) return {head.path.remote, local};
    return {local, head.path.remote};
}

pcapng::PacketDirection direction_of(Direction direction) {
    return direction == Direction::in ? pcapng::PacketDirection::in : pcapng::PacketDirection::out;
}

} // namespace

void Encoder::begin(std::vector<std::byte>& out, const LogOptions& options) {
    utsname system{};
    std::string os;
    std::string hardware;
    if (uname(&system) == 0) {
        os = std::string{system.sysname} + ' ' + system.release;
        hardware = system.machine;
    }
    pcapng::SectionHeader section{
        .hardware = hardware, .os = os, .application = options.application};
    if (!options.comment.empty()) section.comments.push_back(options.comment);
    section.comments.push_back(options.keys ? "whole packets; key-log lines are in this file"
                                            : "whole packets; no keys are in this file");
    append(out, section);
}

bool Encoder::frame(std::vector<std::byte>& out, Port& port, const RecordView& record) {
    if (!make_head(record)) return false;
    const RecordHead& head = record.head;
    describe(out, port, &head.path);
    InterfaceState& interface = interface_of(out, port, head.view);
    const bool dropped = head.verdict != Verdict::accepted;
    last_ = std::max(last_, head.at);
    interface.seen += 1;
    interface.dropped += dropped ? 1 : 0;

    const auto bytes = static_cast<std::uint32_t>(head_.size() + record.bytes.size());
    pcapng::EnhancedPacket packet{.interface_id = interface.id,
                                  .timestamp = timestamp(head.at),
                                  .head = head_,
                                  .data = record.bytes,
                                  .original_bytes = bytes,
                                  .direction = direction_of(head.direction)};
    constexpr std::uint64_t kIdMask = (std::uint64_t{1} << kPacketIdBits) - 1;
    packet.packet_id = std::uint64_t{port.number} << kPacketIdBits | (head.packet_id & kIdMask);
    if (head.lost > interface.lost_reported) {
        packet.drop_count = head.lost - interface.lost_reported;
        interface.lost_reported = head.lost;
    }
    if (dropped) {
        comment_ = head.direction == Direction::in ? "rx drop=" : "tx refused=";
        comment_ += name(head.verdict);
        packet.comments.push_back(comment_);
    }
    if (!record.note.empty()) packet.comments.push_back(record.note);
    append(out, packet);
    return true;
}

bool Encoder::make_head(const RecordView& record) {
    head_.clear();
    return record.head.view == View::wire ? make_wire_head(record) : make_clear_head(record);
}

bool Encoder::make_wire_head(const RecordView& record) {
    const RecordHead& head = record.head;
    const Ends ends = ends_of(head);
    const wire::IpHeader header{.source = ends.source,
                                .destination = ends.destination,
                                .protocol = wire::IpProtocol::sctp,
                                .dscp = head.dscp,
                                .ecn = head.ecn,
                                .hop_limit = head.hop_limit,
                                .dont_fragment = head.dont_fragment,
                                .flow_label = head.flow_label};
    switch (head.path.protocol) {
    case Protocol::udp: return append_udp_headers(head_, header, record.bytes).has_value();
    case Protocol::ip: return append_ip_header(head_, header, record.bytes).has_value();
    case Protocol::tcp:
        return false; // a frame of a stream has no packet that we could draw around it
    }
    return false;
}

bool Encoder::make_clear_head(const RecordView& record) {
    const Ends ends = ends_of(record.head);
    const pcapng::UpperPdu pdu{.dissector = name(record.head.layer),
                               .source = ends.source,
                               .destination = ends.destination};
    pdu.append_tags_to(head_);
    return true;
}

void Encoder::secret(std::vector<std::byte>& out, Port& port, std::string_view line) {
    // editcap and mergecap refuse a file in which secrets precede the first interface.
    describe(out, port, nullptr);
    if (interfaces_.empty()) interface_of(out, port, View::wire);
    std::string text{line};
    if (text.empty() || text.back() != '\n') text += '\n';
    append(out, pcapng::Secrets{.data = as_bytes(text)});
}

namespace {

/// A log that was closed has statistics, by which it is told from one whose writer was killed.
void end_without_packets(std::vector<std::byte>& out, std::uint64_t at) {
    append(out, pcapng::Interface{.link = pcapng::LinkType::raw,
                                  .name = "none",
                                  .description = "no packet was seen"});
    append(out, pcapng::InterfaceStatistics{
                    .timestamp = at, .received = 0, .dropped = 0, .os_dropped = 0});
}

} // namespace

void Encoder::end(std::vector<std::byte>& out) {
    if (interfaces_.empty()) return end_without_packets(out, timestamp(last_));
    for (const InterfaceState& interface : interfaces_) {
        const std::uint64_t lost = interface.port->lost_in(interface.view).load();
        std::string comment = std::to_string(interface.dropped) + " dropped with a reason";
        if (lost != 0) {
            comment += ", " + std::to_string(lost) + " more not written: the log could not keep up";
        }
        append(out, pcapng::InterfaceStatistics{.interface_id = interface.id,
                                                .timestamp = timestamp(last_),
                                                .received = interface.seen + lost,
                                                .dropped = interface.dropped,
                                                .os_dropped = lost,
                                                .comments = {comment}});
    }
}

void Encoder::describe(std::vector<std::byte>& out, Port& port, const Path* path) {
    if (std::exchange(state_of(port).described, true)) return;
    const auto layers = LayerSet::from_bits(port.layers);
    const Clear clear = port.clear;
    const bool in_clear = clear == Clear::always ||
                          (clear == Clear::automatic && path != nullptr && clear_is_needed(*path));
    if (layers.has(Layer::wire)) interface_of(out, port, View::wire);
    if (in_clear && layers != LayerSet{Layer::wire}) interface_of(out, port, View::clear);
}

Encoder::PortState& Encoder::state_of(const Port& port) {
    if (ports_.size() <= port.number) ports_.resize(port.number + 1);
    return ports_[port.number];
}

Encoder::InterfaceState& Encoder::interface_of(std::vector<std::byte>& out, Port& port, View view) {
    std::optional<std::uint32_t>& slot = state_of(port).interfaces[static_cast<std::size_t>(view)];
    if (!slot) {
        slot = static_cast<std::uint32_t>(interfaces_.size());
        interfaces_.push_back({.id = *slot, .port = port.shared_from_this(), .view = view});
        const bool wire = view == View::wire;
        const std::string name = port.name + (wire ? "/wire" : "/clear");
        append(out,
               pcapng::Interface{.link = wire ? pcapng::LinkType::raw : pcapng::LinkType::upper_pdu,
                                 .name = name,
                                 .description = wire ? "datagrams as the network carries them"
                                                     : "what is in them, in the clear"});
    }
    return interfaces_[*slot];
}

std::uint64_t Encoder::timestamp(Instant at) const {
    const auto since_epoch = clock_.at(at).time_since_epoch().count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(since_epoch, 0));
}

} // namespace hawser::capture::detail
