// Which of several identities a peer takes, beside the signatures that it checks.
#pragma once

#include "dtls/handshake.hpp"

#include <hawser/dtls/options.hpp>
#include <hawser/wire/dtls/certificate.hpp>
#include <hawser/wire/writer.hpp>

#include <optional>
#include <vector>

namespace hawser::dtls {

/// Whether the identity is shown as a raw public key; nullopt when the peer takes neither that nor
/// its certificates.
std::optional<bool> shown_raw(const Identity& identity, const IdentityWishes& wishes,
                              const Options& options);
/// Whether the identity fits what the peer said of issuers.
bool fits_issuers(const Identity& identity, const IdentityWishes& wishes);

/// Client: the types that its identities have (RFC 7250 §4.1), best first; X.509 alone is what
/// needs no word.
std::vector<wire::dtls::CertificateType> own_certificate_types(const Options& options);
/// Client: both extensions of RFC 7250 §3, where they say something.
void write_certificate_types(wire::Writer& out, const Options& options);

/// certificate_authorities, in either direction (RFC 8446 §4.2.4).
Step take_authorities(IdentityWishes& wishes, const wire::dtls::ExtensionList& extensions);
void take_authorities(IdentityWishes& wishes,
                      const wire::dtls::List<wire::dtls::DistinguishedName>& names);

} // namespace hawser::dtls
