#include "support/trace.hpp"

#include "support/sctp_bytes.hpp"

#include <fmt/core.h>

#include <chrono>

namespace hawser::test {

void Trace::seen(const Sighting& sighting) {
    const std::chrono::duration<double> at = sighting.at.time_since_epoch();
    const bool out = sighting.direction == Direction::out;
    const std::string marking = sighting.ancillary.empty() ? "" : to_string(sighting.ancillary);
    fmt::print("{:.6f} {} {} {} [{}] {} ({} to {})\n", at.count(), name_, out ? '>' : '<',
               describe(take_apart(sighting.bytes)), marking,
               sighting.verdict == Verdict::accepted ? "" : name(sighting.verdict),
               to_string(out ? sighting.path.local : sighting.path.remote),
               to_string(out ? sighting.path.remote : sighting.path.local));
    if (then_ != nullptr) then_->seen(sighting);
}

} // namespace hawser::test
