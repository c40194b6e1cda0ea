#include "peers/libssl.hpp"

#include <memory>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace hawser::bench {
namespace {

using Clock = std::chrono::steady_clock;

template <auto Function>
struct FreeBy {
    template <class T>
    void operator()(T* object) const {
        Function(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeBy<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, FreeBy<SSL_free>>;

Certificate self_signed(EVP_PKEY* key) {
    Certificate certificate{X509_new()};
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24 * 60 * 60);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("bench"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key, EVP_sha256());
    return certificate;
}

/// A handshake step of one end: its BIOs are the other's.
bool connect_once(SSL_CTX* client_context, SSL_CTX* server_context) {
    const Ssl client{SSL_new(client_context)};
    const Ssl server{SSL_new(server_context)};
    BIO* const to_server = BIO_new(BIO_s_mem());
    BIO* const to_client = BIO_new(BIO_s_mem());
    BIO_up_ref(to_server);
    BIO_up_ref(to_client);
    SSL_set_bio(client.get(), to_client, to_server);
    SSL_set_bio(server.get(), to_server, to_client);
    SSL_set_mtu(client.get(), 1400);
    SSL_set_mtu(server.get(), 1400);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());
    for (int step = 0; step < 20; ++step) {
        const bool client_up = SSL_do_handshake(client.get()) == 1;
        const bool server_up = SSL_do_handshake(server.get()) == 1;
        if (client_up && server_up) return true;
    }
    return false;
}

} // namespace

Outcome<double> libssl_handshakes_per_second(std::chrono::milliseconds duration) {
    const Key key{EVP_EC_gen("P-256")};
    const Context client{SSL_CTX_new(DTLS_client_method())};
    const Context server{SSL_CTX_new(DTLS_server_method())};
    if (!key || !client || !server) return std::unexpected{std::string{"libssl: no memory"}};
    const Certificate certificate = self_signed(key.get());
    SSL_CTX_use_certificate(server.get(), certificate.get());
    SSL_CTX_use_PrivateKey(server.get(), key.get());
    for (SSL_CTX* context : {client.get(), server.get()}) {
        SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256");
        SSL_CTX_set1_groups_list(context, "P-256");
    }
    std::uint64_t done = 0;
    const Clock::time_point start = Clock::now();
    while (Clock::now() - start < duration) {
        if (!connect_once(client.get(), server.get()))
            return std::unexpected{std::string{"libssl: no handshake"}};
        ++done;
    }
    return static_cast<double>(done) / std::chrono::duration<double>(Clock::now() - start).count();
}

} // namespace hawser::bench
