// What every file that talks to libcrypto's EVP interface needs.
#pragma once

#include "crypto/hash.hpp"

#include <hawser/core/check.hpp>

#include <openssl/err.h>
#include <openssl/evp.h>

namespace hawser::crypto {

/// `std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>`
template <auto kFree>
struct FreeBy {
    template <class T>
    void operator()(T* object) const {
        kFree(object);
    }
};

using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeBy<EVP_PKEY_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;

/// libcrypto notes each failure in a queue of the thread. Bad input of a peer is no failure of
/// ours: what a call noted is dropped at the end of the scope, and older notes stay.
class DropErrors {
public:
    DropErrors() { ERR_set_mark(); }
    ~DropErrors() { ERR_pop_to_mark(); }
    DropErrors(const DropErrors&) = delete;
    DropErrors& operator=(const DropErrors&) = delete;
};

inline const unsigned char* raw(Bytes bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* raw(MutableBytes bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

/// libcrypto's form of the hash, fetched once: a fetch per use costs more than a short hash.
const EVP_MD* native(Hash hash);
/// SHA-512, which only signatures use.
const EVP_MD* native_sha512();

} // namespace hawser::crypto
