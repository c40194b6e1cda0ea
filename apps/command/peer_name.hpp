// The name that the peer's certificate has to carry, and what is said when it does not.
#pragma once

#include <hawser/dtls/options.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

namespace hawser::command {

enum class Role : std::uint8_t;

/// What was wrong with certificates that were refused for their names, in the order in which that
/// was: the ends of those handshakes are told in the same one.
class Misnamed {
public:
    void add(std::string text);
    /// The oldest, taken; empty: none.
    std::string take();

private:
    std::deque<std::string> texts_;
};

struct WantedName {
    std::string name; ///< a host name or an IP address, maybe with a zone
    std::string from; ///< the option that it comes from
};

/// Asks for that name as `Verification::name` does, and tells what the certificate is for when it
/// has another. `rule` has its anchors.
void want_name(dtls::Verification& rule, Role role, WantedName wanted,
               std::shared_ptr<Misnamed> misnamed);

} // namespace hawser::command
