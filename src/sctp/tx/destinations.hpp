// The addresses of the peer, and which of them is used.
#pragma once

#include "sctp/tx/destination.hpp"

#include <hawser/core/address.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/core/path.hpp>
#include <hawser/sctp/options.hpp>

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

    /// Each, as a pointer.
    class Iterator {
    public:
        Iterator(const Destinations& all, std::size_t index)
            : all_{&all}, index_{all.next_from(index)} {}
        Destination* operator*() const { return all_->slot(index_); }
        Iterator& operator++() {
            index_ = all_->next_from(index_ + 1);
            return *this;
        }
        friend bool operator==(const Iterator&, const Iterator&) = default;

    private:
        const Destinations* all_;
        std::size_t index_;
    };
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, slots()}; }
    std::size_t size() const { return count_; }
    /// All indexes are below this.
    std::size_t slots() const { return others_ ? 1 + others_->size() : 1; }
    /// There is another one to go to.
    bool several() const { return count_ > 1; }
    /// An index is its destination's until that is removed, and may be another's then.
    Destination& operator[](std::size_t index) const { return *slot(index); }
    /// Null: none has that index.
    Destination* at(std::size_t index) const { return index < slots() ? slot(index) : nullptr; }
    /// By the host, whatever its UDP port; null without it.
    Destination* find(const Address& host) const;

    Destination& primary() const { return (*this)[primary_]; }
    /// Where new DATA goes, and whatever answers nothing.
    Destination& current() const { return (*this)[current_]; }

    /// Something is to go again, to any of them.
    bool any_lost() const {
        for (const Destination* one : *this)
            if (one->any_lost()) return true;
        return false;
    }

    /// Of the confirmed ones one at least is not inactive.
    bool any_reachable() const {
        for (const Destination* one : *this)
            if (one->confirmed && one->reach != Reach::inactive) return true;
        return false;
    }

    /// One more, not confirmed. They have 255 at most.
    Destination& add(const Path& path, const Options& options, Instant now);
    /// Forgets all others. Nothing of the association may have left yet.
    void keep_only(std::size_t index);
    /// Forgets one that is not the only one: another takes its place, if it is the primary.
    void remove(const Destination& gone);
    /// Who takes over from one that is removed: one that is confirmed, if there is.
    Destination& heir_of(const Destination& gone) const;
    void set_primary(const Destination& primary);
    /// After a state or an error count has changed: looks again for who is to be used. True when
    /// it is another one.
    bool choose();
    /// Where to send again what got no answer from there: another one that is active, if there is.
    Destination& alternate_to(const Destination& silent) const;

private:
    friend struct StateAccess;
    Destination* best(const Destination* except) const;
    Destination* slot(std::size_t index) const {
        return index == 0 ? first_.get() : (*others_)[index - 1].get();
    }
    /// The first that is not empty, or the end.
    std::size_t next_from(std::size_t index) const {
        while (index < slots() && slot(index) == nullptr) [[unlikely]]
            ++index;
        return index;
    }

    std::unique_ptr<Destination> first_; // empty where it was removed, as others may be
    /// Most peers have one address, and there may be very many peers.
    std::unique_ptr<std::vector<std::unique_ptr<Destination>>> others_;
    std::uint8_t primary_ = 0;
    std::uint8_t current_ = 0;
    std::uint8_t count_ = 1;
};

} // namespace hawser::sctp
