#include "crypto/certificate_native.hpp"
#include "crypto/identity.hpp"
#include "crypto/key_kind.hpp"

#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace hawser::crypto {
namespace {

using GeneralNames = std::unique_ptr<GENERAL_NAMES, FreeBy<GENERAL_NAMES_free>>;

constexpr std::string_view kLettersAndDigits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view kDigits = "0123456789";

bool is_label(std::string_view label) {
    if (label.empty() || label.size() > 63) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    return std::ranges::all_of(label, [](char c) {
        return c == '-' || c == '_' || kLettersAndDigits.find(c) != std::string_view::npos;
    });
}

/// RFC 1035 §2.3.1, with underscores and a wildcard as the first label. A name that ends in digits
/// alone is an address somebody mistyped.
bool is_dns_name(std::string_view name) {
    if (name.size() > 253) return false;
    if (name.starts_with("*.")) name.remove_prefix(2);
    while (true) {
        const std::size_t dot = name.find('.');
        const std::string_view label = name.substr(0, dot);
        if (!is_label(label)) return false;
        if (dot == std::string_view::npos) {
            return label.find_first_not_of(kDigits) != std::string_view::npos;
        }
        name.remove_prefix(dot + 1);
    }
}

/// Null when the name is neither an address nor a DNS name.
GENERAL_NAME* make_name(const std::string& name) {
    const DropErrors drop_errors;
    int type = GEN_IPADD;
    ASN1_STRING* value = a2i_IPADDRESS(name.c_str());
    if (value == nullptr) {
        if (!is_dns_name(name)) return nullptr;
        type = GEN_DNS;
        value = ASN1_IA5STRING_new();
        HAWSER_ASSERT(value != nullptr);
        HAWSER_ASSERT(ASN1_STRING_set(value, name.data(), static_cast<int>(name.size())) == 1);
    }
    GENERAL_NAME* const general = GENERAL_NAME_new();
    HAWSER_ASSERT(general != nullptr);
    GENERAL_NAME_set0_value(general, type, value);
    return general;
}

Result<> add_names(X509* certificate, const std::vector<std::string>& wanted) {
    if (wanted.empty()) return {};
    const GeneralNames names{sk_GENERAL_NAME_new_null()};
    HAWSER_ASSERT(names != nullptr);
    for (const std::string& name : wanted) {
        GENERAL_NAME* const general = make_name(name);
        if (general == nullptr) {
            return fail(Errc::invalid_argument, "name: neither a DNS name nor an IP address");
        }
        HAWSER_ASSERT(sk_GENERAL_NAME_push(names.get(), general) > 0);
    }
    HAWSER_ASSERT(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1);
    return {};
}

/// An end entity that signs handshakes, as either side.
void add_usage(X509* certificate) {
    constexpr int kCritical = 1;
    const std::unique_ptr<BASIC_CONSTRAINTS, FreeBy<BASIC_CONSTRAINTS_free>> constraints{
        BASIC_CONSTRAINTS_new()};
    const std::unique_ptr<ASN1_BIT_STRING, FreeBy<ASN1_BIT_STRING_free>> usage{
        ASN1_BIT_STRING_new()};
    const std::unique_ptr<EXTENDED_KEY_USAGE, FreeBy<EXTENDED_KEY_USAGE_free>> extended{
        EXTENDED_KEY_USAGE_new()};
    HAWSER_ASSERT(constraints != nullptr && usage != nullptr && extended != nullptr);
    constexpr int kDigitalSignature = 0; // RFC 5280 §4.2.1.3
    HAWSER_ASSERT(ASN1_BIT_STRING_set_bit(usage.get(), kDigitalSignature, 1) == 1);
    for (const int purpose : {NID_server_auth, NID_client_auth}) {
        HAWSER_ASSERT(sk_ASN1_OBJECT_push(extended.get(), OBJ_nid2obj(purpose)) > 0);
    }
    HAWSER_ASSERT(X509_add1_ext_i2d(certificate, NID_basic_constraints, constraints.get(),
                                    kCritical, 0) == 1);
    HAWSER_ASSERT(X509_add1_ext_i2d(certificate, NID_key_usage, usage.get(), kCritical, 0) == 1);
    HAWSER_ASSERT(X509_add1_ext_i2d(certificate, NID_ext_key_usage, extended.get(), 0, 0) == 1);
}

/// 127 random bits and a one before them: positive, never zero, of constant length.
void set_serial(X509* certificate, const Entropy& entropy) {
    std::array<std::byte, 16> octets;
    std::ranges::copy_n(entropy.begin(), octets.size(), octets.begin());
    octets[0] = (octets[0] & std::byte{0x3f}) | std::byte{0x40};
    const std::unique_ptr<BIGNUM, FreeBy<BN_free>> number{
        BN_bin2bn(raw(Bytes{octets}), static_cast<int>(octets.size()), nullptr)};
    HAWSER_ASSERT(number != nullptr);
    HAWSER_ASSERT(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

bool set_subject(X509* certificate, const std::string& common_name) {
    X509_NAME* const name = X509_get_subject_name(certificate);
    return !common_name.empty() &&
           X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                      raw(as_bytes(common_name)),
                                      static_cast<int>(common_name.size()), -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

bool set_validity(X509* certificate, const SelfSigned& wanted) {
    const std::time_t from = wanted.not_before.time_since_epoch().count();
    const std::time_t to = wanted.not_after.time_since_epoch().count();
    return from < to && ASN1_TIME_set(X509_getm_notBefore(certificate), from) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), to) != nullptr;
}

const EVP_MD* signing_hash(KeyKind kind) {
    if (kind == KeyKind::ed25519) return nullptr; // it has its own
    return native(kind == KeyKind::ecdsa_p384 ? Hash::sha384 : Hash::sha256);
}

} // namespace

Result<Identity> self_signed(const SelfSigned& wanted, const Entropy& key, const Entropy& serial) {
    const DropErrors drop_errors;
    auto own_key = PrivateKey::generate(wanted.kind, key);
    if (!own_key) return std::unexpected{own_key.error()};
    const X509Ptr certificate{X509_new()};
    HAWSER_ASSERT(certificate != nullptr);
    HAWSER_ASSERT(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
    set_serial(certificate.get(), serial);
    if (!set_subject(certificate.get(), wanted.common_name)) {
        return fail(Errc::invalid_argument, "common name: 1 to 64 characters of UTF-8 are needed");
    }
    if (!set_validity(certificate.get(), wanted)) {
        return fail(Errc::invalid_argument,
                    "validity: must begin before it ends, in the years 0 to 9999");
    }
    HAWSER_ASSERT(X509_set_pubkey(certificate.get(), own_key->native()) == 1);
    add_usage(certificate.get());
    if (const auto added = add_names(certificate.get(), wanted.names); !added) {
        return std::unexpected{added.error()};
    }
    HAWSER_ASSERT(X509_sign(certificate.get(), own_key->native(), signing_hash(wanted.kind)) > 0);
    return Identity{.chain = {to_der(certificate.get())}, .key = std::move(*own_key)};
}

} // namespace hawser::crypto
