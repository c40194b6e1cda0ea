#include "crypto/certificate.hpp"

#include "crypto/certificate_native.hpp"
#include "crypto/pem.hpp"

#include <hawser/core/address.hpp>

#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace hawser::crypto {
namespace {

/// libcrypto tells calendar time, always UTC.
std::optional<std::chrono::sys_seconds> to_instant(const ASN1_TIME* time) {
    using std::chrono::day, std::chrono::month, std::chrono::year;
    tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    const std::chrono::year_month_day date{year{parts.tm_year + 1900},
                                           month{unsigned(parts.tm_mon) + 1},
                                           day{unsigned(parts.tm_mday)}};
    return std::chrono::sys_days{date} + std::chrono::hours{parts.tm_hour} +
           std::chrono::minutes{parts.tm_min} + std::chrono::seconds{parts.tm_sec};
}

Result<PublicKey> public_key_of(X509* certificate) {
    EVP_PKEY* const key = X509_get0_pubkey(certificate);
    if (key == nullptr) return fail(Errc::unsupported, "certificate: unknown kind of key");
    unsigned char* encoded = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
    if (size <= 0) return fail(Errc::malformed, "certificate: public key");
    const Bytes der = std::as_bytes(std::span{encoded, static_cast<std::size_t>(size)});
    std::vector<std::byte> spki{der.begin(), der.end()};
    OPENSSL_free(encoded);
    HAWSER_ASSERT(EVP_PKEY_up_ref(key) == 1);
    return PublicKey::from_native(Key{key}, std::move(spki));
}

/// Nothing for kinds that are neither a DNS name nor an IP address.
std::optional<std::string> text_of(const GENERAL_NAME& name) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(&name, &type));
    if (type != GEN_DNS && type != GEN_IPADD) return std::nullopt;
    const unsigned char* const data = ASN1_STRING_get0_data(value);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
    if (type == GEN_DNS) return std::string{data, data + size};
    Address::V4 v4;
    Address::V6 v6;
    if (size == v4.size()) {
        std::copy_n(data, v4.size(), v4.begin());
        return host_to_string(Address::ipv4(v4));
    }
    if (size != v6.size()) return std::nullopt;
    std::copy_n(data, v6.size(), v6.begin());
    return host_to_string(Address::ipv6(v6));
}

} // namespace

struct Certificate::State {
    X509Ptr native;
    std::vector<std::byte> der;
    PublicKey key;
    std::chrono::sys_seconds not_before;
    std::chrono::sys_seconds not_after;
};

Result<Certificate> Certificate::from_der(Bytes der) {
    const DropErrors drop_errors;
    X509Ptr native = parse_certificate(der);
    if (native == nullptr) return fail(Errc::malformed, "certificate: not one in DER");
    const auto not_before = to_instant(X509_get0_notBefore(native.get()));
    const auto not_after = to_instant(X509_get0_notAfter(native.get()));
    if (!not_before || !not_after) return fail(Errc::malformed, "certificate: validity");
    auto key = public_key_of(native.get());
    if (!key) return std::unexpected{key.error()};
    return Certificate{std::make_shared<const State>(State{.native = std::move(native),
                                                           .der = {der.begin(), der.end()},
                                                           .key = std::move(*key),
                                                           .not_before = *not_before,
                                                           .not_after = *not_after})};
}

Bytes Certificate::der() const {
    HAWSER_ASSERT(state_ != nullptr);
    return state_->der;
}

PublicKey Certificate::public_key() const {
    HAWSER_ASSERT(state_ != nullptr);
    return state_->key;
}

std::string Certificate::subject() const {
    const DropErrors drop_errors;
    const Bio bio = make_writer();
    X509_NAME_print_ex(bio.get(), X509_get_subject_name(native()), 0, XN_FLAG_RFC2253);
    return text_of(bio.get());
}

std::vector<std::string> Certificate::names() const {
    const DropErrors drop_errors;
    std::vector<std::string> texts;
    const std::unique_ptr<GENERAL_NAMES, FreeBy<GENERAL_NAMES_free>> names{
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(native(), NID_subject_alt_name, nullptr, nullptr))};
    if (names == nullptr) return texts;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        if (auto text = text_of(*sk_GENERAL_NAME_value(names.get(), i))) {
            texts.push_back(*std::move(text));
        }
    }
    return texts;
}

std::chrono::sys_seconds Certificate::not_before() const {
    HAWSER_ASSERT(state_ != nullptr);
    return state_->not_before;
}

std::chrono::sys_seconds Certificate::not_after() const {
    HAWSER_ASSERT(state_ != nullptr);
    return state_->not_after;
}

Digest Certificate::fingerprint(Hash hash) const {
    return digest(hash, {der()});
}

x509_st* Certificate::native() const {
    HAWSER_ASSERT(state_ != nullptr);
    return state_->native.get();
}

std::vector<std::byte> issuer_of(Bytes certificate) {
    const DropErrors drop_errors;
    const X509Ptr native = parse_certificate(certificate);
    const unsigned char* name = nullptr;
    std::size_t size = 0;
    if (native == nullptr ||
        X509_NAME_get0_der(X509_get_issuer_name(native.get()), &name, &size) != 1)
        return {};
    const Bytes der = std::as_bytes(std::span{name, size});
    return {der.begin(), der.end()};
}

X509Ptr parse_certificate(Bytes der) {
    if (der.empty()) return {};
    const unsigned char* at = raw(der);
    X509Ptr certificate{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
    if (at != raw(der) + der.size()) return {};
    return certificate;
}

std::vector<std::byte> to_der(X509* certificate) {
    const int size = i2d_X509(certificate, nullptr);
    HAWSER_ASSERT(size > 0);
    std::vector<std::byte> der(static_cast<std::size_t>(size));
    unsigned char* at = raw(MutableBytes{der});
    HAWSER_ASSERT(i2d_X509(certificate, &at) == size);
    return der;
}

} // namespace hawser::crypto
