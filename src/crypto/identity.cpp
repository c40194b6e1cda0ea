#include "crypto/identity.hpp"

#include "crypto/certificate_native.hpp"
#include "crypto/pem.hpp"

#include <openssl/pem.h>

#include <algorithm>

namespace hawser::crypto {
namespace {

bool holds_key(X509* certificate, const PrivateKey& key) {
    const EVP_PKEY* const theirs = X509_get0_pubkey(certificate);
    return theirs != nullptr && EVP_PKEY_eq(theirs, key.native()) == 1;
}

} // namespace

Result<Identity> identity_from_pem(std::string_view certificates, std::string_view key) {
    const DropErrors drop_errors;
    auto chain = certificates_in(certificates);
    if (!chain) return std::unexpected{chain.error()};
    auto own_key = PrivateKey::from_pem(key);
    if (!own_key) return std::unexpected{own_key.error()};

    bool fits_leaf = false;
    bool fits_other = false;
    for (std::size_t i = 0; i < chain->size(); ++i) {
        const X509Ptr certificate = parse_certificate((*chain)[i]);
        if (certificate == nullptr) {
            return fail(Errc::malformed, "certificates: a PEM block holds no certificate");
        }
        const bool fits = holds_key(certificate.get(), *own_key);
        fits_leaf = fits_leaf || (fits && i == 0);
        fits_other = fits_other || (fits && i != 0);
    }
    if (!fits_leaf && fits_other) {
        return fail(Errc::invalid_argument,
                    "certificates: the one of the private key must come first, then its issuers");
    }
    if (!fits_leaf) {
        return fail(Errc::invalid_argument,
                    "private key: not that of the first certificate, give the pair made together");
    }
    return Identity{.chain = std::move(*chain), .key = std::move(*own_key)};
}

std::string chain_to_pem(const Identity& identity) {
    const Bio bio = make_writer();
    for (const std::vector<std::byte>& der : identity.chain) {
        HAWSER_ASSERT(PEM_write_bio(bio.get(), PEM_STRING_X509, "", raw(Bytes{der}),
                                    static_cast<long>(der.size())) > 0);
    }
    return text_of(bio.get());
}

} // namespace hawser::crypto
