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
    std::size_t index = 0; // the first that is free
    while (index < slots() && slot(index) != nullptr)
        ++index;
    HAWSER_ASSERT(index < std::numeric_limits<std::uint8_t>::max());
    auto added =
        std::make_unique<Destination>(path, static_cast<std::uint8_t>(index), options, now);
    const OwnOptions* const own = (*begin())->own.get();
    if (own != nullptr && own->of_association != PathOptions{})
        added->have_options(own->of_association, OwnOptions::Whose::association, options);
    ++count_;
    if (index == 0) return *(first_ = std::move(added));
    if (!others_) others_ = std::make_unique<std::vector<std::unique_ptr<Destination>>>();
    if (index == slots()) others_->emplace_back();
    return *((*others_)[index - 1] = std::move(added));
}

Destination& Destinations::heir_of(const Destination& gone) const {
    if (Destination* confirmed = best(&gone)) return *confirmed;
    for (Destination* one : *this)
        if (one != &gone) return *one;
    return (*this)[gone.index];
}

void Destinations::remove(const Destination& gone) {
    HAWSER_ASSERT(several());
    const std::uint8_t heir = heir_of(gone).index;
    const std::uint8_t index = gone.index;
    (*this)[heir].traffic.add(gone.traffic);
    (index == 0 ? first_ : (*others_)[index - 1u]).reset();
    while (others_ && !others_->empty() && !others_->back())
        others_->pop_back();
    if (others_ && others_->empty()) others_.reset();
    --count_;
    if (current_ == index) current_ = heir;
    if (primary_ == index) primary_ = heir;
}

void Destinations::keep_only(std::size_t index) {
    Traffic others;
    for (const Destination* one : *this)
        if (one->index != index) others.add(one->traffic);
    if (index > 0) first_ = std::move((*others_)[index - 1]);
    first_->traffic.add(others);
    others_.reset();
    count_ = 1;
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
