// The whole of an association.
#include "sctp/association/association.hpp"

#include "sctp/state/archive.hpp"
#include "sctp/state/identity.hpp"

#include <hawser/core/match.hpp>

namespace hawser::sctp {
namespace {

// Each part has a version of its own: who adds to one of them counts that up.
constexpr std::uint8_t kHead = 'h', kHeadVersion = 2;
constexpr std::uint8_t kAuthentication = 'a', kAuthenticationVersion = 1;
constexpr std::uint8_t kSender = 's', kSenderVersion = 2;
constexpr std::uint8_t kTransfer = 't', kTransferVersion = 2;
constexpr std::uint8_t kAddresses = 'n', kAddressesVersion = 1;

} // namespace

Identity StateAccess::identity_of(const Association& association, bool accepted) {
    return {.ports = association.ports_,
            .tag = association.local_tag_,
            .initial_tsn = association.initial_tsn_,
            .streams = association.wanted_,
            .path = (*association.destinations().begin())->path,
            .accepted = accepted};
}

void StateAccess::exchange(Archive& archive, Identity& identity) {
    auto& [ports, tag, initial_tsn, streams, path, accepted] = identity;
    auto& [local, remote] = ports;
    auto& [outbound, inbound_max] = streams;
    archive(local, remote, tag, initial_tsn, outbound, inbound_max, path, accepted);
    archive.check(local != 0 && remote != 0 && tag != VerificationTag::none);
}

/// One that is up, or is being shut down. Its ports, tag, TSN, streams and first path are there
/// already.
void StateAccess::exchange(Archive& archive, Association& association) {
    auto& [timer, queued_ready, has_new_keys, tag_is_spent, low_wanted, dry_reported, imported,
           arrived_from, wanted, shared, id, ports, local_tag, state, initial_tsn, ties,
           authenticator, sender, transfer, ecn, address_changes] = association;
    Negotiated negotiated = archive.saving() ? transfer->negotiated : Negotiated{};
    archive.part(kHead, kHeadVersion, [&] {
        archive(low_wanted, dry_reported, ties, negotiated, ecn);
        exchange(archive, state);
    });
    if (archive.loading()) {
        imported = true;
        if (negotiated.zero_checksum && !shared.options.zero_checksum)
            archive.fail(Errc::unsupported, "state: without CRC32c, which the options ask for");
        if (negotiated.asconf && !shared.options.dynamic_addresses)
            archive.fail(Errc::unsupported, "state: it needs Options::dynamic_addresses");
        transfer = std::make_unique<Transfer>(shared, id, negotiated);
    }
    archive.part(kAuthentication, kAuthenticationVersion,
                 [&] { exchange_authenticator(archive, association); });
    archive.part(kSender, kSenderVersion, [&] {
        if (archive.loading()) association.agree_with_sender();
        exchange(archive, *sender, authenticator.get());
        archive.destination(arrived_from);
    });
    archive.part(kTransfer, kTransferVersion, [&] { exchange_transfer(archive, association); });
    archive.part(kAddresses, kAddressesVersion, [&] { archive(address_changes); });
}

void StateAccess::exchange(Archive& archive, TieTags& ties) {
    auto& [local, peer] = ties;
    archive(local, peer);
}

void StateAccess::exchange(Archive& archive, Negotiated& negotiated) {
    auto& [peer_tag, peer_initial_tsn, peer_window_bytes, outbound_streams, inbound_streams,
           zero_checksum, forward_tsn, interleaving, reconfiguration, nr_sack, ecn, asconf] =
        negotiated;
    archive(peer_tag, peer_initial_tsn, peer_window_bytes, outbound_streams, inbound_streams,
            zero_checksum, forward_tsn, interleaving, reconfiguration, nr_sack, ecn, asconf);
}

void StateAccess::exchange(Archive& archive, EcnState& ecn) {
    auto& [path, first_marked, retransmitted_before, reduced_for, echoing, congested_tsn,
           congested_at, marks_received, echoes_received, reductions] = ecn;
    archive.bounded(path, EcnState::Path::drops);
    archive(first_marked, retransmitted_before, reduced_for, echoing, congested_tsn, congested_at,
            marks_received, echoes_received, reductions);
}

void StateAccess::exchange_authenticator(Archive& archive, Association& association) {
    bool there = association.authenticator_ != nullptr;
    archive(there);
    if (!there) return;
    if (!association.authenticator_)
        return archive.fail(Errc::unsupported, "state: it needs Options::authentication");
    archive(*association.authenticator_);
}

void StateAccess::exchange(Archive& archive, AssociationState& state) {
    State name = name_of(state);
    archive.bounded(name, State::shutdown_ack_sent);
    if (archive.loading()) {
        switch (name) {
        case State::established: state = Established{}; break;
        case State::shutdown_pending: state = ShutdownPending{}; break;
        case State::shutdown_sent: state = ShutdownSent{}; break;
        case State::shutdown_received: state = ShutdownReceived{}; break;
        case State::shutdown_ack_sent: state = ShutdownAckSent{}; break;
        default: archive.check(false);
        }
    }
}

/// What lives only in a state: after the destinations, of which it may name one.
void StateAccess::exchange_state(Archive& archive, AssociationState& state) {
    match(
        state,
        [&](ShutdownPending& one) {
            auto& [guard] = one;
            archive(guard);
        },
        [&](ShutdownSent& one) {
            auto& [guard, shutdown, refused] = one;
            archive(guard, shutdown, refused);
        },
        [&](ShutdownReceived& one) {
            auto& [guard] = one;
            archive(guard);
        },
        [&](ShutdownAckSent& one) {
            auto& [guard, shutdown_ack, repeated] = one;
            archive(guard, shutdown_ack, repeated);
        },
        [](auto&) {});
}

void StateAccess::exchange_transfer(Archive& archive, Association& association) {
    exchange_state(archive, association.state_);
    auto& [negotiated, receiver, controls, heartbeats, reconfiguration, errors, sacks_apart,
           cookie_ack_due] = *association.transfer_;
    archive(receiver, controls, heartbeats, errors, cookie_ack_due);
    bool reconfigures = reconfiguration != nullptr;
    archive(reconfigures);
    if (!reconfigures) return;
    if (!reconfiguration) reconfiguration = std::make_unique<Reconfiguration>(Tsn{}, Tsn{});
    archive(*reconfiguration);
    // Each of these has a hold of the queue, which is there once; what was asked waits for nothing.
    SendQueue& queue = association.sender_->queue();
    const auto& reset = reconfiguration->reset;
    const bool outgoing = reset && reset->what.direction == StreamDirection::outgoing;
    const int holders = (outgoing ? 1 : 0) + (reconfiguration->resets_association ? 1 : 0) +
                        (reconfiguration->peers_reset ? 1 : 0);
    archive.check(holders == (queue.holds() ? 1 : 0));
    const bool ours = outgoing || reconfiguration->resets_association;
    if (archive.ok() && ours && reconfiguration->slot.taken()) archive.check(queue.hold_drained());
}

} // namespace hawser::sctp
