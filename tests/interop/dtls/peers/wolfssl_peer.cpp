// wolfSSL as a DTLS 1.2 peer: see words.hpp.
#include "interop/dtls/peers/loopback.hpp"

#include <algorithm>
#include <array>
// Its own options come before anything else of it.
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

namespace hawser::interop {
namespace {

constexpr int kMsPerSecond = 1'000;
constexpr const char* kName = "server.example";

/// wolfSSL says yes with 1.
void require(bool good, std::string_view what, int code = 0) {
    if (good) return;
    std::array<char, WOLFSSL_MAX_ERROR_SZ> why{};
    wolfSSL_ERR_error_string_n(static_cast<unsigned long>(code), why.data(), why.size());
    die(what, code == 0 ? "refused" : why.data());
}

unsigned copy_psk(const Words& words, unsigned char* key, unsigned room) {
    const std::vector<unsigned char> psk = words.hex("psk");
    if (psk.size() > room) return 0;
    std::ranges::copy(psk, key);
    return static_cast<unsigned>(psk.size());
}

unsigned name_psk(WOLFSSL* ssl, const char*, char* identity, unsigned identity_room,
                  unsigned char* key, unsigned room) {
    const auto& words = *static_cast<const Words*>(wolfSSL_get_psk_callback_ctx(ssl));
    const std::string name = words.text("psk-identity", "rope");
    if (name.size() + 1 > identity_room) return 0;
    std::copy_n(name.c_str(), name.size() + 1, identity);
    return copy_psk(words, key, room);
}

unsigned find_psk(WOLFSSL* ssl, const char* identity, unsigned char* key, unsigned room) {
    const auto& words = *static_cast<const Words*>(wolfSSL_get_psk_callback_ctx(ssl));
    return words.text("psk-identity", "rope") == identity ? copy_psk(words, key, room) : 0;
}

/// There is one client.
int make_cookie(WOLFSSL*, unsigned char* into, int room, void*) {
    std::fill_n(into, room, static_cast<unsigned char>('c'));
    return room;
}

int receive(WOLFSSL*, char* into, int room, void* udp) {
    const auto count = static_cast<Udp*>(udp)->receive(into, static_cast<std::size_t>(room), 0);
    return count ? static_cast<int>(*count) : WOLFSSL_CBIO_ERR_WANT_READ;
}

int send(WOLFSSL*, char* bytes, int count, void* udp) {
    static_cast<Udp*>(udp)->send(bytes, static_cast<std::size_t>(count));
    return count;
}

/// All that connections share.
WOLFSSL_CTX* set_up(Words& words) {
    WOLFSSL_CTX* const context = wolfSSL_CTX_new(words.listens ? wolfDTLSv1_2_server_method()
                                                               : wolfDTLSv1_2_client_method());
    require(context != nullptr, "context");
    wolfSSL_CTX_SetIORecv(context, receive);
    wolfSSL_CTX_SetIOSend(context, send);
    wolfSSL_CTX_SetGenCookie(context, make_cookie);
    const int judged = WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    wolfSSL_CTX_set_verify(context, words.has("ca") ? judged : WOLFSSL_VERIFY_NONE, nullptr);
    constexpr int kDer = WOLFSSL_FILETYPE_ASN1;
    if (words.has("ca")) {
        const auto ca = words.file("ca");
        require(wolfSSL_CTX_load_verify_buffer(context, ca.data(), std::ssize(ca), kDer) == 1,
                "ca");
    }
    if (words.has("cert")) {
        const auto shown = words.file("cert");
        const auto key = words.file("key");
        require(
            wolfSSL_CTX_use_certificate_buffer(context, shown.data(), std::ssize(shown), kDer) == 1,
            "certificate");
        require(wolfSSL_CTX_use_PrivateKey_buffer(context, key.data(), std::ssize(key), kDer) == 1,
                "key");
    }
    if (words.has("psk")) {
        require(wolfSSL_CTX_set_psk_callback_ctx(context, &words) == 1, "psk");
        if (words.listens)
            wolfSSL_CTX_set_psk_server_callback(context, find_psk);
        else
            wolfSSL_CTX_set_psk_client_callback(context, name_psk);
    }
    if (words.has("suite")) {
        const auto suite = words.number("suite");
        const std::array number{static_cast<unsigned char>(suite >> 8U),
                                static_cast<unsigned char>(suite)};
        require(wolfSSL_CTX_set_cipher_list_bytes(context, number.data(), 2) == 1, "suite");
    }
    if (words.has("no-ems"))
        require(wolfSSL_CTX_DisableExtendedMasterSecret(context) == 1, "no-ems");
    return context;
}

class Link {
public:
    Link(const Words& words, WOLFSSL_CTX* context)
        : words_{words}, udp_{words}, ssl_{wolfSSL_new(context)} {
        require(ssl_ != nullptr, "new");
        wolfSSL_SetIOReadCtx(ssl_, &udp_);
        wolfSSL_SetIOWriteCtx(ssl_, &udp_);
        wolfSSL_dtls_set_using_nonblock(ssl_, 1);
        wolfSSL_KeepArrays(ssl_); // exporters need them
        if (words.has("alpn")) {
            std::string list = words.text("alpn");
            require(wolfSSL_UseALPN(ssl_, list.data(), static_cast<unsigned>(list.size()),
                                    WOLFSSL_ALPN_FAILED_ON_MISMATCH) == 1,
                    "alpn");
        }
        if (words.listens) return;
        if (words.has("group"))
            require(wolfSSL_UseSupportedCurve(ssl_, static_cast<word16>(words.number("group"))) ==
                        1,
                    "group");
        require(wolfSSL_UseSessionTicket(ssl_) == 1, "ticket");
        require(wolfSSL_UseSNI(ssl_, WOLFSSL_SNI_HOST_NAME, kName,
                               static_cast<unsigned short>(std::strlen(kName))) == 1,
                "name");
        if (words.has("ca")) require(wolfSSL_check_domain_name(ssl_, kName) == 1, "name");
    }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() { wolfSSL_free(ssl_); }

