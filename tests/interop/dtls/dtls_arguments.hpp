// What dtls_peer is told to do.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/result.hpp>
#include <hawser/dtls/options.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hawser::interop {

struct DtlsArguments {
    bool listens = false;
    std::string address; ///< to listen on, or of the peer
    dtls::Options options;

    std::string identity_certificates; ///< a file in PEM; empty: none
    std::string identity_key;
    std::string anchors;
    std::string session; ///< a file: a session is read from it when it exists, and written to it
    std::string key_log;
    std::string export_label; ///< empty: nothing is exported
    std::size_t export_bytes = 20;

    bool echoes = false;
    std::string text;            ///< sent once the handshake is done
    std::string expect;          ///< must arrive
    std::size_t repeat = 1;      ///< times that text is sent and expected, 100 ms apart
    std::uint32_t again_ms = 0;  ///< sent again while nothing is heard, every so often; 0: never
    bool updates_keys = false;   ///< after that: new keys both ways, then the same twice more
    std::size_t connections = 1; ///< a listener ends after as many
    std::uint32_t timeout_s = 20;

    /// Ends the process when it cannot understand them.
    static DtlsArguments parse(int argc, char** argv);
};

} // namespace hawser::interop
