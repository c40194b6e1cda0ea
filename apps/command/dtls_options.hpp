// --dtls and what goes with it: who we are, whom we take, and what was agreed.
#pragma once

#include "command/command_line.hpp"
#include "command/outcome.hpp"
#include "command/peer_name.hpp"

#include <hawser/dtls/events.hpp>
#include <hawser/dtls/options.hpp>
#include <hawser/stack/sctp_stack.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::command {

enum class Role : std::uint8_t;

/// SCTP's port inside DTLS, at both ends: that of WebRTC (RFC 8841 §5.2).
inline constexpr std::uint16_t kPortInsideDtls = 5000;

struct DtlsOptions {
    bool enabled = false;
    std::string certificate, key, authorities; ///< files
    std::string name;                          ///< that the peer's certificate has to carry
    std::vector<std::string> fingerprints;
    bool insecure = false;
    std::string psk, psk_identity = "hawser";
    std::vector<std::string> alpn;
    std::optional<unsigned> connection_id_bytes;

    std::shared_ptr<Misnamed> misnamed = std::make_shared<Misnamed>(); ///< of this run
};

void add_dtls_options(Subcommand command, DtlsOptions& options, Role role);

/// What the engine is to be told. `host` is the one that a client was given. Fails with `usage`
/// when something is missing or makes no sense, with `file`.
Outcome<dtls::Options> dtls_options(const DtlsOptions& options, Role role, std::string_view host);
/// The same for SCTP over DTLS.
Outcome<stack::Sealing> sealing(const DtlsOptions& options, Role role, std::string_view host);

/// "DTLS 1.3, TLS_AES_128_GCM_SHA256; the peer's certificate is AB:CD...".
std::string agreed_text(const dtls::Connected& agreed);
/// The number of one that has no name.
std::string alert_name(dtls::AlertDescription alert);
/// "the peer's certificate has expired; told the peer with alert certificate_expired".
std::string closed_text(const dtls::Closed& closed, const DtlsOptions& options);
/// The same of a handshake that failed, with the names of a certificate that has not the right one.
std::string handshake_text(const dtls::Closed& closed, const DtlsOptions& options);

} // namespace hawser::command
