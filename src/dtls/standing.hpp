// What holds of a connection now. Its parts look at it; the connection changes it, and its first
// handshake fills in the agreement.
#pragma once

#include "dtls/agreement.hpp"
#include "dtls/handshake.hpp"

#include <hawser/core/path.hpp>
#include <hawser/dtls/events.hpp>
#include <hawser/dtls/options.hpp>

#include <memory>

namespace hawser::dtls {

struct Standing {
    ConnectionHandle handle;
    Role role;
    Path path;
    std::shared_ptr<const Options> options;
    bool connected = false;
    bool ended = false;
    Agreement agreement{};
    /// Until its last flight will not be asked for again.
    std::unique_ptr<Handshake> handshake{};

    bool handshaking() const { return handshake != nullptr && !handshake->done(); }
    bool renegotiating() const { return connected && handshaking(); }
};

} // namespace hawser::dtls
