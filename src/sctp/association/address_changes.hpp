// What an association holds once the addresses of one of its ends have changed: RFC 5061.
#pragma once

#include "sctp/association/request_slot.hpp"

#include <hawser/core/address.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/sctp/events.hpp>
#include <hawser/sctp/options.hpp>
#include <hawser/wire/sctp/numbers.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace hawser::sctp {

inline bool has_host(std::span<const Address> addresses, const Address& host) {
    return std::ranges::any_of(addresses,
                               [&](const Address& one) { return one.is_same_host(host); });
}

inline void erase_host(std::vector<Address>& addresses, const Address& host) {
    std::erase_if(addresses, [&](const Address& one) { return one.is_same_host(host); });
}

/// Something that the peer is to know of an address of ours.
struct AddressChange {
    using What = LocalAddressChanged::What;

    What what;
    Address address; ///< a host

    friend bool operator==(const AddressChange&, const AddressChange&) = default;
};

/// Ours, as this association has them.
struct OwnAddresses {
    /// What packets leave from: known to the peer, and not on their way out (RFC 5061 §5.3 F1, F4).
    std::vector<Address> sources;
    /// What the peer takes to be ours.
    std::vector<Address> known;
    /// There is another one, which nobody has named: the kernel chooses it.
    bool nameless = false;
    /// All are gone, and none has come yet: nothing can leave.
    bool homeless = false;

    explicit OwnAddresses(std::vector<Address> begins_with = {})
        : sources{begins_with}, known{std::move(begins_with)}, nameless{known.empty()} {}

    bool may_send_from(const Address& local) const { return nameless || has_host(sources, local); }
    std::size_t count() const { return known.size() + (nameless ? 1 : 0); }
    /// None of ours, or soon: the peer may still send there.
    bool is_leaving(const Address& local) const {
        return has_host(known, local) && !has_host(sources, local);
    }
};

/// What one TLV of the peer's came to.
struct AsconfResult {
    std::optional<wire::sctp::CauseCode> error; ///< nullopt: success
    bool goes_on = true;                        ///< what stands after it is looked at, too
    bool reported = true;                       ///< the peer hears of an error
};

/// The ASCONF of either end, and their answers: while the two know each other.
struct AddressExchange {
    /// Answers that are kept for requests that come again.
    static constexpr std::size_t kAnswersMax = 8;

    /// Both ends count from their initial TSNs: RFC 5061 §5.1 A2.
    AddressExchange(Tsn ours, Tsn peers)
        : slot{RequestNumber{ours.value}}, expected{RequestNumber{peers.value}} {}

    // --- ours ---

    RequestSlot slot;
    std::vector<AddressChange> asked; ///< by the ASCONF at hand: its correlation IDs count them
    std::uint8_t destination = 0;     ///< where that goes next
    bool understood = true;           ///< as far as we know: RFC 5061 §5.1 A9, §5.3 F3a
    bool primary_understood = true;   ///< §5.3 F3b

    // --- the peer's ---

    struct Answer {
        RequestNumber number;
        std::vector<std::byte> chunk; ///< a whole ASCONF-ACK
    };
    RequestNumber expected; ///< of the next that is new
    std::vector<Answer> answers;
    std::uint64_t packet = 0;         ///< that the last one came in
    std::vector<std::byte> responses; ///< whole ASCONF-ACKs, which the packet at hand asked for
    Address primary_wanted;           ///< once it is confirmed; unspecified: none
};

/// RFC 5061, of one association.
struct AddressChanges {
    /// What waits for the ASCONF at hand to be answered.
    static constexpr std::size_t kWaitingMax = 2 * Options::kAddressesMax;
    /// No network keeps a packet for longer, and the answer to it.
    static constexpr Duration kStray = std::chrono::seconds{30};

    OwnAddresses ours;
    std::vector<AddressChange> waiting; ///< an address is added or removed once at most
    std::optional<AddressExchange> exchange;
    /// Until then a packet of before, from an address that has gone, may find nobody at the peer,
    /// and what this says of it may come to an address that is back (RFC 5061 §5.3.1).
    Instant strays_until{};
    std::vector<Address> forgotten; ///< of the peer, and may still be found by the endpoint
};

} // namespace hawser::sctp
