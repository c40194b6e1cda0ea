// The server's side of DTLS 1.2: RFC 6347 §4.2, RFC 5246 §7.
#pragma once

#include "dtls/server.hpp"

#include "crypto/key_exchange.hpp"

#include <hawser/wire/dtls/key_exchange.hpp>

namespace hawser::dtls {

class Server12 final : public Server {
public:
    explicit Server12(Server&& begun) : Server{std::move(begun)} {}
    Step begin(const ClientHelloReceived& received, const wire::dtls::ClientHello& hello,
               Turn& turn);
    Step on_message(HandshakeMessage&& message, Turn& turn) override;

private:
    enum class Await : std::uint8_t {
        certificate,
        client_key_exchange,
        certificate_verify,
        finished,
        nothing,
    };

    Step check_version(const wire::dtls::ClientHello& hello);
    Step choose_suite(const wire::dtls::ClientHello& hello);
    bool choose_identity_for(const CipherSuiteInfo& suite);
    Step take_extensions(const wire::dtls::ClientHello& hello);
    bool take_ticket(const wire::dtls::ClientHello& hello, const Turn& turn);
    Step send_first_flight(Turn& turn);
    void send_hello(Turn& turn);
    Step send_key_exchange(Turn& turn);
    Step send_signed_share(const wire::dtls::EcdhParams& params, Turn& turn);
    void send_certificate(Turn& turn);
    void send_certificate_request(Turn& turn);
    Step resume(Turn& turn);
    Step on_certificate(Bytes body, const Turn& turn);
    Step on_client_key_exchange(const HandshakeMessage& message, Turn& turn);
    Step on_certificate_verify(const HandshakeMessage& message);
    Step on_finished(const HandshakeMessage& message, Turn& turn);
    void send_ticket(Turn& turn);

    Await await_ = Await::nothing;
    std::optional<crypto::KeyShare> share_;
    bool ticket_wanted_ = false;
    bool renegotiation_info_ = false;
    std::optional<SessionState> resumed_;
    Secret shared_;
};

} // namespace hawser::dtls
