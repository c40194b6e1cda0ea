#include <hawser/capture/summary.hpp>

#include <hawser/wire/sctp/numbers.hpp>
#include <hawser/wire/sctp/packet.hpp>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "capture/association_table.hpp"
#include "capture/dtls_table.hpp"
#include "capture/train.hpp"

namespace hawser::capture {
namespace {

namespace sctp = wire::sctp;
using detail::View;

constexpr std::uint16_t kSctpOverUdpPort = 9899; // RFC 6951 §5.1
constexpr std::uint64_t kFramesBetweenProgress = 4096;

enum class Carries : std::uint8_t { other, sctp, broken_sctp };

/// On its own port SCTP is expected; on any other UDP port the right checksum gives it away.
Carries look_for_sctp(const Frame& frame) {
    if (frame.dissector == "sctp") return Carries::sctp;
    if (!frame.ip || frame.ip->later_fragment) return Carries::other;
    if (!frame.is_udp) {
        return frame.ip->protocol == wire::IpProtocol::sctp ? Carries::sctp : Carries::other;
    }
    const bool right = !frame.cut && sctp::checksum_is_right(frame.payload);
    if (right) return Carries::sctp;
    if (frame.source->port() != kSctpOverUdpPort && frame.destination->port() != kSctpOverUdpPort) {
        return Carries::other;
    }
    if (frame.cut) return Carries::sctp;
    const auto header = sctp::CommonHeader::parse(frame.payload);
    // Peers may agree to leave the checksum zero: RFC 9653.
    return header && header->checksum == 0 ? Carries::sctp : Carries::broken_sctp;
}

constexpr std::string_view kWireSuffix = "/wire", kClearSuffix = "/clear";

/// Our own interfaces are `<endpoint>/wire` and `<endpoint>/clear`.
std::string observer_of(std::string_view interface, std::size_t number) {
    for (const std::string_view suffix : {kWireSuffix, kClearSuffix}) {
        if (interface.ends_with(suffix)) {
            return std::string{interface.substr(0, interface.size() - suffix.size())};
        }
    }
    if (!interface.empty()) return std::string{interface};
    return "interface " + std::to_string(number);
}

std::string observer_of(const Frame& frame) {
    return observer_of(frame.interface_name, frame.interface_id);
}

} // namespace

class Summariser::Tables {
public:
    void add(const Frame& frame);
    Summary finish(const Reader& reader);

private:
    using DropKey = std::tuple<std::string, std::string, Direction>;

    /// Of an observer's packet in one direction.
    using PacketKey = std::tuple<std::string, Direction, std::uint64_t>;

    void add_drop(const Frame& frame, View view);
    void add_packet(const Frame& frame, View view);
    void add_train(const Frame& frame, View view, std::size_t stride);
    void add_broken(const Frame& frame, View view);
    void add_sctp(const Frame& frame, View view);
    void add_other(const Frame& frame, View view);
    std::uint64_t lost_packets(const std::vector<InterfaceInfo>& interfaces) const;
    static std::optional<PacketKey> key_of(const Frame& frame);

    /// Packets in the clear whose sealed ones have not come yet; those follow soon.
    static constexpr std::size_t kInClearMax = 16'384;

