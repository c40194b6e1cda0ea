// Mbed TLS 2.28 as a DTLS 1.2 peer: see words.hpp.
#include "interop/dtls/peers/loopback.hpp"

#include <algorithm>
#include <array>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cookie.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/timing.h>
#include <mbedtls/version.h>

namespace hawser::interop {
namespace {

constexpr std::uint32_t kRetransmitMinMs = 300;
constexpr std::uint32_t kRetransmitMaxMs = 2'000;
constexpr std::uint32_t kTicketSeconds = 3'600;

int require(int result, std::string_view what) {
    if (result >= 0) return result;
    std::array<char, 200> why{};
    mbedtls_strerror(result, why.data(), why.size());
    die(what, why.data());
}

/// The library exports no keys itself, but gives away what they are made of.
struct Secrets {
    std::array<unsigned char, 48> master{};
    std::array<unsigned char, 64> randoms{};
    mbedtls_tls_prf_types prf = MBEDTLS_SSL_TLS_PRF_NONE;

    static int keep(void* into, const unsigned char* master, const unsigned char*, std::size_t,
                    std::size_t, std::size_t, const unsigned char client_random[32],
                    const unsigned char server_random[32], mbedtls_tls_prf_types prf) {
        auto& secrets = *static_cast<Secrets*>(into);
        std::copy_n(master, secrets.master.size(), secrets.master.begin());
        std::copy_n(client_random, 32, secrets.randoms.begin());
        std::copy_n(server_random, 32, secrets.randoms.begin() + 32);
        secrets.prf = prf;
        return 0;
    }

    /// RFC 5705 §4, without a context.
    std::string exported() const {
        std::array<unsigned char, kExportBytes> keys{};
        require(mbedtls_ssl_tls_prf(prf, master.data(), master.size(), kLabel.data(),
                                    randoms.data(), randoms.size(), keys.data(), keys.size()),
                "export");
        return to_hex(keys.data(), keys.size());
    }
};

/// All that connections share.
class Setup {
public:
    explicit Setup(const Words& words) : words_{words} {
        mbedtls_entropy_init(&entropy_);
        mbedtls_ctr_drbg_init(&random_);
        mbedtls_ssl_config_init(&config);
        mbedtls_x509_crt_init(&authority_);
        mbedtls_x509_crt_init(&certificate_);
        mbedtls_pk_init(&key_);
        mbedtls_ssl_cookie_init(&cookies_);
        mbedtls_ssl_ticket_init(&tickets_);
        require(mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0),
                "seed");
        require(mbedtls_ssl_config_defaults(
                    &config, words.listens ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                    MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT),
                "defaults");
        mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random_);
        mbedtls_ssl_conf_handshake_timeout(&config, kRetransmitMinMs, kRetransmitMaxMs);
        mbedtls_ssl_conf_export_keys_ext_cb(&config, Secrets::keep, &secrets);
        credentials();
        offer();
        if (words.listens) serve();
    }

