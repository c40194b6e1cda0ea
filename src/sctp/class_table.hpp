// Markings as small numbers: equal outbound Ancillary, equal class.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace hawser::sctp {

/// A class of traffic: messages of one class may share packets, others never do.
enum class ClassId : std::uint16_t {};

/// Interns the Ancillary of messages. Classes are counted by their users and forgotten with the
/// last one; class 0 is the endpoint's default and stays.
class ClassTable {
public:
    /// 64 DSCP x 4 ECN values, twice over.
    static constexpr std::size_t kClassesMax = 512;
    static constexpr ClassId kDefault{0};
    /// Towards no particular one of the peer's addresses.
    static constexpr std::uint8_t kAnywhere = 255;

    explicit ClassTable(Ancillary defaults);

    /// The class of a message's markings, laid over the endpoint's defaults; the caller holds one
    /// use of it. `send_at` is not a marking and is left out. Fails with `exhausted` when too many
    /// classes are in use.
    ///
    /// Those for one of the peer's addresses, by its place among the destinations of whatever
    /// association, are classes of their own; packets only have the marking of one.
    Result<ClassId> intern(const Ancillary& ancillary, std::uint8_t towards = kAnywhere);
    std::uint8_t towards(ClassId id) const { return entries_[index(id)].towards; }
    /// The class that is marked the same, and for anywhere.
    ClassId marking(ClassId id) const { return entries_[index(id)].marking; }
    /// The class in use whose packets are marked exactly so, where a path's own markings stand
    /// between those of the messages and the endpoint's.
    std::optional<ClassId> find(const Ancillary& marked, const Ancillary& of_path = {}) const;
    /// How packets of a class are marked there.
    Ancillary marked(ClassId id, const Ancillary& of_path) const;
    void hold(ClassId id) { ++entries_[index(id)].uses; }
    void release(ClassId id);

    const Ancillary& operator[](ClassId id) const { return entries_[index(id)].ancillary; }
    /// As the messages said it, without the endpoint's defaults.
    const Ancillary& asked(ClassId id) const { return entries_[index(id)].asked; }

private:
    struct Entry {
        Ancillary asked;     // as the message said it
        Ancillary ancillary; // with the defaults below it
        std::uint32_t uses = 0;
        ClassId marking{}; // holds one use of it, if it is another one
        std::uint8_t towards = kAnywhere;
    };
    static std::size_t index(ClassId id) { return static_cast<std::size_t>(id); }

    std::vector<Entry> entries_;
    std::size_t last_ = 0;
};

} // namespace hawser::sctp
