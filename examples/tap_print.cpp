// A tap of one's own: prints one line for each datagram that an SCTP endpoint sends or receives.
#include <hawser/core/address.hpp>
#include <hawser/engine/tap.hpp>

#include <iostream>

namespace {

class PrintTap final : public hawser::Tap {
public:
    void seen(const hawser::Sighting& packet) override {
        const bool in = packet.direction == hawser::Direction::in;
        std::cout << (in ? "< " : "> ") << to_string(packet.path.remote) << ' '
                  << packet.bytes.size() << " bytes " << to_string(packet.ancillary);
        if (packet.verdict != hawser::Verdict::accepted) std::cout << " " << name(packet.verdict);
        std::cout << '\n';
    }
};

} // namespace

// Any driver takes it: `driver.set_tap(&tap, "signalling")`. Here it is shown a packet by hand.
int main() {
    PrintTap tap;
    const hawser::Path path{.local = hawser::Address::loopback(hawser::Family::ipv4, 9899),
                            .remote = hawser::Address::loopback(hawser::Family::ipv4, 40000)};
    const hawser::Ancillary ancillary{.dscp = hawser::Dscp::ef, .hop_limit = 64};
    tap.seen({.at = {},
              .direction = hawser::Direction::in,
              .layer = hawser::Layer::wire,
              .path = path,
              .ancillary = ancillary,
              .bytes = hawser::as_bytes("a datagram")});
}
