// Texts in PEM form (RFC 7468), in and out of libcrypto.
#pragma once

#include "crypto/evp.hpp"

#include <hawser/core/result.hpp>

#include <openssl/bio.h>

#include <string>
#include <vector>

namespace hawser::crypto {

using Bio = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;

/// Reads from the text, which must stay.
Bio reader_of(std::string_view text);
Bio make_writer();
/// What was written so far.
std::string text_of(BIO* writer);

/// The DER of every "CERTIFICATE" in the text, in its order; other blocks are passed over. Fails
/// with `malformed` when there is none, or one is damaged.
Result<std::vector<std::vector<std::byte>>> certificates_in(std::string_view text);

} // namespace hawser::crypto
