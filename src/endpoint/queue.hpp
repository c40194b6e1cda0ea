// What waits between the engine and the application.
#pragma once

#include "engine/ring.hpp"

#include <cstddef>

namespace hawser::detail {

/// A burst's memory is given back once it is over: an endpoint may have many idle connections.
inline constexpr std::size_t kQueueKept = 64;

template <class T>
using Queue = Ring<T, kQueueKept>;

} // namespace hawser::detail
