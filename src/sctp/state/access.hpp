// What an association is made of, for those who write it down.
#pragma once

#include "sctp/association/state.hpp"

#include <hawser/core/ancillary.hpp>
#include <hawser/sctp/events.hpp>
#include <hawser/wire/sctp/re_config.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace hawser::sctp {

class Archive;
class Association;
class Authenticator;
class CongestionController;
class Controls;
class Cubic;
class Destination;
class Destinations;
class Heartbeats;
class InterleavedReassembly;
class LossDoubts;
class PathMtu;
class ProportionalRate;
class Reassembly;
class Receiver;
class Request;
class RequestSlot;
class RttEstimator;
class Sender;
class SendQueue;
class SharedKeys;
class SlowStart;
class TsnTracker;
struct Abandonment;
struct AddressChanges;
struct AddressExchange;
struct EcnState;
struct HeldFragment;
struct Identity;
struct InterleavedMessage;
struct Lane;
struct MessageTable;
struct MtuDiscovery;
struct Negotiated;
struct OutgoingMessage;
struct OutstandingTable;
struct OwnAddresses;
struct OwnOptions;
struct PathOptions;
struct Reconfiguration;
struct Retransmissions;
struct Tally;
struct TieTags;
struct Traffic;
struct Way;

/// Every class with a state has it as a friend, and one file of this folder names each of its
/// members in a structured binding: whoever adds a member has to say there whether it travels,
/// since the file does not compile before that.
struct StateAccess {
    // archive.cpp
    static void exchange(Archive& archive, Ancillary& ancillary);
    static void exchange(Archive& archive, ControlMessage& message);
    // events.cpp
    static void exchange(Archive& archive, Event& event);
    static void exchange(Archive& archive, Message& message);
    static void exchange(Archive& archive, GivenUpMessages& counts);
    // congestion.cpp
    static void exchange_congestion(Archive& archive, Destination& destination);
    static void exchange(Archive& archive, Cubic& cubic);
    static void exchange(Archive& archive, LossDoubts& doubts);
    static void exchange(Archive& archive, ProportionalRate& rate);
    static void exchange(Archive& archive, SlowStart& slow_start);
    // paths.cpp
    static void exchange(Archive& archive, Destinations& destinations);
    static void exchange(Archive& archive, Destination& destination);
    static void exchange(Archive& archive, OwnOptions& own);
    static void exchange(Archive& archive, PathOptions& options);
    static void exchange(Archive& archive, Traffic& traffic);
    static void exchange(Archive& archive, Tally& tally);
    static void exchange(Archive& archive, Retransmissions& counts);
    static void exchange(Archive& archive, Way& way);
    static void exchange(Archive& archive, Lane& lane);
    static void exchange(Archive& archive, RttEstimator& rtt);
    static void exchange(Archive& archive, MtuDiscovery& discovery);
    static void exchange(Archive& archive, PathMtu& mtu);
    // sender.cpp
    static void exchange(Archive& archive, Sender& sender, Authenticator* authenticator);
    static void exchange(Archive& archive, Abandonment& abandonment);
    static void exchange_outstanding(Archive& archive, Sender& sender, MessageTable& messages);
    static void exchange_lists(Archive& archive, Sender& sender, OutstandingTable& chunks);
    static void install(Sender& sender, const OutstandingTable& chunks);
    // messages.cpp
    static void gather(SendQueue& queue, MessageTable& messages);
    static void exchange(Archive& archive, SendQueue& queue);
    static void exchange(Archive& archive, OutgoingMessage& message, Authenticator* authenticator);
    static void exchange(Archive& archive, MessageTable& messages, const SendQueue& queue,
                         Authenticator* authenticator);
    static void install(SendQueue& queue, MessageTable& messages);
    // receiver.cpp
    static void exchange(Archive& archive, Receiver& receiver);
    static void exchange(Archive& archive, TsnTracker& tracker);
    static void exchange(Archive& archive, Reassembly& reassembly, const TsnTracker& tracker);
    static void exchange(Archive& archive, InterleavedReassembly& reassembly);
    static void exchange_early(Archive& archive, Reassembly& reassembly);
    static void exchange_held(Archive& archive, Reassembly& reassembly, const TsnTracker& tracker);
    static void exchange(Archive& archive, HeldFragment& fragment);
    static void exchange(Archive& archive, InterleavedMessage& message);
    /// All that nobody has read is what these have.
    static void set_unread(Association& association, const std::vector<Event>& events);
    // authentication.cpp
    static void exchange(Archive& archive, Authenticator& authenticator);
    static void exchange(Archive& archive, SharedKeys& keys);
    // requests.cpp
    static void exchange(Archive& archive, Controls& controls);
    static void exchange(Archive& archive, Heartbeats& heartbeats);
    static void exchange(Archive& archive, Request& request);
    static void exchange(Archive& archive, RequestSlot& slot);
    static void exchange(Archive& archive, Reconfiguration& reconfiguration);
    using NextTsns = wire::sctp::ReconfigurationResponse::NextTsns;
    static void exchange(Archive& archive, wire::sctp::ReconfigurationResponse& response);
    static void exchange(Archive& archive, std::optional<NextTsns>& next);
    // address_changes.cpp
    static void exchange(Archive& archive, OwnAddresses& ours);
    static void exchange(Archive& archive, AddressExchange& state);
    static void exchange(Archive& archive, AddressChanges& changes);
    // association.cpp
    static void exchange(Archive& archive, Association& association);
    static Identity identity_of(const Association& association, bool accepted);
    static void exchange(Archive& archive, Identity& identity);
    static void exchange_authenticator(Archive& archive, Association& association);
    static void exchange_transfer(Archive& archive, Association& association);
    static void exchange(Archive& archive, AssociationState& state);
    static void exchange_state(Archive& archive, AssociationState& state);
    static void exchange(Archive& archive, TieTags& ties);
    static void exchange(Archive& archive, Negotiated& negotiated);
    static void exchange(Archive& archive, EcnState& ecn);
};

} // namespace hawser::sctp
