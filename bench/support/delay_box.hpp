// A real link as slow and as far as asked, on this machine: two network namespaces that the delay
// box of the tests joins.
#pragma once

#include "row.hpp"
#include "support/process.hpp"

#include <hawser/core/address.hpp>

#include <optional>
#include <string>
#include <vector>

namespace hawser::bench {

/// Why this machine can have none (no root, no TUN devices); nullopt if it can.
std::optional<std::string> no_delay_box();

/// One end of the link: a namespace of its own, with one address.
struct Site {
    std::string name; ///< as `ip netns` knows it
    std::string host; ///< the address, as text

    Address address(std::uint16_t port = 0) const;
    /// The command that runs `arguments` there.
    std::vector<std::string> command(std::vector<std::string> arguments) const;
    /// Moves the calling thread there: sockets that it opens from then on are of that site.
    Outcome<> enter() const;
};

/// The link goes with this object, and so do its namespaces.
class DelayBox {
public:
    /// `options` are those of the program `delay_box`, which has them all.
    static Outcome<DelayBox> start(const std::vector<std::string>& options);

    const Site& a() const { return a_.site; }
    const Site& b() const { return b_.site; }

private:
    /// Removes the namespace when it goes.
    struct Namespace {
        Site site;

        static Outcome<Namespace> make(const std::string& end, const std::string& host);
        explicit Namespace(Site made) : site{std::move(made)} {}
        Namespace(Namespace&& other) noexcept : site{std::exchange(other.site, {})} {}
        Namespace& operator=(Namespace&& other) noexcept {
            std::swap(site, other.site);
            return *this;
        }
        ~Namespace();
    };
    DelayBox(Namespace a, Namespace b, Process box)
        : a_{std::move(a)}, b_{std::move(b)}, box_{std::move(box)} {}

    Namespace a_, b_;
    Process box_; ///< ends before its namespaces do
};

} // namespace hawser::bench
