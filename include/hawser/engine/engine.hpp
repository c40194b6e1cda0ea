// The contract that every protocol engine keeps.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/core/path.hpp>
#include <hawser/engine/framing.hpp>
#include <hawser/engine/verdict.hpp>

#include <concepts>
#include <optional>

namespace hawser {

/// A state machine without I/O, clock, entropy or threads. It is told what came and what time it
/// is, and asked what to send, what happened and when it wants to be called again.
///
/// - Several `receive` calls may precede a drain; after a drain `poll_*` answer nullopt until the
///   next input.
/// - `receive` never fails: bad input is dropped, counted, and its verdict says why.
/// - Early calls of `advance` are harmless.
/// - Events own their payload. After a terminal event nothing more is emitted for its subject.
/// - Engines never call back into the user, take no lock, and belong to one thread.
template <class E>
concept Engine =
    requires(E e, const E& c, Datagram& d, const PathEvent& p, const Framing& f, Instant now) {
        typename E::Event; // a std::variant of plain structs
        { e.receive(d, now) } -> std::same_as<Verdict>;
        { e.path_event(p, now) } -> std::same_as<void>;
        { e.advance(now) } -> std::same_as<void>;
        { e.poll_transmit(now, f) } -> std::same_as<std::optional<Transmit>>;
        { e.poll_event() } -> std::same_as<std::optional<typename E::Event>>;
        { c.deadline() } -> std::same_as<Instant>; // kNever when idle
    };

} // namespace hawser
