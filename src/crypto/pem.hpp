// Texts in PEM form (RFC 7468), in and out of libcrypto.
#pragma once

#include "crypto/evp.hpp"

#include <openssl/bio.h>

#include <string>

namespace hawser::crypto {

using Bio = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;

/// Reads from the text, which must stay.
Bio reader_of(std::string_view text);
Bio make_writer();
/// What was written so far.
std::string text_of(BIO* writer);

} // namespace hawser::crypto
