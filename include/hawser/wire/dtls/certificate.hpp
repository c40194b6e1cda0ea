// Certificates, the request for them, and the proof that their key is there.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/dtls/extension_list.hpp>
#include <hawser/wire/dtls/numbers.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/writer.hpp>

#include <concepts>
#include <optional>
#include <span>
#include <utility>

namespace hawser::wire::dtls {

// Every message is a view of its body: without the handshake header. `write` writes the body.

using DerCertificate = Opaque<3, 1>;

/// Certificate of DTLS 1.2: RFC 5246 §7.4.2. The sender's own first; empty from a client without
/// one.
Result<List<DerCertificate>> parse_certificate12(Bytes body);
void write_certificate12(Writer& out, std::span<const Bytes> chain);

/// The same message with a raw public key (RFC 7250 §3): a SubjectPublicKeyInfo, which is empty
/// from a client without one.
Result<Bytes> parse_raw_public_key12(Bytes body);
void write_raw_public_key12(Writer& out, Bytes subject_public_key_info);

/// One entry of a DTLS 1.3 Certificate.
///
///     |  DER of a certificate or SubjectPublicKeyInfo, 3 + 1..  |  extensions, 2 + 0..  |
struct CertificateEntry {
    Bytes data; ///< at least one byte
    ExtensionList extensions;

    static std::optional<CertificateEntry> take(Reader& in);
};

/// Certificate of DTLS 1.3: RFC 8446 §4.4.2.
///
///     |  certificate_request_context, 1 + 0..255  |  entries, 3 + 0..  |
struct Certificate13 {
    Bytes context;
    List<CertificateEntry> entries;

    static Result<Certificate13> parse(Bytes body);
};
/// A raw public key is a chain of one. `leaf_extensions`: those of the first entry, each whole, as
/// ExtensionList::bytes has them; the other entries have none.
void write_certificate13(Writer& out, Bytes context, std::span<const Bytes> chain,
                         Bytes leaf_extensions = {});

using DistinguishedName = Opaque<2, 1>;
/// certificate_authorities, one name or more: RFC 8446 §4.2.4.
Result<List<DistinguishedName>> parse_certificate_authorities(Bytes value);

/// CertificateRequest of DTLS 1.2: RFC 5246 §7.4.4.
///
///     |  certificate_types, 1 + 1..255  |  signature algorithms, 2 + 2..  |
///     |  certificate_authorities, 2 + 0..  |
struct CertificateRequest12 {
    NumberList<ClientCertificateType> types;
    NumberList<SignatureScheme> schemes;
    List<DistinguishedName> authorities;

    static Result<CertificateRequest12> parse(Bytes body);
};
void write_certificate_request12(Writer& out, std::span<const ClientCertificateType> types,
                                 std::span<const SignatureScheme> schemes,
                                 std::span<const Bytes> authorities);

/// CertificateRequest of DTLS 1.3: RFC 8446 §4.3.2.
///
///     |  certificate_request_context, 1 + 0..255  |  extensions, 2 + 2..  |
struct CertificateRequest13 {
    Bytes context;
    ExtensionList extensions;

    static Result<CertificateRequest13> parse(Bytes body);
};
template <std::invocable<Writer&> WriteAll>
void write_certificate_request13(Writer& out, Bytes context, WriteAll&& write_all) {
    write_vector<1>(out, context);
    write_extensions(out, std::forward<WriteAll>(write_all));
}

/// CertificateVerify, the same in both versions: RFC 5246 §7.4.8, RFC 8446 §4.4.3.
///
///     |  signature algorithm  |  signature, 2 + 0..65535  |
struct CertificateVerify {
    SignatureScheme scheme{};
    Bytes signature;

    static Result<CertificateVerify> parse(Bytes body);
    void write(Writer& out) const;
};

} // namespace hawser::wire::dtls
