// The client's side of a handshake, of both versions: which one it is, the server says.
#pragma once

#include "dtls/handshake.hpp"
#include "dtls/session_ticket.hpp"

#include "crypto/key_exchange.hpp"

#include <hawser/wire/dtls/hello.hpp>
#include <hawser/wire/dtls/key_exchange.hpp>

#include <optional>
#include <vector>

namespace hawser::dtls {

class Client final : public Handshake {
public:
    explicit Client(Connection& connection);
    void start() override;
    Step on_message(HandshakeMessage&& message) override;

private:
    bool knows_psk(std::string_view identity) const override;

    enum class Await : std::uint8_t {
        server_hello,
        certificate,            ///< 1.2, or 1.3 after there was no request
        server_key_exchange,    ///< 1.2
        request_or_done,        ///< 1.2
        server_hello_done,      ///< 1.2
        ticket_or_finished,     ///< 1.2
        encrypted_extensions,   ///< 1.3
        request_or_certificate, ///< 1.3
        certificate_verify,     ///< 1.3
        finished,
        nothing,
    };

    // client.cpp
    void send_hello();
    std::vector<std::byte> hello_body();
    /// What the first hello has, and the later ones: only what a server asked for is new.
    std::optional<HelloDraft> draft();
    void write_extensions(wire::Writer& out);
    bool has_1_2() const;
    bool has_1_3() const;
    /// Whether each of these was asked for (RFC 8446 §4.2).
    Step check_offered(const wire::dtls::ExtensionList& extensions, bool retry = false) const;
    Step check_entry(const wire::dtls::ExtensionList& extensions) const override {
        return check_offered(extensions);
    }
    Step take_srtp(Bytes value);
    void write_psk_offer(wire::Writer& out);
    void put_binder(std::vector<std::byte>& body);
    bool offers_psk13() const;
    Bytes psk13() const;
    const CipherSuiteInfo* psk13_suite() const;
    Step on_hello_verify_request(const HandshakeMessage& message);
    Step on_server_hello(HandshakeMessage&& message);
    Step take_suite(wire::dtls::CipherSuite suite, bool is_1_3);
    Step take_alpn(const wire::dtls::ExtensionList& extensions);
    Step take_common(const wire::dtls::ExtensionList& extensions);

    // client12.cpp
    Step on_server_hello12(const wire::dtls::ServerHello& hello);
    Step take_connection_id12(const wire::dtls::ExtensionList& extensions);
    Step on_message12(const HandshakeMessage& message);
    Step on_certificate12(Bytes body);
    Step on_certificate_status12(Bytes body);
    Step judge_kept_chain();
    Step on_server_key_exchange(Bytes body);
    Step take_signed_share(const wire::dtls::EcdheServerKeyExchange& exchange);
    Step take_share(const wire::dtls::EcdhParams& params);
    Step on_certificate_request12(Bytes body);
    Step send_second_flight12();
    void send_key_exchange();
    Step on_ticket12(Bytes body);
    Step on_finished12(const HandshakeMessage& message);
    void derive_master12();

    // client13.cpp
    Step on_retry_request(const HandshakeMessage& message, const wire::dtls::ServerHello& hello);
    Step on_server_hello13(const HandshakeMessage& message, const wire::dtls::ServerHello& hello);
    Step on_message13(HandshakeMessage&& message);
    Step on_encrypted_extensions(Bytes body);
    Step on_certificate_request13(Bytes body);
    Step on_certificate13(Bytes body);
    Step on_finished13(const HandshakeMessage& message);
    void send_certificate13();

    /// RFC 6347 §4.2.1 has one answered each time; a server that never believes us ends it.
    static constexpr unsigned kVerifyRequestsMax = 5;

    Await await_ = Await::server_hello;
    std::vector<crypto::KeyShare> shares_;
    std::vector<std::byte> session_id_;
    std::vector<std::byte> cookie_;       ///< of HelloVerifyRequest
    std::vector<std::byte> retry_cookie_; ///< of HelloRetryRequest
    std::vector<std::byte> hello_;        ///< the last ClientHello
    std::optional<HelloDraft> shaped_;    ///< the first one, as Options::shape_hello left it
    bool share_asked_ = false;            ///< the server asked for a share of another group
    std::uint16_t hello_sequence_ = 0;
    unsigned verify_requests_ = 0; ///< HelloVerifyRequests that came
    bool retried_ = false;         ///< a HelloRetryRequest came
    std::optional<SessionState> session_;
    bool resumed_ = false;
    bool psk_accepted_ = false;

    // 1.2
    bool ticket_expected_ = false;
    bool status_expected_ = false;                   ///< the server may staple a response
    std::vector<std::vector<std::byte>> kept_chain_; ///< shown, and judged with the response
    bool certificate_wanted_ = false;
    std::optional<crypto::SignatureScheme> own_scheme_;
    Secret shared_;
    std::vector<std::byte> own_point_;
    bool has_share_ = false;
    std::optional<Session> new_session_;
};

} // namespace hawser::dtls
