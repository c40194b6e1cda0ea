// Does a sender keep to its own congestion window? RFC 9260 §6.1 (B).
#pragma once

#include "support/side.hpp"

#include <hawser/engine/tap.hpp>

#include <cstdint>

namespace hawser::test {

/// Asks the engine what is in flight whenever new DATA leaves.
class FlightWatch final : public Tap {
public:
    FlightWatch(const Side& side, Tap& then) : side_{side}, then_{then} {}
    void seen(const Sighting& sighting) override;

private:
    bool is_new(Bytes packet);

    const Side& side_;
    Tap& then_; ///< sees it, too
    std::uint32_t newest_ = 0;
};

} // namespace hawser::test
