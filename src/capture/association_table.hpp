// Which association of a capture a packet belongs to.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "capture/association_tally.hpp"

namespace hawser::capture::detail {

/// Finds associations by verification tag, as an endpoint would, and makes new ones: at an INIT
/// with a new tag, or at a packet with a tag that nothing explains, when the capture began late or
/// has not enough of the packets before.
class AssociationTable {
public:
    static constexpr std::size_t kAssociationsMax = 4096;

    using Side = AssociationTally::Side;
    struct Place {
        AssociationTally* association = nullptr; ///< none: there are too many
        Side side = 0;
    };

    /// Takes one SCTP packet, `frame.payload`, and answers its sender's place, which stays until
    /// `finish`. nullopt when its chunks do not hold.
    std::optional<Place> add(const Frame& frame, const std::string& observer, View view);

    /// What was counted. An association that both views show is given once, from the wire.
    std::vector<AssociationSummary> finish();
    std::uint64_t not_kept() const { return not_kept_; }
    /// Packets in the clear of associations that `finish` gave from the wire.
    std::uint64_t repeated() const { return repeated_; }

private:
    /// From an observer and view, to a port, with a tag.
    using TagKey = std::uint64_t;
    using TupleKey = std::tuple<std::uint32_t, Address, std::uint16_t, Address, std::uint16_t>;
    struct Packet;

    std::uint32_t watcher(const std::string& observer, View view);
    static TagKey tag_key(std::uint32_t watcher, std::uint16_t port, std::uint32_t tag);
    static TupleKey tuple_key(const Packet& packet);
    Place by_tag(const Packet& packet, bool reflected) const;
    Place by_tuple(const Packet& packet) const;
    Place for_init(const Packet& packet, std::optional<std::uint32_t> initiate_tag);
    Place for_other(const Packet& packet);
    Place create(const Packet& packet, Side sender);
    bool is_in_wire_view(const AssociationTally& association) const;
    void learn_tag(const Packet& packet, Place sender, std::uint32_t tag);

    std::map<std::pair<std::string, View>, std::uint32_t> watchers_;
    std::vector<std::unique_ptr<AssociationTally>> associations_;
    std::map<TagKey, Place> tags_;     ///< the place of the side that packets go to
    std::map<TupleKey, Place> tuples_; ///< the place of the sender, of the latest association
    std::uint64_t not_kept_ = 0, repeated_ = 0;
};

} // namespace hawser::capture::detail
