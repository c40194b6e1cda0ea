// Assertions about our own code. On in release; never reachable from network bytes.
#pragma once

namespace hawser {

/// Prints the broken assumption and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

} // namespace hawser

/// Aborts when an assumption of ours is broken: a bug in hawser, never bad input.
#define HAWSER_ASSERT(expression)                                                                  \
    (static_cast<bool>(expression) ? static_cast<void>(0)                                          \
                                   : ::hawser::assertion_failed(#expression, __FILE__, __LINE__))

/// One that costs more than the work it watches: only in builds that look for faults (sanitizers,
/// fuzzing), which define HAWSER_CHECKS.
#ifdef HAWSER_CHECKS
#define HAWSER_COSTLY_ASSERT(expression) HAWSER_ASSERT(expression)
#else
#define HAWSER_COSTLY_ASSERT(expression) static_cast<void>(0)
#endif
