#include "dtls/turn.hpp"

#include "dtls/handshake.hpp"

namespace hawser::dtls {

Turn::Turn(Instant at, std::chrono::sys_seconds wall_clock) : now{at}, wall{wall_clock} {}
Turn::~Turn() = default;

} // namespace hawser::dtls