    mbedtls_ssl_config config;
    Secrets secrets;

private:
    void credentials() {
        const bool judged = words_.has("ca");
        if (judged) {
            require(mbedtls_x509_crt_parse_file(&authority_, words_.text("ca").c_str()), "ca");
            mbedtls_ssl_conf_ca_chain(&config, &authority_, nullptr);
        }
        mbedtls_ssl_conf_authmode(&config,
                                  judged ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
        if (words_.has("cert")) {
            require(mbedtls_x509_crt_parse_file(&certificate_, words_.text("cert").c_str()),
                    "certificate");
            require(mbedtls_pk_parse_keyfile(&key_, words_.text("key").c_str(), nullptr), "key");
            require(mbedtls_ssl_conf_own_cert(&config, &certificate_, &key_), "identity");
        }
        if (words_.has("psk")) {
            const std::vector<unsigned char> psk = words_.hex("psk");
            const std::string identity = words_.text("psk-identity", "rope");
            require(mbedtls_ssl_conf_psk(&config, psk.data(), psk.size(),
                                         reinterpret_cast<const unsigned char*>(identity.data()),
                                         identity.size()),
                    "psk");
        }
    }

    void offer() {
        if (words_.has("suite")) {
            suites_[0] = static_cast<int>(words_.number("suite"));
            mbedtls_ssl_conf_ciphersuites(&config, suites_.data());
        }
        if (words_.has("group")) {
            const auto* const curve = mbedtls_ecp_curve_info_from_tls_id(
                static_cast<std::uint16_t>(words_.number("group")));
            if (curve == nullptr) die("group", "unknown");
            groups_[0] = curve->grp_id;
            mbedtls_ssl_conf_curves(&config, groups_.data());
        }
        if (words_.has("alpn")) {
            alpn_ = words_.text("alpn");
            protocols_[0] = alpn_.c_str();
            require(mbedtls_ssl_conf_alpn_protocols(&config, protocols_.data()), "alpn");
        }
        if (words_.has("srtp")) {
            srtp_[0] = static_cast<mbedtls_ssl_srtp_profile>(words_.number("srtp"));
            require(mbedtls_ssl_conf_dtls_srtp_protection_profiles(&config, srtp_.data()), "srtp");
        }
        if (words_.has("no-ems"))
            mbedtls_ssl_conf_extended_master_secret(&config, MBEDTLS_SSL_EXTENDED_MS_DISABLED);
    }

    void serve() {
        require(mbedtls_ssl_cookie_setup(&cookies_, mbedtls_ctr_drbg_random, &random_), "cookies");
        if (words_.has("no-cookie"))
            mbedtls_ssl_conf_dtls_cookies(&config, nullptr, nullptr, nullptr);
        else
            mbedtls_ssl_conf_dtls_cookies(&config, mbedtls_ssl_cookie_write,
                                          mbedtls_ssl_cookie_check, &cookies_);
        if (!words_.has("tickets")) return;
        require(mbedtls_ssl_ticket_setup(&tickets_, mbedtls_ctr_drbg_random, &random_,
                                         MBEDTLS_CIPHER_AES_256_GCM, kTicketSeconds),
                "tickets");
        mbedtls_ssl_conf_session_tickets_cb(&config, mbedtls_ssl_ticket_write,
                                            mbedtls_ssl_ticket_parse, &tickets_);
    }

    const Words& words_;
    mbedtls_entropy_context entropy_;
    mbedtls_ctr_drbg_context random_;
    mbedtls_x509_crt authority_;
    mbedtls_x509_crt certificate_;
    mbedtls_pk_context key_;
    mbedtls_ssl_cookie_ctx cookies_;
    mbedtls_ssl_ticket_context tickets_;
    std::array<int, 2> suites_{};
    std::array<mbedtls_ecp_group_id, 2> groups_{};
    std::string alpn_;
    std::array<const char*, 2> protocols_{};
    std::array<mbedtls_ssl_srtp_profile, 2> srtp_{};
};

class Link {
public:
    Link(const Words& words, Setup& setup) : words_{words}, setup_{setup}, udp_{words} {
        mbedtls_ssl_init(&ssl_);
        require(mbedtls_ssl_setup(&ssl_, &setup.config), "setup");
        mbedtls_ssl_set_bio(&ssl_, &udp_, send, nullptr, receive);
        mbedtls_ssl_set_timer_cb(&ssl_, &timer_, mbedtls_timing_set_delay,
                                 mbedtls_timing_get_delay);
        if (words.has("mtu"))
            mbedtls_ssl_set_mtu(&ssl_, static_cast<std::uint16_t>(words.number("mtu")));
        if (!words.listens) require(mbedtls_ssl_set_hostname(&ssl_, "server.example"), "name");
    }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() { mbedtls_ssl_free(&ssl_); }

