// Mozilla's NSS as a DTLS peer: see words.hpp. Debian's own speaks 1.2; the one that Firefox brings
// speaks 1.3 too, and is taken by LD_LIBRARY_PATH.
#include "interop/dtls/peers/words.hpp"

#include <algorithm>
#include <array>
#include <cert.h>
#include <keyhi.h>
#include <nspr.h>
#include <nss.h>
#include <optional>
#include <pk11pub.h>
#include <ssl.h>
#include <sslexp.h>
#include <sslproto.h>

namespace hawser::interop {
namespace {

constexpr std::string_view kLabel = "EXPORTER-hawser-interop";
const PRIntervalTime kPatience = PR_SecondsToInterval(10);
constexpr int kSaidAgainMax = 40;

[[noreturn]] void die(const char* what) {
    const int code = PR_GetError();
    std::printf("error %s: %s (%d)\n", what, PR_ErrorToName(code), code);
    std::fflush(stdout);
    std::_Exit(1);
}

void require(bool good, const char* what) {
    if (!good) die(what);
}

void require(SECStatus status, const char* what) {
    require(status == SECSuccess, what);
}

SECItem item(std::vector<unsigned char>& bytes) {
    return {siBuffer, bytes.data(), static_cast<unsigned>(bytes.size())};
}

/// A certificate and its key, both in DER.
struct Identity {
    CERTCertificate* certificate = nullptr;
    SECKEYPrivateKey* key = nullptr;

