#include "crypto/trust.hpp"

#include "crypto/certificate_native.hpp"
#include "crypto/pem.hpp"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace hawser::crypto {
namespace {

using StoreContext = std::unique_ptr<X509_STORE_CTX, FreeBy<X509_STORE_CTX_free>>;

struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
/// Borrows its certificates.
using Stack = std::unique_ptr<STACK_OF(X509), FreeStack>;

/// 112 bits: RSA of 2048 bits and SHA-256, not SHA-1.
constexpr int kSecurityLevel = 2;

std::shared_ptr<X509_STORE> make_store() {
    std::shared_ptr<X509_STORE> store{X509_STORE_new(), FreeBy<X509_STORE_free>{}};
    HAWSER_ASSERT(store != nullptr);
    return store;
}

ChainFault fault_of(int error) {
    switch (error) {
    case X509_V_OK: return ChainFault::none;
    case X509_V_ERR_CERT_HAS_EXPIRED: return ChainFault::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID: return ChainFault::not_yet_valid;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED: return ChainFault::unknown_issuer;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return ChainFault::wrong_name;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: return ChainFault::bad_signature;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN: return ChainFault::wrong_purpose;
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD: return ChainFault::malformed;
    default: return ChainFault::revoked_or_other;
    }
}

/// False when no certificate can carry the name. To libcrypto an empty name would mean "any", and
/// one that begins with a dot "any name below it".
bool expect_name(X509_VERIFY_PARAM* parameters, std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.starts_with('.') || name.find('\0') != std::string_view::npos) {
        return false;
    }
    const std::string terminated{name};
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, terminated.c_str()) == 1) return true;
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                                    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_host(parameters, name.data(), name.size()) == 1;
}

ChainFault verify(X509* leaf, STACK_OF(X509) * issuers, const TrustStore& trust, Purpose purpose,
                  std::optional<std::string_view> name, std::chrono::sys_seconds at) {
    if (trust.native() == nullptr) return ChainFault::unknown_issuer;
    const StoreContext context{X509_STORE_CTX_new()};
    HAWSER_ASSERT(context != nullptr);
    HAWSER_ASSERT(X509_STORE_CTX_init(context.get(), trust.native(), leaf, issuers) == 1);
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, at.time_since_epoch().count());
    X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
    X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(kChainCertificatesMax));
    // Whatever stands in the store is trusted, also when it is no authority at the end of a chain.
    HAWSER_ASSERT(X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN) == 1);
    HAWSER_ASSERT(X509_STORE_CTX_set_purpose(context.get(), purpose == Purpose::client
                                                                ? X509_PURPOSE_SSL_CLIENT
                                                                : X509_PURPOSE_SSL_SERVER) == 1);
    if (name && !expect_name(parameters, *name)) return ChainFault::wrong_name;

    if (X509_verify_cert(context.get()) == 1) return ChainFault::none;
    const ChainFault fault = fault_of(X509_STORE_CTX_get_error(context.get()));
    // It can fail before it has found a fault to name.
    return fault == ChainFault::none ? ChainFault::revoked_or_other : fault;
}

Stack make_stack() {
    Stack stack{sk_X509_new_null()};
    HAWSER_ASSERT(stack != nullptr);
    return stack;
}

} // namespace

Result<TrustStore> TrustStore::from_pem(std::string_view pem) {
    const DropErrors drop_errors;
    const auto certificates = certificates_in(pem);
    if (!certificates) return std::unexpected{certificates.error()};
    auto store = make_store();
    for (const std::vector<std::byte>& der : *certificates) {
        const X509Ptr certificate = parse_certificate(der);
        if (certificate == nullptr) {
            return fail(Errc::malformed, "certificates: a PEM block holds no certificate");
        }
        HAWSER_ASSERT(X509_STORE_add_cert(store.get(), certificate.get()) == 1);
    }
    return TrustStore{std::move(store)};
}

TrustStore TrustStore::of(std::span<const Certificate> certificates) {
    auto store = make_store();
    for (const Certificate& certificate : certificates) {
        HAWSER_ASSERT(X509_STORE_add_cert(store.get(), certificate.native()) == 1);
    }
    return TrustStore{std::move(store)};
}

std::string_view text(ChainFault fault) {
    switch (fault) {
    case ChainFault::none: return "the certificate is good";
    case ChainFault::malformed: return "the certificate chain is empty, too long or malformed";
    case ChainFault::expired: return "a certificate has expired";
    case ChainFault::not_yet_valid: return "a certificate is not valid yet";
    case ChainFault::unknown_issuer: return "the certificate's issuer is not trusted";
    case ChainFault::wrong_name: return "the certificate is for another name";
    case ChainFault::bad_signature: return "a certificate's signature is wrong";
    case ChainFault::wrong_purpose: return "a certificate may not be used for this purpose";
    case ChainFault::revoked_or_other:
        return "the certificate chain is revoked, too weak or breaks one of its constraints";
    }
    return "unknown";
}

ChainFault verify_chain(std::span<const Bytes> chain, const TrustStore& trust, Purpose purpose,
                        std::optional<std::string_view> name, std::chrono::sys_seconds at) {
    const DropErrors drop_errors;
    if (chain.empty() || chain.size() > kChainCertificatesMax) return ChainFault::malformed;
    std::vector<X509Ptr> certificates;
    const Stack issuers = make_stack();
    for (const Bytes der : chain) {
        certificates.push_back(parse_certificate(der));
        if (certificates.back() == nullptr) return ChainFault::malformed;
        if (certificates.size() == 1) continue;
        HAWSER_ASSERT(sk_X509_push(issuers.get(), certificates.back().get()) > 0);
    }
    return verify(certificates.front().get(), issuers.get(), trust, purpose, name, at);
}

ChainFault verify_chain(std::span<const Certificate> chain, const TrustStore& trust,
                        Purpose purpose, std::optional<std::string_view> name,
                        std::chrono::sys_seconds at) {
    const DropErrors drop_errors;
    if (chain.empty() || chain.size() > kChainCertificatesMax) return ChainFault::malformed;
    const Stack issuers = make_stack();
    for (const Certificate& certificate : chain.subspan(1)) {
        HAWSER_ASSERT(sk_X509_push(issuers.get(), certificate.native()) > 0);
    }
    return verify(chain.front().native(), issuers.get(), trust, purpose, name, at);
}

} // namespace hawser::crypto
