// A ClientHello as the client may shape it, and as a server sees it before it answers.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/path.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/wire/dtls/hello.hpp>
#include <hawser/wire/dtls/numbers.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace hawser::dtls {

struct Options;

/// What a client is about to say. Everything in it may be changed: order, values, what is there.
/// A hello that the engine cannot go on from ends in an error of the handshake, never in a weaker
/// agreement: what the options ask for is still asked of the answer.
struct HelloDraft {
    struct Extension {
        wire::dtls::ExtensionType type{};
        std::vector<std::byte> value; ///< without type and length
    };

    std::array<std::byte, wire::dtls::kRandomBytes> random{};
    std::vector<std::byte> session_id; ///< 0 to 32 bytes
    std::vector<wire::dtls::CipherSuite> cipher_suites;
    /// As they will stand; but pre_shared_key is always put last (RFC 8446 §4.2.11).
    std::vector<Extension> extensions;
};

/// Puts the extensions into a random order, as browsers do.
void permute_extensions(HelloDraft& hello, Random& random);
/// Adds values that mean nothing and that every server has to pass over (RFC 8701): a suite, two
/// extensions, a group, its key share, a version.
void add_grease(HelloDraft& hello, Random& random);

/// A hello that a server is about to answer; borrowed for the call.
struct HelloSeen {
    const Path& path;
    Bytes body; ///< as it came, without the handshake header
    const wire::dtls::ClientHello& hello;
    std::string_view server_name; ///< SNI; empty when there is none
};

/// What a server does with a hello.
struct HelloAnswer {
    enum class Kind : std::uint8_t {
        accept,
        refuse, ///< with the alert
        ignore, ///< without a word
    };

    Kind kind = Kind::accept;
    /// accept: how this client is answered; null: as the listener's options say. Where there is a
    /// cookie exchange, the listener's versions, suites and groups have been promised already.
    std::shared_ptr<const Options> options;
    wire::dtls::AlertDescription alert = wire::dtls::AlertDescription::access_denied;
};

} // namespace hawser::dtls
