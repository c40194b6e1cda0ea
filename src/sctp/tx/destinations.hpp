// The addresses of the peer, and which of them is used.
#pragma once

#include "sctp/tx/destination.hpp"

#include <hawser/core/address.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/core/path.hpp>
#include <hawser/sctp/options.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace hawser::sctp {

/// RFC 9260 §14.1, "Peer Transport Address List", never empty, and §6.4.1: while the primary path
/// is potentially failed (RFC 7829) or inactive another one takes over.
class Destinations {
public:
    Destinations(const Path& first, const Options& options, Instant now);

    auto begin() const { return all_.begin(); }
    auto end() const { return all_.end(); }
    std::size_t size() const { return all_.size(); }
    /// There is another one to go to.
    bool several() const { return all_.size() > 1; }
    Destination& operator[](std::size_t index) const { return *all_[index]; }
    /// By the host, whatever its UDP port; null without it.
    Destination* find(const Address& host) const;

    Destination& primary() const { return *all_[primary_]; }
    /// Where new DATA goes, and whatever answers nothing.
    Destination& current() const { return *all_[current_]; }

    /// Something is to go again, to any of them.
    bool any_lost() const {
        return std::ranges::any_of(all_, [](const auto& one) { return one->any_lost(); });
    }

    /// One more, not confirmed. They have 255 at most.
    Destination& add(const Path& path, const Options& options, Instant now);
    /// Forgets all others. Nothing of the association may have left yet.
    void keep_only(std::size_t index);
    void set_primary(const Destination& primary);
    /// After a state or an error count has changed: looks again for who is to be used. True when
    /// it is another one.
    bool choose();
    /// Where to send again what got no answer from there: another one that is active, if there is.
    Destination& alternate_to(const Destination& silent) const;

private:
    Destination* best(const Destination* except) const;

    std::vector<std::unique_ptr<Destination>> all_;
    std::uint8_t primary_ = 0;
    std::uint8_t current_ = 0;
};

} // namespace hawser::sctp
