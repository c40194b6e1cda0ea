// OCSP responses that stand beside a server's certificate: RFC 6066 §8, RFC 8446 §4.4.2.1.
#pragma once

#include "dtls/handshake.hpp"

#include <cstddef>
#include <expected>
#include <vector>

namespace hawser::dtls {

/// The extension of the leaf's entry that carries the response; nothing without one.
std::vector<std::byte> status_extension(Bytes ocsp_response);

/// The response in a CertificateStatus.
std::expected<std::vector<std::byte>, Fault> parse_status(Bytes body);
/// That in the extensions of an entry; empty when there is none.
std::expected<std::vector<std::byte>, Fault>
take_status13(const wire::dtls::ExtensionList& extensions);

/// Server: whether a client asks for a response.
std::expected<bool, Fault> take_status_request(const wire::dtls::ExtensionList& extensions);
/// Client: what ServerHello of 1.2 may say to that, and EncryptedExtensions of 1.3 may not.
Step check_status_answer(const wire::dtls::ExtensionList& extensions, bool is_1_3);

} // namespace hawser::dtls
