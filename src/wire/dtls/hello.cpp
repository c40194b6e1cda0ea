#include <hawser/wire/dtls/hello.hpp>

#include <algorithm>
#include <utility>

namespace hawser::wire::dtls {
namespace {

template <class... Octets>
constexpr std::array<std::byte, sizeof...(Octets)> octets(Octets... values) {
    return {static_cast<std::byte>(values)...};
}

/// Reads a session ID; false when it is longer than one may be.
bool read_session_id(Reader& in, Bytes& session_id) {
    session_id = read_vector<1>(in);
    return session_id.size() <= kSessionIdBytesMax;
}

/// The random and the session ID, which stand in both hellos.
void write_random_and_session(Writer& out, Bytes random, Bytes session_id) {
    if (random.size() != kRandomBytes || session_id.size() > kSessionIdBytesMax) return out.fail();
    out.bytes(random);
    write_vector<1>(out, session_id);
}

} // namespace

// The SHA-256 of "HelloRetryRequest".
const std::array<std::byte, kRandomBytes> kHelloRetryRequestRandom = octets(
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c);
const std::array<std::byte, 8> kDowngradeTo12 =
    octets(0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0x01);
const std::array<std::byte, 8> kDowngradeTo11 =
    octets(0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0x00);

Result<ClientHello> ClientHello::parse(Bytes body) {
    Reader in{body};
    ClientHello hello;
    hello.legacy_version = Version{in.u16()};
    hello.random = in.bytes(kRandomBytes);
    if (!read_session_id(in, hello.session_id)) {
        return fail(Errc::malformed, "session ID of ClientHello is too long");
    }
    hello.cookie = read_vector<1>(in);
    const auto suites = CipherSuites::parse(read_vector<2>(in));
    const auto methods = NumberList<CompressionMethod>::parse(read_vector<1>(in));
    if (!suites || suites->empty()) return fail(Errc::malformed, "cipher suites of ClientHello");
    if (methods->empty()) return fail(Errc::malformed, "compression methods of ClientHello");
    hello.cipher_suites = *suites;
    hello.compression_methods = *methods;
    const auto extensions = read_extensions(in, ExtensionBlock::optional);
    if (!extensions) return std::unexpected{extensions.error()};
    hello.extensions = *extensions;
    return finish_exactly(in, hello, "ClientHello and its length differ");
}

void write_client_hello_fields(Writer& out, const ClientHelloFields& hello) {
    if (hello.cipher_suites.empty()) return out.fail();
    out.u16(std::to_underlying(hello.legacy_version));
    write_random_and_session(out, hello.random, hello.session_id);
    write_vector<1>(out, hello.cookie);
    write_numbers<2>(out, hello.cipher_suites);
    out.u8(1);
    out.u8(std::to_underlying(CompressionMethod::null));
}

bool ServerHello::is_hello_retry_request() const {
    return std::ranges::equal(random, kHelloRetryRequestRandom);
}

Downgrade ServerHello::downgrade() const {
    if (random.size() != kRandomBytes) return Downgrade::none;
    const Bytes end = random.last(kDowngradeTo12.size());
    if (std::ranges::equal(end, kDowngradeTo12)) return Downgrade::to_1_2;
    if (std::ranges::equal(end, kDowngradeTo11)) return Downgrade::to_1_1;
    return Downgrade::none;
}

Result<ServerHello> ServerHello::parse(Bytes body) {
    Reader in{body};
    ServerHello hello;
    hello.legacy_version = Version{in.u16()};
    hello.random = in.bytes(kRandomBytes);
    if (!read_session_id(in, hello.session_id)) {
        return fail(Errc::malformed, "session ID of ServerHello is too long");
    }
    hello.cipher_suite = CipherSuite{in.u16()};
    hello.compression_method = CompressionMethod{in.u8()};
    const auto extensions = read_extensions(in, ExtensionBlock::optional);
    if (!extensions) return std::unexpected{extensions.error()};
    hello.extensions = *extensions;
    return finish_exactly(in, hello, "ServerHello and its length differ");
}

void ServerHello::write_fields(Writer& out) const {
    out.u16(std::to_underlying(legacy_version));
    write_random_and_session(out, random, session_id);
    out.u16(std::to_underlying(cipher_suite));
    out.u8(std::to_underlying(compression_method));
}

Result<HelloVerifyRequest> HelloVerifyRequest::parse(Bytes body) {
    Reader in{body};
    HelloVerifyRequest request;
    request.server_version = Version{in.u16()};
    request.cookie = read_vector<1>(in);
    return finish_exactly(in, request, "HelloVerifyRequest and its length differ");
}

void HelloVerifyRequest::write(Writer& out) const {
    out.u16(std::to_underlying(server_version));
    write_vector<1>(out, cookie);
}

Result<ExtensionList> parse_encrypted_extensions(Bytes body) {
    Reader in{body};
    const auto extensions = read_extensions(in, ExtensionBlock::required);
    if (!extensions) return extensions;
    return finish_exactly(in, *extensions, "EncryptedExtensions and its length differ");
}

} // namespace hawser::wire::dtls
