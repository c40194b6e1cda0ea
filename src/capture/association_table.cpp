#include "capture/association_table.hpp"

#include "capture/chunk_walk.hpp"

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/control.hpp>
#include <hawser/wire/sctp/init.hpp>

#include <utility>

namespace hawser::capture::detail {
namespace {

namespace sctp = wire::sctp;

bool may_reflect_its_tag(const sctp::Chunk& chunk) {
    return (chunk.type == sctp::ChunkType::abort ||
            chunk.type == sctp::ChunkType::shutdown_complete) &&
           (chunk.flags & sctp::kTagReflected) != 0;
}

/// INIT and INIT ACK have one: the first thing in them, so that it is there when they are cut, if
/// anything is.
std::optional<std::uint32_t> initiate_tag_of(const SeenChunk& seen) {
    const sctp::Chunk& chunk = seen.chunk;
    const bool has_one =
        chunk.type == sctp::ChunkType::init || chunk.type == sctp::ChunkType::init_ack;
    if (!has_one) return std::nullopt;
    if (const auto init = sctp::Init::parse(chunk.value)) {
        return std::to_underlying(init->initiate_tag);
    }
    if (!seen.cut || chunk.value.size() < sizeof(std::uint32_t)) return std::nullopt;
    return wire::load_big<std::uint32_t>(chunk.value.data());
}

/// Who answers what, if the packet says it: 0 asked for the association, 1 was asked.
AssociationTable::Side role_of_sender(sctp::ChunkType first) {
    const bool answers = first == sctp::ChunkType::init_ack || first == sctp::ChunkType::cookie_ack;
    return answers ? 1 : 0;
}

} // namespace

struct AssociationTable::Packet {
    const Frame& frame;
    const std::string& observer;
    View view;
    std::uint32_t watcher;
    sctp::CommonHeader header;
    std::optional<SeenChunk> first; ///< none: the capture ends with the header

