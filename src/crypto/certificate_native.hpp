// Certificates in libcrypto's form.
#pragma once

#include "crypto/evp.hpp"

#include <hawser/core/result.hpp>

#include <openssl/x509.h>

#include <vector>

namespace hawser::crypto {

using X509Ptr = std::unique_ptr<X509, FreeBy<X509_free>>;

/// Null when the bytes are not one certificate and nothing else.
X509Ptr parse_certificate(Bytes der);

std::vector<std::byte> to_der(X509* certificate);

} // namespace hawser::crypto
