// A certificate authority for tests, with the faults that a test asks for.
#pragma once

#include "crypto/x509.hpp"

namespace hawser::crypto {

/// What differs from a sound certificate of a server named "good.example".
struct Wanted {
    std::string common_name = "leaf";
    std::string names = "DNS:good.example,DNS:*.wild.example,IP:192.0.2.7,IP:2001:db8::7";
    std::string usage = "serverAuth"; ///< extended key usage; empty for none
    bool authority = false;
    std::chrono::sys_seconds not_before{std::chrono::seconds{1'000'000'000}};
    std::chrono::sys_seconds not_after{std::chrono::seconds{2'000'000'000}};
};

struct Issued {
    std::vector<std::byte> der;
    PrivateKey key;
};

/// `seed` chooses the key. Without an issuer the certificate signs itself.
Issued issue(const Wanted& wanted, std::uint8_t seed, const Issued* issuer = nullptr);

} // namespace hawser::crypto