    explicit Identity(const Words& words) {
        if (!words.has("cert")) return;
        std::vector<unsigned char> der = words.file("cert");
        std::vector<unsigned char> pkcs8 = words.file("key");
        SECItem der_item = item(der);
        SECItem key_item = item(pkcs8);
        certificate =
            CERT_NewTempCertificate(CERT_GetDefaultCertDB(), &der_item, nullptr, PR_FALSE, PR_TRUE);
        require(certificate != nullptr, "certificate");
        SECKEYPublicKey* const shown = CERT_ExtractPublicKey(certificate);
        require(shown != nullptr, "public key");
        SECItem* const value =
            shown->keyType == ecKey ? &shown->u.ec.publicValue : &shown->u.rsa.modulus;
        require(PK11_ImportDERPrivateKeyInfoAndReturnKey(PK11_GetInternalKeySlot(), &key_item,
                                                         nullptr, value, PR_FALSE, PR_FALSE, KU_ALL,
                                                         &key, nullptr),
                "private key");
    }
};

SECStatus take_any(void*, PRFileDesc*, PRBool, PRBool) {
    return SECSuccess;
}

SECStatus show_certificate(void* argument, PRFileDesc*, CERTDistNames*, CERTCertificate** chosen,
                           SECKEYPrivateKey** key) {
    const auto& identity = *static_cast<const Identity*>(argument);
    if (identity.certificate == nullptr) return SECFailure;
    *chosen = CERT_DupCertificate(identity.certificate);
    *key = SECKEY_CopyPrivateKey(identity.key);
    return SECSuccess;
}

void choose(PRFileDesc* socket, const Words& words) {
    const bool v1_3 = words.text("version") == "1.3";
    const bool any = !words.has("version");
    SSLVersionRange range{static_cast<PRUint16>(v1_3 ? 0x0304 : 0x0303),
                          static_cast<PRUint16>(any || v1_3 ? 0x0304 : 0x0303)};
    require(SSL_VersionRangeSet(socket, &range), "versions");
    require(SSL_OptionSet(socket, SSL_ENABLE_EXTENDED_MASTER_SECRET, PR_TRUE), "ems");
    const bool tickets = words.has("tickets");
    require(SSL_OptionSet(socket, SSL_NO_CACHE, tickets ? PR_FALSE : PR_TRUE), "cache");
    require(SSL_OptionSet(socket, SSL_ENABLE_SESSION_TICKETS, tickets), "tickets");
    if (words.has("record-limit"))
        require(SSL_OptionSet(socket, SSL_RECORD_SIZE_LIMIT,
                              static_cast<PRIntn>(words.number("record-limit"))),
                "record limit");
    if (words.has("suite")) {
        for (PRUint16 i = 0; i < SSL_GetNumImplementedCiphers(); ++i) {
            const PRUint16 suite = SSL_GetImplementedCiphers()[i];
            require(SSL_CipherPrefSet(socket, suite, suite == words.number("suite")), "suites");
        }
    }
    if (words.has("group")) {
        const auto group = static_cast<SSLNamedGroup>(words.number("group"));
        const auto second = static_cast<SSLNamedGroup>(words.number("group2", group));
        const std::array groups{group, second};
        require(SSL_NamedGroupConfig(socket, groups.data(), group == second ? 1 : 2), "groups");
    }
    if (words.has("alpn")) {
        std::string list = words.text("alpn");
        list.insert(list.begin(), static_cast<char>(list.size()));
        require(SSL_SetNextProtoNego(socket, reinterpret_cast<const unsigned char*>(list.data()),
                                     static_cast<unsigned>(list.size())),
                "alpn");
    }
    if (words.has("srtp")) {
        const auto profile = static_cast<PRUint16>(words.number("srtp"));
        require(SSL_SetSRTPCiphers(socket, &profile, 1), "srtp");
    }
    if (words.has("psk")) {
        std::vector<unsigned char> bytes = words.hex("psk");
        SECItem key_item = item(bytes);
        PK11SymKey* const key =
            PK11_ImportSymKey(PK11_GetInternalSlot(), CKM_HKDF_KEY_GEN, PK11_OriginUnwrap,
                              CKA_DERIVE, &key_item, nullptr);
        require(key != nullptr, "psk");
        const std::string identity = words.text("psk-identity", "rope");
        require(SSL_AddExternalPsk(socket, key, reinterpret_cast<const PRUint8*>(identity.data()),
                                   static_cast<unsigned>(identity.size()), ssl_hash_sha256),
                "psk");
    }
}

PRFileDesc* open(const Words& words, Identity& identity) {
    PRFileDesc* const udp = PR_OpenUDPSocket(PR_AF_INET);
    PRNetAddr own;
    PRNetAddr peer;
    PR_InitializeNetAddr(PR_IpAddrLoopback, words.listens ? words.port : 0, &own);
    PR_InitializeNetAddr(PR_IpAddrLoopback, words.port, &peer);
    require(PR_Bind(udp, &own) == PR_SUCCESS, "bind");
    if (words.listens) {
        std::puts("listening");
        std::fflush(stdout);
        std::array<char, 2048> hello;
        require(PR_RecvFrom(udp, hello.data(), hello.size(), PR_MSG_PEEK, &peer,
                            PR_INTERVAL_NO_TIMEOUT) > 0,
                "peek");
    }
    require(PR_Connect(udp, &peer, kPatience) == PR_SUCCESS, "connect");
    PRSocketOptionData at_once{PR_SockOpt_Nonblocking, {PR_TRUE}};
    require(PR_SetSocketOption(udp, &at_once) == PR_SUCCESS, "nonblocking");
    PRFileDesc* const socket = DTLS_ImportFD(nullptr, udp);
    require(socket != nullptr, "import");
    choose(socket, words);
    require(SSL_AuthCertificateHook(socket, take_any, nullptr), "hook");
    if (words.listens) {
        if (identity.certificate != nullptr)
            require(SSL_ConfigServerCert(socket, identity.certificate, identity.key, nullptr, 0),
                    "server certificate");
        if (words.has("ask")) {
            require(SSL_OptionSet(socket, SSL_REQUEST_CERTIFICATE, PR_TRUE), "ask");
            require(SSL_OptionSet(socket, SSL_REQUIRE_CERTIFICATE, SSL_REQUIRE_ALWAYS), "demand");
        }
        require(SSL_ResetHandshake(socket, PR_TRUE), "reset");
    } else {
        require(SSL_GetClientAuthDataHook(socket, show_certificate, &identity), "client hook");
        require(SSL_SetURL(socket, "server.example"), "name");
        require(SSL_ResetHandshake(socket, PR_FALSE), "reset");
    }
    return socket;
}

void report(PRFileDesc* socket) {
    SSLChannelInfo info{};
    require(SSL_GetChannelInfo(socket, &info, sizeof info), "info");
    std::array<unsigned char, 20> keys{};
    // Fails under the suites of 1.2 whose hash is SHA-384.
    const bool exported =
        SSL_ExportKeyingMaterial(socket, kLabel.data(), kLabel.size(), PR_FALSE, nullptr, 0,
                                 keys.data(), keys.size()) == SECSuccess;
    std::array<unsigned char, 64> protocol{};
    unsigned protocol_bytes = 0;
    SSLNextProtoState state{};
    SSL_GetNextProto(socket, &state, protocol.data(), &protocol_bytes, protocol.size());
    PRUint16 srtp = 0;
    SSL_GetSRTPCipher(socket, &srtp);
    std::printf(
        "connected library=%s version=%x suite=%04x resumed=%d alpn=%.*s srtp=%u export=%s\n",
        NSS_GetVersion(), info.protocolVersion, info.cipherSuite, info.resumed,
        static_cast<int>(protocol_bytes), reinterpret_cast<const char*>(protocol.data()), srtp,
        exported ? to_hex(keys.data(), keys.size()).c_str() : "-");
    std::fflush(stdout);
}

/// Waits for a datagram, or until it is time to send a flight again.
void wait(PRFileDesc* socket, PRIntervalTime patience) {
    PRIntervalTime flight = patience;
    if (DTLS_GetHandshakeTimeout(socket, &flight) == SECSuccess)
        patience = std::min(patience, flight);
    PRPollDesc wanted{socket, PR_POLL_READ, 0};
    PR_Poll(&wanted, 1, patience);
}

void shake_hands(PRFileDesc* socket) {
    const PRIntervalTime begun = PR_IntervalNow();
    while (SSL_ForceHandshake(socket) != SECSuccess) {
        const bool patient = PR_IntervalNow() - begun < kPatience;
        if (!patient || PR_GetError() != PR_WOULD_BLOCK_ERROR) die("handshake");
        wait(socket, kPatience);
    }
}

/// Nothing when nothing came in that time; an empty text when the peer has closed.
std::optional<std::string> hear(PRFileDesc* socket, PRIntervalTime patience) {
    std::array<char, 20000> bytes;
    const PRIntervalTime begun = PR_IntervalNow();
    for (;;) {
        const PRInt32 count = PR_Recv(socket, bytes.data(), bytes.size(), 0, PR_INTERVAL_NO_WAIT);
        if (count >= 0) return std::string{bytes.data(), static_cast<std::size_t>(count)};
        // What we wrote may have met a closed port: the peer's last words are queued all the same.
        const PRErrorCode error = PR_GetError();
        if (error != PR_WOULD_BLOCK_ERROR && error != PR_CONNECT_REFUSED_ERROR) die("receive");
        const PRIntervalTime waited = PR_IntervalNow() - begun;
        if (waited >= patience) return std::nullopt;
        wait(socket, patience - waited);
    }
}

void say(PRFileDesc* socket, std::string_view text) {
    require(PR_Send(socket, text.data(), static_cast<PRInt32>(text.size()), 0, kPatience) ==
                static_cast<PRInt32>(text.size()),
            "send");
}

/// Says it until it has come back, every `again` milliseconds.
void ask(PRFileDesc* socket, const Words& words, const std::string& text) {
    const auto again = static_cast<PRUint32>(words.number("again"));
    std::optional<std::string> heard;
    for (int tries = again == 0 ? 1 : kSaidAgainMax; tries > 0 && !heard; --tries) {
        say(socket, text);
        heard = hear(socket, again == 0 ? kPatience : PR_MillisecondsToInterval(again));
    }
    require(heard == text, "echo");
}

void one(const Words& words, Identity& identity) {
    PRFileDesc* const socket = open(words, identity);
    shake_hands(socket);
    report(socket);
    const std::string text = words.text("send", "there and back");
    const int updates = words.has("key-update") ? 2 : 0;
    const int rounds = updates == 0 ? 1 : 5; // they count once they are acknowledged
    for (int round = 0; !words.listens && round < rounds; ++round) {
        if (round > 0 && round <= updates) require(SSL_KeyUpdate(socket, PR_TRUE), "key update");
        ask(socket, words, text);
        std::printf("heard round %d\n", round);
    }
    while (words.listens) {
        const auto heard = hear(socket, kPatience);
        require(heard.has_value(), "hear");
        if (heard->empty()) break;
        std::printf("heard %s\n", heard->c_str());
        std::fflush(stdout);
        say(socket, *heard);
        if (words.has("key-update")) require(SSL_KeyUpdate(socket, PR_TRUE), "key update");
    }
    PR_Close(socket);
    std::puts("closed");
    std::fflush(stdout);
}

} // namespace
} // namespace hawser::interop

int main(int argc, char** argv) {
    using hawser::interop::require;
    const hawser::interop::Words words{argc, argv};
    require(NSS_NoDB_Init(nullptr), "init");
    require(NSS_SetDomesticPolicy(), "policy");
    if (words.has("tickets") && words.listens)
        require(SSL_ConfigServerSessionIDCache(0, 0, 0, nullptr), "session cache");
    hawser::interop::Identity identity{words};
    for (unsigned long i = 0; i < words.number("connections", 1); ++i)
        hawser::interop::one(words, identity);
    return 0;
}
