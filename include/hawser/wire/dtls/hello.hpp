// The hellos of DTLS 1.2 and 1.3, and what a server says before it believes in a client.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/dtls/cipher_suite.hpp>
#include <hawser/wire/dtls/extension_list.hpp>
#include <hawser/wire/dtls/numbers.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/writer.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace hawser::wire::dtls {

// Every message is a view of its body: without the handshake header. `write` writes the body.

inline constexpr std::size_t kRandomBytes = 32;
inline constexpr std::size_t kSessionIdBytesMax = 32;
/// The cookie of a ClientHello and of HelloVerifyRequest; DTLS 1.3 has its own in an extension.
inline constexpr std::size_t kLegacyCookieBytesMax = 255;

/// The random of a ServerHello that is a HelloRetryRequest: RFC 8446 §4.1.3.
extern const std::array<std::byte, kRandomBytes> kHelloRetryRequestRandom;

/// The last eight bytes of the random of a server that could have spoken a newer version:
/// RFC 8446 §4.1.3.
extern const std::array<std::byte, 8> kDowngradeTo12;
extern const std::array<std::byte, 8> kDowngradeTo11;

using CipherSuites = NumberList<CipherSuite>;

/// RFC 6347 §4.2.1, RFC 9147 §5.3.
///
///     |  legacy_version  |  random, 32 bytes  |
///     |  session_id, 1 + 0..32  |  cookie, 1 + 0..255  |
///     |  cipher_suites, 2 + 2..  |  compression_methods, 1 + 1..255  |
///     |  extensions, 2 + 0.., or nothing  |
struct ClientHello {
    Version legacy_version = Version::v1_2;
    Bytes random; ///< kRandomBytes
    Bytes session_id;
    Bytes cookie; ///< empty in DTLS 1.3
    CipherSuites cipher_suites;
    NumberList<CompressionMethod> compression_methods;
    ExtensionList extensions;

    /// Fails with `malformed` for any length that does not fit, for no suites, for no compression
    /// methods, for an extension that stands there twice, for bytes after the end.
    static Result<ClientHello> parse(Bytes body);
};

/// What a client writes. Compression is `null` alone.
struct ClientHelloFields {
    Version legacy_version = Version::v1_2;
    Bytes random; ///< kRandomBytes
    Bytes session_id;
    Bytes cookie;
    std::span<const CipherSuite> cipher_suites;
};

/// Writes a ClientHello without its extensions.
void write_client_hello_fields(Writer& out, const ClientHelloFields& hello);

/// Writes a ClientHello with the extensions that `write_all` writes.
template <std::invocable<Writer&> WriteAll>
void write_client_hello(Writer& out, const ClientHelloFields& hello, WriteAll&& write_all) {
    write_client_hello_fields(out, hello);
    write_extensions(out, std::forward<WriteAll>(write_all));
}

/// How far down a random says that its server was talked.
enum class Downgrade : std::uint8_t { none, to_1_2, to_1_1 };

/// RFC 5246 §7.4.1.3, RFC 9147 §5.4; also HelloRetryRequest.
///
///     |  legacy_version  |  random, 32 bytes  |  session_id, 1 + 0..32  |
///     |  cipher_suite  |  compression_method  |  extensions, 2 + 0.., or nothing  |
struct ServerHello {
    Version legacy_version = Version::v1_2;
    Bytes random; ///< kRandomBytes
    Bytes session_id;
    CipherSuite cipher_suite{};
    CompressionMethod compression_method = CompressionMethod::null;
    ExtensionList extensions;

    bool is_hello_retry_request() const;
    Downgrade downgrade() const;

    /// Fails with `malformed` for any length that does not fit, for an extension that stands there
    /// twice, for bytes after the end.
    static Result<ServerHello> parse(Bytes body);
    /// Without its extensions.
    void write_fields(Writer& out) const;
    /// With the block of the extensions that `write_all` writes. A DTLS 1.2 client may know of no
    /// block (RFC 5246 §7.4.1.4): it gets `write_fields` alone.
    template <std::invocable<Writer&> WriteAll>
    void write(Writer& out, WriteAll&& write_all) const {
        write_fields(out);
        write_extensions(out, std::forward<WriteAll>(write_all));
    }
};

/// RFC 6347 §4.2.1.
///
///     |  server_version  |  cookie, 1 + 0..255  |
struct HelloVerifyRequest {
    Version server_version = Version::v1_0;
    Bytes cookie;

    static Result<HelloVerifyRequest> parse(Bytes body);
    void write(Writer& out) const;
};

/// RFC 8446 §4.3.1: nothing but extensions.
Result<ExtensionList> parse_encrypted_extensions(Bytes body);

} // namespace hawser::wire::dtls
