// The client's side of DTLS 1.3, from the ServerHello on: RFC 9147 §5, RFC 8446 §4.
#pragma once

#include "dtls/client.hpp"

namespace hawser::dtls {

class Client13 final : public Client {
public:
    explicit Client13(Client&& begun) : Client{std::move(begun)} {}
    Step begin(const HandshakeMessage& message, const wire::dtls::ServerHello& hello, Turn& turn);
    Step on_message(HandshakeMessage&& message, Turn& turn) override;

private:
    enum class Await : std::uint8_t {
        encrypted_extensions,
        request_or_certificate,
        certificate, ///< there was a request
        certificate_verify,
        finished,
    };

    Step take_psk(const wire::dtls::ServerHello& hello);
    std::expected<Secret, Fault> take_share(const wire::dtls::ServerHello& hello);
    Step take_connection_id(const wire::dtls::ServerHello& hello, Turn& turn);
    Step on_encrypted_extensions(Bytes body);
    Step on_certificate_request(Bytes body);
    Step on_certificate(Bytes body, const Turn& turn);
    Step on_finished(const HandshakeMessage& message, Turn& turn);
    Step send_certificate(Turn& turn);

    Await await_ = Await::encrypted_extensions;
    bool psk_accepted_ = false;
};

} // namespace hawser::dtls
