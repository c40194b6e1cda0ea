// A protocol's state in bytes, to go on in another process: who may open it, and for how long.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/core/path.hpp>
#include <hawser/core/result.hpp>

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <map>
#include <optional>

namespace hawser {

/// Both processes know it, and nobody else: 32 random bytes. Whoever has it and the state is the
/// endpoint, and reads all that it has not sent yet.
using StateKey = std::array<std::byte, 32>;

/// Names one export. Drawn at random, and stands in the clear.
struct StateId {
    std::array<std::byte, 16> octets{};

    friend auto operator<=>(const StateId&, const StateId&) = default;
};

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// What it takes to export. Times of a state are those of its process's monotonic clock, which
/// means nothing elsewhere: how old it is the wall clock says.
struct StateExport {
    StateKey key{};
    WallTime now{};
    /// How long it may be imported. Peers notice a pause long before the default is over, and after
    /// it they have given up.
    Duration valid_for = std::chrono::minutes{1};

    /// Fails with `invalid_argument` unless it is valid for some time that is no longer than an
    /// hour.
    Result<> check() const;
};

/// What it takes to import.
struct StateImport {
    StateKey key;
    WallTime now;
    /// Where the peer is spoken to now; nullopt: where it was. For what has one path only.
    std::optional<Path> path;
};

/// The id of an exported state, which is not looked at any further. Fails with `malformed`.
Result<StateId> id_of_state(Bytes state);

/// Exports that have been imported, so that none lives twice.
class ImportedStates {
public:
    /// False when it is among them.
    bool add(const StateId& id, WallTime valid_until, WallTime now);
    /// The import came to nothing.
    void remove(const StateId& id) { ids_.erase(id); }

private:
    std::map<StateId, WallTime> ids_;
};

} // namespace hawser
