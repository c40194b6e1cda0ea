#include "sctp/tx/destinations.hpp"

#include <hawser/core/check.hpp>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace hawser::sctp {

Destinations::Destinations(const Path& first, const Options& options, Instant now) {
    add(first, options, now).confirmed = true;
}

Destination* Destinations::find(const Address& host) const {
    const auto it = std::ranges::find_if(
        all_, [&](const auto& one) { return one->path.remote.is_same_host(host); });
    return it == all_.end() ? nullptr : it->get();
}

Destination& Destinations::add(const Path& path, const Options& options, Instant now) {
    HAWSER_ASSERT(all_.size() < std::numeric_limits<std::uint8_t>::max());
    const auto index = static_cast<std::uint8_t>(all_.size());
    return *all_.emplace_back(std::make_unique<Destination>(path, index, options, now));
}

void Destinations::keep_only(std::size_t index) {
    std::unique_ptr<Destination> kept = std::move(all_[index]);
    kept->index = 0;
    all_.clear();
    all_.push_back(std::move(kept));
    primary_ = current_ = 0;
}

void Destinations::set_primary(const Destination& primary) {
    primary_ = primary.index;
    choose();
}

/// RFC 9260 §6.4.1 and RFC 7829 §3: an active one, the primary before others; else what has failed
/// least.
Destination* Destinations::best(const Destination* except) const {
    const auto rank = [this](const Destination& one) {
        const bool active = one.reach == Reach::active;
        return std::tuple{one.reach, active && one.index != primary_, one.errors,
                          one.index != current_};
    };
    Destination* found = nullptr;
    for (const auto& one : all_) {
        if (!one->confirmed || one.get() == except) continue;
        if (found == nullptr || rank(*one) < rank(*found)) found = one.get();
    }
    return found;
}

bool Destinations::choose() {
    const Destination* chosen = best(nullptr);
    if (chosen == nullptr || chosen->index == current_) return false;
    current_ = chosen->index;
    return true;
}

Destination& Destinations::alternate_to(const Destination& silent) const {
    Destination* other = best(&silent);
    const bool is_better = other != nullptr && other->reach <= silent.reach;
    return is_better ? *other : *all_[silent.index];
}

} // namespace hawser::sctp