    /// Takes the session up, when there is one; the session after it.
    WOLFSSL_SESSION* shake_hands(WOLFSSL_SESSION* session) {
        if (session != nullptr) require(wolfSSL_set_session(ssl_, session) == 1, "session");
        int result = 0;
        while ((result = wolfSSL_negotiate(ssl_)) != 1) {
            const int error = wolfSSL_get_error(ssl_, result);
            require(error == WOLFSSL_ERROR_WANT_READ, "handshake", error);
            if (!udp_.ready(wolfSSL_dtls_get_current_timeout(ssl_) * kMsPerSecond))
                require(wolfSSL_dtls_got_timeout(ssl_) == 1, "handshake: timeout");
        }
        return words_.listens ? nullptr : wolfSSL_get1_session(ssl_);
    }

    void report() {
        std::array<unsigned char, kExportBytes> keys{};
        require(wolfSSL_export_keying_material(ssl_, keys.data(), keys.size(), kLabel.data(),
                                               kLabel.size(), nullptr, 0, 0) == 1,
                "export");
        char* protocol = nullptr;
        unsigned short protocol_bytes = 0;
        wolfSSL_ALPN_GetProtocol(ssl_, &protocol, &protocol_bytes);
        std::printf("connected library=%s version=%s suite=%04x resumed=%d alpn=%.*s export=%s\n",
                    wolfSSL_lib_version(), wolfSSL_get_version(ssl_),
                    static_cast<unsigned>(wolfSSL_get_current_cipher_suite(ssl_)),
                    wolfSSL_session_reused(ssl_), static_cast<int>(protocol_bytes), protocol,
                    to_hex(keys.data(), keys.size()).c_str());
        std::fflush(stdout);
    }

    void say(const std::string& text) {
        const int count = static_cast<int>(text.size());
        require(wolfSSL_write(ssl_, text.data(), count) == count, "write");
    }

    std::optional<std::string> hear(int wait_ms) {
        std::array<char, 20'000> bytes;
        for (;;) {
            const int count = wolfSSL_read(ssl_, bytes.data(), static_cast<int>(bytes.size()));
            if (count > 0) return std::string{bytes.data(), bytes.data() + count};
            const int error = wolfSSL_get_error(ssl_, count);
            if (error == WOLFSSL_ERROR_ZERO_RETURN) return "";
            require(error == WOLFSSL_ERROR_WANT_READ, "read", error);
            if (!udp_.ready(wait_ms)) return std::nullopt;
        }
    }

    void close() { wolfSSL_shutdown(ssl_); }

private:
    const Words& words_;
    Udp udp_;
    WOLFSSL* ssl_;
};

} // namespace
} // namespace hawser::interop

int main(int argc, char** argv) {
    namespace interop = hawser::interop;
    interop::Words words{argc, argv};
    wolfSSL_Init();
    WOLFSSL_CTX* const context = interop::set_up(words);
    WOLFSSL_SESSION* session = nullptr;
    for (unsigned long i = 0; i < words.number("connections", 1); ++i) {
        interop::Link link{words, context};
        session = link.shake_hands(session);
        link.report();
        interop::talk(words, link);
        interop::show("closed");
    }
    return 0;
}
