// Sleeping until a socket or a moment is ready, for programs without an event loop.
#pragma once

#include <hawser/core/instant.hpp>

#include <span>

namespace hawser::net {

/// What an owner's event loop should watch.
struct Interest {
    int fd = -1;
    bool writable = false; ///< besides readable, which is always wanted
};

/// Blocks until one of the sockets is ready or `until` has come. Answers whether a socket is ready.
/// A signal ends the wait early.
bool wait(std::span<const Interest> interests, Instant until);

/// The same, but stays awake for up to `spin` first: a sleeping core takes tens of microseconds to
/// come back.
bool wait(std::span<const Interest> interests, Instant until, Duration spin);

} // namespace hawser::net