    Summary summary_;
    detail::AssociationTable associations_;
    detail::DtlsTable dtls_;
    std::map<PacketKey, detail::AssociationTable::Place> in_clear_;
    std::map<DropKey, std::array<std::uint64_t, detail::kViews>> drops_;
    std::map<std::size_t, std::uint64_t> lost_; ///< by interface, as its frames say
};

void Summariser::Tables::add(const Frame& frame) {
    if (summary_.frames == 0) summary_.first = frame.time;
    summary_.first = std::min(summary_.first, frame.time);
    summary_.last = std::max(summary_.last, frame.time);
    summary_.frames += 1;
    summary_.bytes += frame.payload_bytes;
    if (frame.lost_before > 0) lost_[frame.interface_id] += frame.lost_before;
    summary_.cut_frames += frame.cut ? 1 : 0;
    const View view = frame.dissector.empty() ? View::wire : View::clear;
    // What was dropped changed no association.
    if (!frame.drop_reason().empty()) return add_drop(frame, view);
    const bool may_be_row = frame.is_udp && !sctp::checksum_is_right(frame.payload);
    if (const auto stride = may_be_row ? detail::sctp_stride(frame.payload) : std::nullopt) {
        return add_train(frame, view, *stride);
    }
    add_packet(frame, view);
}

void Summariser::Tables::add_train(const Frame& frame, View view, std::size_t stride) {
    summary_.trains += 1;
    Frame packet = frame;
    for (std::size_t at = 0; at < frame.payload.size(); at += stride) {
        packet.payload = frame.payload.subspan(at, std::min(stride, frame.payload.size() - at));
        packet.payload_bytes = std::min(stride, frame.payload_bytes - at);
        packet.cut = packet.payload.size() < packet.payload_bytes;
        summary_.train_packets += 1;
        add_packet(packet, view);
    }
}

void Summariser::Tables::add_packet(const Frame& frame, View view) {
    switch (look_for_sctp(frame)) {
    case Carries::other: return add_other(frame, view);
    case Carries::broken_sctp: return add_broken(frame, view);
    case Carries::sctp: return add_sctp(frame, view);
    }
}

/// Its port is SCTP's, and may be used for DTLS all the same.
void Summariser::Tables::add_broken(const Frame& frame, View view) {
    const bool is_dtls = dtls_.add(frame, observer_of(frame), view);
    if (is_dtls) {
        summary_.dtls_frames += 1;
    } else if (frame.cut) {
        summary_.unreadable_packets += 1; // what is missing may make it right
    } else {
        summary_.malformed_packets += 1;
    }
}

void Summariser::Tables::add_sctp(const Frame& frame, View view) {
    const auto sender = associations_.add(frame, observer_of(frame), view);
    if (!sender) return add_broken(frame, view);
    if (view != View::clear || sender->association == nullptr) return;
    if (in_clear_.size() == kInClearMax) in_clear_.clear(); // the wire is not in this file
    if (auto key = key_of(frame)) in_clear_.insert_or_assign(std::move(*key), *sender);
}

/// What is no SCTP may have carried some: the packet that was seen in the clear has its number.
void Summariser::Tables::add_other(const Frame& frame, View view) {
    const bool is_dtls = dtls_.add(frame, observer_of(frame), view);
    (is_dtls ? summary_.dtls_frames : summary_.other_frames) += 1;
    const auto key = frame.ip ? key_of(frame) : std::nullopt;
    const auto inside = key ? in_clear_.find(*key) : in_clear_.end();
    if (inside == in_clear_.end()) return;
    inside->second.association->beside(*frame.ip, inside->second.side);
    in_clear_.erase(inside);
}

std::optional<Summariser::Tables::PacketKey> Summariser::Tables::key_of(const Frame& frame) {
    if (!frame.packet_id || !frame.direction) return std::nullopt;
    return PacketKey{observer_of(frame), *frame.direction, *frame.packet_id};
}

void Summariser::Tables::add_drop(const Frame& frame, View view) {
    summary_.dropped_frames += 1;
    constexpr std::size_t kDropKindsMax = 65'536;
    DropKey key{observer_of(frame), frame.drop_reason(), frame.direction.value_or(Direction::in)};
    if (drops_.size() == kDropKindsMax && !drops_.contains(key)) return;
    drops_[std::move(key)][static_cast<std::size_t>(view)] += 1;
}

Summary Summariser::Tables::finish(const Reader& reader) {
    Summary summary = std::move(summary_);
    summary.application = reader.application();
    summary.interfaces = reader.interfaces();
    summary.problem = reader.problem();
    summary.associations = associations_.finish();
    summary.repeated_packets = associations_.repeated();
    summary.packets_not_kept = associations_.not_kept();
    summary.dtls = dtls_.finish();
    summary.datagrams_not_kept = dtls_.not_kept();
    for (const AssociationSummary& association : summary.associations) {
        summary.sctp_packets += association.initiator.packets + association.responder.packets;
    }
    // One drop stands in both views; where both are there, they say the same.
    for (const auto& [key, packets] : drops_) {
        const auto& [observer, reason, direction] = key;
        summary.drops.push_back({.observer = observer,
                                 .reason = reason,
                                 .direction = direction,
                                 .packets = std::ranges::max(packets)});
    }
    summary.lost_packets = lost_packets(summary.interfaces);
    return summary;
}

std::uint64_t Summariser::Tables::lost_packets(const std::vector<InterfaceInfo>& interfaces) const {
    std::map<std::string, std::array<std::uint64_t, detail::kViews>> lost;
    for (std::size_t i = 0; i < interfaces.size(); ++i) {
        const InterfaceInfo& interface = interfaces[i];
        const View view = interface.name.ends_with(kClearSuffix) ? View::clear : View::wire;
        const auto told = lost_.find(i);
        // The statistics at the end know of losses that no later frame could tell of.
        lost[observer_of(interface.name, i)][static_cast<std::size_t>(view)] +=
            std::max(interface.lost.value_or(0), told == lost_.end() ? 0 : told->second);
    }
    std::uint64_t packets = 0;
    for (const auto& [observer, views] : lost)
        packets += std::ranges::max(views);
    return packets;
}

Summariser::Summariser() : tables_{std::make_unique<Tables>()} {}
Summariser::~Summariser() = default;
Summariser::Summariser(Summariser&&) noexcept = default;
Summariser& Summariser::operator=(Summariser&&) noexcept = default;

void Summariser::add(const Frame& frame) {
    tables_->add(frame);
}

Summary Summariser::finish(const Reader& reader) {
    return tables_->finish(reader);
}

Result<Summary> summarise(const std::filesystem::path& path, const Progress& progress) {
    auto source = open_file_source(path);
    if (!source) return std::unexpected{source.error()};
    return summarise(*std::move(source), progress);
}

Result<Summary> summarise(std::unique_ptr<Source> source, const Progress& progress) {
    auto reader = Reader::from(std::move(source));
    if (!reader) return std::unexpected{reader.error()};
    Summariser summariser;
    while (const Frame* frame = reader->next()) {
        summariser.add(*frame);
        if (progress && frame->number % kFramesBetweenProgress == 0) {
            progress(reader->bytes_read(), reader->bytes_total());
        }
    }
    if (progress) progress(reader->bytes_read(), reader->bytes_total());
    return summariser.finish(*reader);
}

std::string chunk_name(std::uint8_t type) {
    const std::string_view name = sctp::name(sctp::ChunkType{type});
    return name == "unknown" ? "chunk " + std::to_string(type) : std::string{name};
}

} // namespace hawser::capture
