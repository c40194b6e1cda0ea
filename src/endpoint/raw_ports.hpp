// The SCTP ports that an endpoint on raw IP has, apart from the other processes of the host.
#pragma once

#include <hawser/core/result.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/net/port_claim.hpp>
#include <hawser/sctp/events.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

namespace hawser::detail {

/// A port that was taken stays this endpoint's, so that late packets for it find somebody who can
/// answer them; the oldest of those that are idle are used again.
class RawPorts {
public:
    /// Fails with `in_use`, `exhausted`, `io`; one that is ours already is no failure.
    Result<> take(std::uint16_t port);
    /// One that no association of ours began from, from 49152 to 65535: see `take`. A peer knows an
    /// association by its ports, and which addresses are one peer's is not known before it is up.
    Result<std::uint16_t> take_any(Random& random);
    /// What became of it: nothing, or an association, which ends.
    void give_back(std::uint16_t any) { idle_.push_back(any); }
    void use(std::uint16_t any, sctp::AssociationId association) {
        used_.emplace(association, any);
    }
    void ended(sctp::AssociationId association);

    std::size_t count() const { return claims_.size(); }
    std::vector<std::uint16_t> all() const;

private:
    std::map<std::uint16_t, net::PortClaim> claims_;
    std::deque<std::uint16_t> idle_; ///< of `take_any`
    std::unordered_map<sctp::AssociationId, std::uint16_t> used_;
};

} // namespace hawser::detail
