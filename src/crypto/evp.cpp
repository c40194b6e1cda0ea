#include "crypto/evp.hpp"

namespace hawser::crypto {
namespace {

/// Lives as long as the process: libcrypto itself goes away no earlier.
const EVP_MD* fetch(const char* name) {
    EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
    HAWSER_ASSERT(algorithm != nullptr);
    return algorithm;
}

} // namespace

const EVP_MD* native(Hash hash) {
    static const EVP_MD* const sha256 = fetch("SHA256");
    static const EVP_MD* const sha384 = fetch("SHA384");
    return hash == Hash::sha256 ? sha256 : sha384;
}

const EVP_MD* native_sha512() {
    static const EVP_MD* const sha512 = fetch("SHA512");
    return sha512;
}

} // namespace hawser::crypto
