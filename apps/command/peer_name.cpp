#include "command/peer_name.hpp"

#include "command/network_options.hpp"
#include "command/text.hpp"

#include "crypto/trust.hpp"

#include <hawser/core/address.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

namespace hawser::command {
namespace {

/// Handshakes that failed and were not told of yet.
constexpr std::size_t kUntoldMax = 64;
/// A certificate for a whole cloud has hundreds.
constexpr std::size_t kNamesShown = 8;

/// An address as certificates have it: without brackets and zone.
std::string bare(const std::string& name) {
    if (!name.contains(':')) return name;
    const std::size_t from = name.starts_with('[') ? 1 : 0;
    return name.substr(from, name.find_first_of("%]") - from);
}

/// "alpha.example, 192.0.2.1 and 3 more".
std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i)
        text += fmt::format("{}{}", i == 0 ? "" : ", ", escaped(names[i]));
    if (names.size() > kNamesShown) text += fmt::format(" and {} more", names.size() - kNamesShown);
    return text;
}

std::string tell(const Bytes& leaf, const WantedName& wanted) {
    const auto certificate = crypto::Certificate::from_der(leaf);
    const auto names = certificate ? certificate->names() : std::vector<std::string>{};
    const std::string are =
        names.empty() ? fmt::format("for no name (subjectAltName) at all; its subject is {}",
                                    certificate ? escaped(certificate->subject()) : "not readable")
                      : fmt::format("for {}", listed(names));
    return fmt::format("the peer's certificate is {}; the name wanted is {}, from {}", are,
                       wanted.name, wanted.from);
}

} // namespace

void Misnamed::add(std::string text) {
    if (texts_.size() == kUntoldMax) texts_.pop_front();
    texts_.push_back(std::move(text));
}

std::string Misnamed::take() {
    if (texts_.empty()) return {};
    std::string text = std::move(texts_.front());
    texts_.pop_front();
    return text;
}

void want_name(dtls::Verification& rule, Role role, WantedName wanted,
               std::shared_ptr<Misnamed> misnamed) {
    const auto purpose = role == Role::connects ? crypto::Purpose::server : crypto::Purpose::client;
    // The engine has found the chain good for any name, or it would not ask.
    rule.accepts = [anchors = *rule.anchors, purpose, wanted = std::move(wanted),
                    misnamed = std::move(misnamed)](const dtls::PeerCertificate& shown) {
        const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        const auto fault =
            crypto::verify_chain(shown.chain, anchors.store(), purpose, bare(wanted.name), now);
        if (fault == crypto::ChainFault::none) return true;
        misnamed->add(tell(shown.chain.front(), wanted));
        return false;
    };
}

} // namespace hawser::command