    bool is_init() const {
        // No other packet goes without a tag: RFC 9260 §8.5.1.
        return first ? first->chunk.type == sctp::ChunkType::init : tag() == 0;
    }
    std::uint32_t tag() const { return std::to_underlying(header.tag); }
};

std::uint32_t AssociationTable::watcher(const std::string& observer, View view) {
    const auto number = static_cast<std::uint32_t>(watchers_.size());
    return watchers_.try_emplace({observer, view}, number).first->second;
}

/// A reader gives no more than 65536 interfaces, so the number fits above port and tag.
AssociationTable::TagKey AssociationTable::tag_key(std::uint32_t watcher, std::uint16_t port,
                                                   std::uint32_t tag) {
    return std::uint64_t{watcher} << 48 | std::uint64_t{port} << 32 | tag;
}

AssociationTable::TupleKey AssociationTable::tuple_key(const Packet& packet) {
    return {packet.watcher, packet.frame.source.value_or(Address{}), packet.header.source_port,
            packet.frame.destination.value_or(Address{}), packet.header.destination_port};
}

std::optional<AssociationTable::Place>
AssociationTable::add(const Frame& frame, const std::string& observer, View view) {
    const auto header = sctp::CommonHeader::parse(frame.payload);
    if (!header) return std::nullopt;
    const Bytes rest = frame.payload.subspan(sctp::kCommonHeaderBytes);
    ChunkWalk chunks{rest, frame.cut};
    const auto first = chunks.next();
    const bool header_alone = frame.cut && rest.empty();
    if (!first && !header_alone) return std::nullopt;
    if (!frame.cut && !sctp::well_formed<sctp::Chunk>(rest)) return std::nullopt;

    const Packet packet{frame, observer, view, watcher(observer, view), *header, first};
    const auto initiate_tag = first ? initiate_tag_of(*first) : std::nullopt;
    if (packet.is_init() && !initiate_tag && !frame.cut) return std::nullopt;
    const Place sender = packet.is_init() ? for_init(packet, initiate_tag) : for_other(packet);
    if (sender.association == nullptr) {
        not_kept_ += 1;
        return sender;
    }
    if (!packet.is_init() && initiate_tag) learn_tag(packet, sender, *initiate_tag);
    sender.association->packet(frame, sender.side, *header);
    for (auto chunk = first; chunk; chunk = chunks.next()) {
        sender.association->chunk(frame, sender.side, *chunk);
    }
    return sender;
}

/// The sender's place, by the tag that the packet carries.
AssociationTable::Place AssociationTable::by_tag(const Packet& packet, bool reflected) const {
    const std::uint16_t port =
        reflected ? packet.header.source_port : packet.header.destination_port;
    const auto found = tags_.find(tag_key(packet.watcher, port, packet.tag()));
    if (found == tags_.end()) return {};
    const Place owner = found->second;
    return {owner.association, reflected ? owner.side : 1 - owner.side};
}

AssociationTable::Place AssociationTable::by_tuple(const Packet& packet) const {
    const auto found = tuples_.find(tuple_key(packet));
    return found == tuples_.end() ? Place{} : found->second;
}

/// One whose tag was cut off is taken for another try of what is under way.
AssociationTable::Place AssociationTable::for_init(const Packet& packet,
                                                   std::optional<std::uint32_t> initiate_tag) {
    const Place known = by_tuple(packet);
    if (known.association != nullptr && !known.association->ended()) {
        AssociationTally& association = *known.association;
        if (!initiate_tag || association.has_tag(known.side, *initiate_tag)) return known;
        // Both sides asked at the same time (RFC 9260 §5.2.1).
        if (!association.has_tags(known.side) && association.saw_init()) {
            learn_tag(packet, known, *initiate_tag);
            return known;
        }
    }
    const Place made = create(packet, 0);
    if (made.association != nullptr && initiate_tag) learn_tag(packet, made, *initiate_tag);
    return made;
}

AssociationTable::Place AssociationTable::for_other(const Packet& packet) {
    const bool reflected = packet.first && may_reflect_its_tag(packet.first->chunk);
    const auto type = packet.first ? packet.first->chunk.type : sctp::ChunkType::data;
    if (const Place place = by_tag(packet, reflected); place.association != nullptr) return place;
    const Place known = by_tuple(packet);
    if (known.association != nullptr) {
        // An end that carries a tag we have not seen is not the beginning of something new.
        if (reflected || type == sctp::ChunkType::abort) return known;
        if (!known.association->has_tags(1 - known.side) && !known.association->ended()) {
            known.association->add_tag(1 - known.side, packet.tag());
            tags_.emplace(tag_key(packet.watcher, packet.header.destination_port, packet.tag()),
                          Place{known.association, 1 - known.side});
            return known;
        }
    }
    const Place made = create(packet, role_of_sender(type));
    if (made.association != nullptr && !reflected) {
        const Place receiver{made.association, 1 - made.side};
        made.association->add_tag(receiver.side, packet.tag());
        tags_.emplace(tag_key(packet.watcher, packet.header.destination_port, packet.tag()),
                      receiver);
    }
    return made;
}

AssociationTable::Place AssociationTable::create(const Packet& packet, Side sender) {
    if (associations_.size() == kAssociationsMax) return {};
    associations_.push_back(std::make_unique<AssociationTally>(packet.observer, packet.view));
    AssociationTally* association = associations_.back().get();
    const TupleKey key = tuple_key(packet);
    const auto& [watcher, source, source_port, destination, destination_port] = key;
    tuples_[key] = {association, sender};
    tuples_[{watcher, destination, destination_port, source, source_port}] = {association,
                                                                              1 - sender};
    return {association, sender};
}

/// The sender said by which tag it is called.
void AssociationTable::learn_tag(const Packet& packet, Place sender, std::uint32_t tag) {
    if (!sender.association->add_tag(sender.side, tag)) return;
    tags_.insert_or_assign(tag_key(packet.watcher, packet.header.source_port, tag), sender);
}

/// True when the same observer's wire frames show an association with one of these tags.
bool AssociationTable::is_in_wire_view(const AssociationTally& association) const {
    const auto wire = watchers_.find({association.observer(), View::wire});
    if (wire == watchers_.end()) return false;
    for (const Side side : {Side{0}, Side{1}}) {
        for (const std::uint32_t tag : association.tags(side)) {
            if (tags_.contains(tag_key(wire->second, association.port(side), tag))) return true;
        }
    }
    return false;
}

std::vector<AssociationSummary> AssociationTable::finish() {
    std::vector<AssociationSummary> summaries;
    for (const auto& association : associations_) {
        const bool is_repeated =
            association->view() == View::clear && is_in_wire_view(*association);
        AssociationSummary summary = association->finish();
        if (is_repeated) {
            repeated_ += summary.initiator.packets + summary.responder.packets;
            continue;
        }
        summaries.push_back(std::move(summary));
    }
    return summaries;
}

} // namespace hawser::capture::detail
