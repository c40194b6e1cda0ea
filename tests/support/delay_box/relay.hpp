// Two TUN devices with a link between them each way, by this machine's clock.
#pragma once

#include "support/delay_box/tun.hpp"
#include "support/simulated_link.hpp"

#include <array>
#include <cstdint>

namespace hawser::test {

class Relay {
public:
    /// What became of the packets of one direction.
    struct Counts {
        std::uint64_t carried = 0; ///< the marked ones among them
        std::uint64_t marked = 0;
        std::uint64_t lost = 0;
        std::uint64_t no_room = 0;
        std::uint64_t refused = 0; ///< of those that were carried: by the device at the far end
    };

    /// `forth` is the way from `a` to `b`. Nothing of theirs is owned.
    Relay(Tun& a, Tun& b, const LinkShape& forth, const LinkShape& back);
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;
    ~Relay();

    /// Carries packets until this process is told to end (SIGTERM, SIGINT), which the caller has
    /// blocked.
    void run();

    const Counts& forth() const { return ways_[0].counts; }
    const Counts& back() const { return ways_[1].counts; }

private:
    struct Way {
        Tun& from;
        Tun& to;
        SimulatedLink link;
        Counts counts;
    };

    void take_in(Way& way);
    void hand_on(Way& way);
    void set_timer();

    std::array<Way, 2> ways_;
    int events_ = -1;
    int timer_ = -1;
    int signals_ = -1;
};

} // namespace hawser::test
