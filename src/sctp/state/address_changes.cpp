// The addresses of either end that have changed, and who has yet to hear of it.
#include "sctp/association/address_changes.hpp"

#include "sctp/state/archive.hpp"

namespace hawser::sctp {
namespace {

constexpr std::size_t kAddressesMax = 64;
constexpr std::size_t kChunkBytesMax = 65'535;

void exchange_all(Archive& archive, std::vector<AddressChange>& changes) {
    const std::size_t count = archive.count(changes.size(), AddressChanges::kWaitingMax);
    if (archive.loading()) changes.resize(count);
    for (AddressChange& change : changes) {
        auto& [what, address] = change;
        archive.bounded(what, AddressChange::What::made_primary);
        archive(address);
    }
}

} // namespace

void StateAccess::exchange(Archive& archive, OwnAddresses& ours) {
    auto& [sources, known, nameless, homeless] = ours;
    archive.list(sources, kAddressesMax);
    archive.list(known, kAddressesMax);
    archive(nameless, homeless);
}

/// Between two packets there are no responses that wait.
void StateAccess::exchange(Archive& archive, AddressExchange& state) {
    auto& [slot, asked, destination, understood, primary_understood, expected, answers, packet,
           responses, primary_wanted] = state;
    archive(slot);
    exchange_all(archive, asked);
    archive.destination(destination);
    archive(understood, primary_understood, expected);
    const std::size_t count = archive.count(answers.size(), AddressExchange::kAnswersMax);
    if (archive.loading()) answers.resize(count);
    for (AddressExchange::Answer& answer : answers) {
        auto& [number, chunk] = answer;
        archive(number);
        archive.bytes(chunk, kChunkBytesMax);
    }
    archive(packet, primary_wanted);
}

void StateAccess::exchange(Archive& archive, AddressChanges& changes) {
    auto& [ours, waiting, exchange_state, strays_until, forgotten] = changes;
    archive(ours);
    exchange_all(archive, waiting);
    bool there = exchange_state.has_value();
    archive(there);
    if (archive.loading() && there) exchange_state.emplace(Tsn{}, Tsn{});
    if (exchange_state) archive(*exchange_state);
    archive(strays_until);
    // What the endpoint that it leaves has yet to forget, the next one has never found.
    static_cast<void>(forgotten);
}

} // namespace hawser::sctp
