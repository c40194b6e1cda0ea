// The client's side of a handshake until the server says which version it is.
#pragma once

#include "dtls/handshake.hpp"
#include "dtls/session_ticket.hpp"

#include "crypto/key_exchange.hpp"

#include <hawser/wire/dtls/hello.hpp>

#include <optional>
#include <vector>

namespace hawser::dtls {

class Client : public Handshake {
public:
    explicit Client(const HandshakeSetting& setting) : Handshake{setting} {}

    /// Sends the first hello.
    Step start(Turn& turn);
    Step on_message(HandshakeMessage&& message, Turn& turn) override;

protected:
    Client(Client&&) = default;

    bool knows_psk(std::string_view identity) const override;
    bool offers_psk13() const;
    Bytes psk13() const;
    const CipherSuiteInfo* psk13_suite() const;
    /// Whether each of these was asked for (RFC 8446 §4.2).
    Step check_offered(const wire::dtls::ExtensionList& extensions, bool retry = false) const;
    Step check_entry(const wire::dtls::ExtensionList& extensions) const override {
        return extensions.empty() ? Step{} : check_offered(extensions);
    }
    Step take_common(const wire::dtls::ExtensionList& extensions);

    std::vector<crypto::KeyShare> shares_;
    std::vector<std::byte> session_id_;
    std::vector<std::byte> hello_; ///< the last ClientHello
    std::uint16_t hello_sequence_ = 0;
    std::optional<SessionState> session_;
    bool retried_ = false; ///< a HelloRetryRequest came
    bool resumed_ = false;
    bool certificate_wanted_ = false;
    std::optional<crypto::SignatureScheme> own_scheme_;

private:
    /// RFC 6347 §4.2.1 has one answered each time; a server that never believes us ends it.
    static constexpr unsigned kVerifyRequestsMax = 5;

    bool has_1_2() const;
    bool has_1_3() const;
    void choose_session(const Turn& turn);
    Step on_hello_verify_request(const HandshakeMessage& message, Turn& turn);
    Step on_server_hello(HandshakeMessage&& message, Turn& turn);
    Step on_retry_request(const HandshakeMessage& message, const wire::dtls::ServerHello& hello,
                          Turn& turn);
    Step renew_share(Bytes asked);
    Step take_suite(wire::dtls::CipherSuite suite, bool is_1_3);
    Step take_alpn(const wire::dtls::ExtensionList& extensions);
    Step take_srtp(Bytes value);

    // client_hello.cpp
    Step send_hello(Turn& turn);
    /// Empty when the options ask for more than a message holds.
    std::vector<std::byte> hello_body(const Turn& turn);
    /// What the first hello has, and the later ones: only what a server asked for is new.
    std::optional<HelloDraft> draft(const Turn& turn);
    void write_extensions(wire::Writer& out, const Turn& turn);
    void write_extensions12(wire::Writer& out);
    void write_extensions13(wire::Writer& out, const Turn& turn);
    void write_psk_offer(wire::Writer& out, const Turn& turn);
    void put_binder(std::vector<std::byte>& body);

    std::vector<std::byte> cookie_;       ///< of HelloVerifyRequest
    std::vector<std::byte> retry_cookie_; ///< of HelloRetryRequest
    std::optional<HelloDraft> shaped_;    ///< the first one, as Options::shape_hello left it
    bool share_asked_ = false;            ///< the server asked for a share of another group
    unsigned verify_requests_ = 0;        ///< HelloVerifyRequests that came
};

} // namespace hawser::dtls
