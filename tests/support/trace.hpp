// A tap that prints packets, for a person who looks for what went wrong.
#pragma once

#include <hawser/engine/tap.hpp>

#include <string>

namespace hawser::test {

/// "3600.000125 a > DATA 1000 stream 0 ..." for each packet that leaves, "<" and the verdict for
/// each that comes.
class Trace final : public Tap {
public:
    explicit Trace(std::string name, Tap* then = nullptr) : name_{std::move(name)}, then_{then} {}
    void seen(const Sighting& sighting) override;

private:
    std::string name_;
    Tap* then_; // sees it, too
};

} // namespace hawser::test