    /// Takes the session up, when there is one.
    void shake_hands(mbedtls_ssl_session& session, bool has_session) {
        if (has_session) require(mbedtls_ssl_set_session(&ssl_, &session), "set session");
        mbedtls_ssl_conf_read_timeout(&setup_.config, kPatienceMs);
        for (int result = MBEDTLS_ERR_SSL_WANT_READ; result != 0;) {
            if (result == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED)
                require(mbedtls_ssl_session_reset(&ssl_), "reset");
            else if (result != MBEDTLS_ERR_SSL_WANT_READ)
                require(result, "handshake");
            if (words_.listens)
                require(mbedtls_ssl_set_client_transport_id(
                            &ssl_, reinterpret_cast<const unsigned char*>("client"), 6),
                        "transport id");
            result = mbedtls_ssl_handshake(&ssl_);
        }
        if (!words_.listens) require(mbedtls_ssl_get_session(&ssl_, &session), "get session");
    }

    void report() {
        const char* const suite = mbedtls_ssl_get_ciphersuite(&ssl_);
        const char* const protocol = mbedtls_ssl_get_alpn_protocol(&ssl_);
        mbedtls_dtls_srtp_info srtp{};
        mbedtls_ssl_get_dtls_srtp_negotiation_result(&ssl_, &srtp);
        std::printf("connected library=" MBEDTLS_VERSION_STRING
                    " version=%s suite=%04x alpn=%s srtp=%u export=%s\n",
                    mbedtls_ssl_get_version(&ssl_),
                    static_cast<unsigned>(mbedtls_ssl_get_ciphersuite_id(suite)),
                    protocol == nullptr ? "" : protocol,
                    static_cast<unsigned>(srtp.chosen_dtls_srtp_profile),
                    setup_.secrets.exported().c_str());
        std::fflush(stdout);
    }

    void say(const std::string& text) {
        require(mbedtls_ssl_write(&ssl_, reinterpret_cast<const unsigned char*>(text.data()),
                                  text.size()),
                "write");
    }

    std::optional<std::string> hear(int wait_ms) {
        mbedtls_ssl_conf_read_timeout(&setup_.config, static_cast<std::uint32_t>(wait_ms));
        std::array<unsigned char, 20'000> bytes;
        int count = MBEDTLS_ERR_SSL_WANT_READ;
        while (count == MBEDTLS_ERR_SSL_WANT_READ)
            count = mbedtls_ssl_read(&ssl_, bytes.data(), bytes.size());
        if (count == MBEDTLS_ERR_SSL_TIMEOUT) return std::nullopt;
        if (count == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) return "";
        require(count, "read");
        return std::string{bytes.data(), bytes.data() + count};
    }

    void close() { require(mbedtls_ssl_close_notify(&ssl_), "close"); }

private:
    static int send(void* udp, const unsigned char* bytes, std::size_t count) {
        static_cast<Udp*>(udp)->send(bytes, count);
        return static_cast<int>(count);
    }

    static int receive(void* udp, unsigned char* into, std::size_t room, std::uint32_t wait_ms) {
        const auto count = static_cast<Udp*>(udp)->receive(
            into, room, wait_ms == 0 ? -1 : static_cast<int>(wait_ms));
        return count ? static_cast<int>(*count) : MBEDTLS_ERR_SSL_TIMEOUT;
    }

    const Words& words_;
    Setup& setup_;
    Udp udp_;
    mbedtls_timing_delay_context timer_{};
    mbedtls_ssl_context ssl_;
};

} // namespace
} // namespace hawser::interop

int main(int argc, char** argv) {
    namespace interop = hawser::interop;
    const interop::Words words{argc, argv};
    interop::Setup setup{words};
    mbedtls_ssl_session session;
    mbedtls_ssl_session_init(&session);
    for (unsigned long i = 0; i < words.number("connections", 1); ++i) {
        interop::Link link{words, setup};
        link.shake_hands(session, !words.listens && i > 0);
        link.report();
        interop::talk(words, link);
        interop::show("closed");
    }
    return 0;
}
