// One X.509 certificate (RFC 5280).
#pragma once

#include "crypto/hash.hpp"
#include "crypto/signature.hpp"

#include <chrono>
#include <string>
#include <vector>

struct x509_st;

namespace hawser::crypto {

/// A shared handle, cheap to copy. An empty one may only be assigned.
class Certificate {
public:
    Certificate() = default;

    /// One certificate in DER and nothing after it. Fails with `malformed`, or with `unsupported`
    /// when the key in it is not one that PublicKey takes.
    static Result<Certificate> from_der(Bytes der);

    Bytes der() const;
    PublicKey public_key() const;
    /// The subject on one line, in the form of RFC 2253, e.g. "CN=example.org".
    std::string subject() const;
    /// The DNS names and IP addresses of its subjectAltName, as they stand there: a stranger may
    /// have put any bytes into a name. Other kinds of names are passed over.
    std::vector<std::string> names() const;
    std::chrono::sys_seconds not_before() const;
    std::chrono::sys_seconds not_after() const;
    /// The hash of the DER form (RFC 8122 §5).
    Digest fingerprint(Hash hash) const;

    /// libcrypto's own form, for this folder.
    x509_st* native() const;

private:
    struct State;
    explicit Certificate(std::shared_ptr<const State> state) : state_{std::move(state)} {}

    std::shared_ptr<const State> state_;
};

/// The distinguished name of a certificate's issuer, in DER; empty when these bytes are no
/// certificate.
std::vector<std::byte> issuer_of(Bytes certificate);

} // namespace hawser::crypto
