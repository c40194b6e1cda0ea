#include "sctp/class_table.hpp"

#include <hawser/core/check.hpp>

#include <utility>

namespace hawser::sctp {
namespace {

/// What a message leaves unset is the endpoint's default. Times are no part of a class.
Ancillary lay_over(const Ancillary& asked, const Ancillary& defaults) {
    Ancillary merged = asked.over(defaults);
    merged.send_at.reset();
    merged.received_at.reset();
    return merged;
}

bool same_markings(const Ancillary& a, const Ancillary& b) {
    return a.dscp == b.dscp && a.ecn == b.ecn && a.hop_limit == b.hop_limit &&
           a.dont_fragment == b.dont_fragment && a.interface_index == b.interface_index &&
           a.flow_label == b.flow_label && a.mark == b.mark && a.priority == b.priority &&
           a.extra == b.extra;
}

} // namespace

ClassTable::ClassTable(Ancillary defaults) {
    defaults.send_at.reset();
    defaults.received_at.reset();
    entries_.push_back({.asked = {}, .ancillary = std::move(defaults), .uses = 1});
}

Result<ClassId> ClassTable::intern(const Ancillary& ancillary, std::uint8_t towards) {
    const auto is = [&](const Entry& entry) {
        return entry.towards == towards && same_markings(entry.asked, ancillary);
    };
    if (is(entries_[last_]) && entries_[last_].uses > 0) {
        ++entries_[last_].uses;
        return static_cast<ClassId>(last_);
    }
    std::size_t free = entries_.size();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].uses == 0) {
            free = std::min(free, i);
        } else if (is(entries_[i])) {
            ++entries_[i].uses;
            last_ = i;
            return static_cast<ClassId>(i);
        }
    }
    if (free == kClassesMax) return fail(Errc::exhausted, "too many different markings in use");
    if (free == entries_.size()) entries_.emplace_back();
    entries_[free] = {.asked = ancillary,
                      .ancillary = lay_over(ancillary, entries_.front().ancillary),
                      .uses = 1,
                      .marking = static_cast<ClassId>(free),
                      .towards = towards};
    if (towards != kAnywhere) {
        const auto marking = intern(ancillary); // may move them all
        if (!marking) {
            entries_[free].uses = 0;
            return marking;
        }
        entries_[free].marking = *marking;
    }
    last_ = free;
    return static_cast<ClassId>(free);
}

std::optional<ClassId> ClassTable::find(const Ancillary& marked, const Ancillary& of_path) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const auto id = static_cast<ClassId>(i);
        const bool is_marking = entries_[i].uses > 0 && entries_[i].marking == id;
        if (is_marking && same_markings(this->marked(id, of_path), marked)) return id;
    }
    return std::nullopt;
}

Ancillary ClassTable::marked(ClassId id, const Ancillary& of_path) const {
    return lay_over(entries_[index(id)].asked, lay_over(of_path, entries_.front().ancillary));
}

void ClassTable::release(ClassId id) {
    HAWSER_ASSERT(entries_[index(id)].uses > 0);
    const Entry& entry = entries_[index(id)];
    if (--entries_[index(id)].uses == 0 && entry.marking != id) release(entry.marking);
}

} // namespace hawser::sctp
