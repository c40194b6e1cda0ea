// What a conformance runner asks of the shim: the flags of BoringSSL's, as far as they make sense
// here.
#pragma once

#include <hawser/core/result.hpp>
#include <hawser/dtls/options.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hawser::shim {

/// A flag that is not known here: the runner counts the test as not implemented.
inline constexpr int kNotImplemented = 89;

/// Which of the shim's connections: flags may be for one of them alone.
enum class Round : std::uint8_t { first, resumed };

/// What has to be so once a connection is up.
struct Expectations {
    std::optional<std::uint16_t> version, group, cipher;
    std::optional<int> credential; ///< the number of the one shown; -1: the last one, or none
    std::optional<std::string> alpn, advertised_alpn, server_name;
    std::optional<std::vector<std::byte>> ocsp_response;
    std::optional<std::uint64_t> renegotiations;
    std::optional<bool> retried; ///< by a HelloRetryRequest
    bool session_miss = false;   ///< where a session was offered
    bool ticket_renewal = false; ///< where a session is taken up, there is another ticket
    bool no_session = false;     ///< there is no ticket
};

struct CredentialFiles {
    std::string certificate, key;
    std::vector<wire::dtls::SignatureScheme> schemes; ///< empty: all that the key can
    std::vector<std::byte> ocsp_response;             ///< empty: none
    bool raw_public_key = false;                      ///< there is a key alone
    bool must_match_issuer = false;
};

/// What is decided about OCSP responses when the other end has spoken.
struct StatusCallback {
    bool asked = false;
    bool fails = false;    ///< a client takes no response, a server has an internal error
    bool declines = false; ///< a server staples none
    bool sets = false;     ///< a server has it only then
};

struct Flags {
    std::uint16_t port = 0;
    std::uint64_t shim_id = 0;
    bool ipv6 = false;
    bool server = false;

    dtls::Options options;
    CredentialFiles last_credential; ///< that comes after all others
    std::vector<CredentialFiles> credentials;
    std::string anchors_file;
    std::uint32_t resumptions = 0;

    bool writes_first = false;
    bool shuts_down = false;
    bool updates_keys = false;       ///< before it writes
    bool updates_keys_first = false; ///< before it reads, too
    bool rejects_peer = false;
    bool judges_itself = false; ///< which has another alert for those it does not take
    bool judges_again = false;  ///< the peer of a session, when it is taken up
    bool asks_peer = false;     ///< a server, for a certificate that may be missing
    std::size_t export_bytes = 0;
    std::string export_label, export_context;
    bool has_export_context = false;
    StatusCallback status_callback;

    Expectations expect;
};

/// Fails with `unsupported` for a flag that is not known, or a value that cannot be had.
Result<Flags> parse_flags(std::span<char* const> arguments, Round round = Round::first);

} // namespace hawser::shim
