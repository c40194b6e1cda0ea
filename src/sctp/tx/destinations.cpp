#include "sctp/tx/destinations.hpp"

#include <hawser/core/check.hpp>

#include <limits>
#include <tuple>
#include <utility>

namespace hawser::sctp {

Destinations::Destinations(const Path& first, const Options& options, Instant now)
    : first_{std::make_unique<Destination>(first, std::uint8_t{0}, options, now)} {
    first_->confirmed = true;
}

Destination* Destinations::find(const Address& host) const {
    for (Destination* one : *this)
        if (one->path.remote.is_same_host(host)) return one;
    return nullptr;
}

Destination& Destinations::add(const Path& path, const Options& options, Instant now) {
    HAWSER_ASSERT(size() < std::numeric_limits<std::uint8_t>::max());
    const auto index = static_cast<std::uint8_t>(size());
    if (!others_) others_ = std::make_unique<std::vector<std::unique_ptr<Destination>>>();
    Destination& added =
        *others_->emplace_back(std::make_unique<Destination>(path, index, options, now));
    if (first_->own && first_->own->of_association != PathOptions{})
        added.have_options(first_->own->of_association, OwnOptions::Whose::association, options);
    return added;
}

void Destinations::keep_only(std::size_t index) {
    Traffic others;
    for (const Destination* one : *this)
        if (one->index != index) others.add(one->traffic);
    if (index > 0) first_ = std::move((*others_)[index - 1]);
    first_->traffic.add(others);
    others_.reset();
    first_->index = 0;
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
    for (Destination* one : *this) {
        if (!one->confirmed || one == except) continue;
        if (found == nullptr || rank(*one) < rank(*found)) found = one;
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
    return is_better ? *other : (*this)[silent.index];
}

} // namespace hawser::sctp
