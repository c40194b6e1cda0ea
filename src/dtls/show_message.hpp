// Handshake messages in the packet log, in the clear.
#pragma once

#include "dtls/call.hpp"
#include "dtls/inbox.hpp"

#include <hawser/engine/tap.hpp>

namespace hawser::dtls {

struct Services;
struct Standing;

struct ShownMessage {
    Direction direction;
    HandshakeType type;
    std::uint16_t sequence;
    Bytes body;
};

/// As a record that was never sealed, which is what Wireshark reads; with the number of the
/// datagram that carried it. Does nothing where nobody looks.
void show_message(Services& services, const Standing& standing, const ShownMessage& message,
                  const Call& call);

} // namespace hawser::dtls
