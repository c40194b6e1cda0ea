// What a listener drops because its peer has --dtls and it has not, or the other way round.
#pragma once

#include "command/console.hpp"

#include <hawser/engine/tap.hpp>

#include <cstddef>
#include <string_view>

namespace hawser::command {

/// Passes everything on to the packet log, if there is one, and tells once of a peer that speaks
/// another protocol: it hears nothing from us, and can only guess.
class Overheard final : public Tap {
public:
    /// `sealed`: we take DTLS alone. `log` may be nullptr.
    Overheard(Console& console, bool sealed, Tap* log)
        : console_(console), sealed_(sealed), log_(log) {}

    /// Somebody came who speaks as we do: nothing more is looked at.
    void stop() { done_ = true; }

    void seen(const Sighting& sighting) override;
    void seen_train(const Sighting& train, std::size_t segment_bytes) override {
        if (log_ != nullptr) log_->seen_train(train, segment_bytes);
    }
    bool wants(Layer layer) const override {
        return !done_ || (log_ != nullptr && log_->wants(layer));
    }
    void secret(std::string_view line) override {
        if (log_ != nullptr) log_->secret(line);
    }

private:
    void look(const Sighting& dropped);

    Console& console_;
    bool sealed_;
    Tap* log_;
    bool done_ = false;
};

} // namespace hawser::command
