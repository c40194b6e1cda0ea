#include "crypto/authority.hpp"

#include "crypto/certificate_native.hpp"
#include "crypto/vectors.hpp"

#include <openssl/x509v3.h>

namespace hawser::crypto {
namespace {

void extend(X509* certificate, int kind, const std::string& value) {
    if (value.empty()) return;
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    HAWSER_ASSERT(extension != nullptr);
    HAWSER_ASSERT(X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

} // namespace

Issued issue(const Wanted& wanted, std::uint8_t seed, const Issued* issuer) {
    auto key = PrivateKey::generate(KeyKind::ecdsa_p256, entropy_of(seed));
    HAWSER_ASSERT(key.has_value());
    const X509Ptr certificate{X509_new()};
    HAWSER_ASSERT(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), seed);
    X509_NAME* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                               raw(as_bytes(wanted.common_name)), -1, -1, 0);
    ASN1_TIME_set(X509_getm_notBefore(certificate.get()),
                  wanted.not_before.time_since_epoch().count());
    ASN1_TIME_set(X509_getm_notAfter(certificate.get()),
                  wanted.not_after.time_since_epoch().count());
    X509_set_pubkey(certificate.get(), key->native());
    extend(certificate.get(), NID_basic_constraints,
           wanted.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(certificate.get(), NID_subject_alt_name, wanted.authority ? "" : wanted.names);
    extend(certificate.get(), NID_ext_key_usage, wanted.authority ? "" : wanted.usage);

    const X509Ptr above = issuer != nullptr ? parse_certificate(issuer->der) : nullptr;
    X509_set_issuer_name(certificate.get(),
                         above != nullptr ? X509_get_subject_name(above.get()) : name);
    const PrivateKey& signer = issuer != nullptr ? issuer->key : *key;
    HAWSER_ASSERT(X509_sign(certificate.get(), signer.native(), native(Hash::sha256)) > 0);
    return {.der = to_der(certificate.get()), .key = *key};
}

} // namespace hawser::crypto
