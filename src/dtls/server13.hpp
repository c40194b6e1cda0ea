// The server's side of DTLS 1.3: RFC 9147 §5, RFC 8446 §4.
#pragma once

#include "dtls/server.hpp"

#include <hawser/wire/dtls/pre_shared_key.hpp>

namespace hawser::dtls {

class Server13 final : public Server {
public:
    explicit Server13(Server&& begun) : Server{std::move(begun)} {}
    Step begin(const ClientHelloReceived& received, const wire::dtls::ClientHello& hello,
               Turn& turn);
    Step on_message(HandshakeMessage&& message, Turn& turn) override;

private:
    enum class Await : std::uint8_t {
        second_hello, ///< after our HelloRetryRequest
        certificate,
        certificate_verify,
        finished,
        nothing,
    };

    Step choose_psk(const ClientHelloReceived& received, const wire::dtls::ClientHello& hello,
                    const Turn& turn);
    Step check_binder(const ClientHelloReceived& received, const wire::dtls::PskOffer& offer,
                      std::size_t index, bool external);
    Step choose_suite(const ClientHelloReceived& received, const wire::dtls::ClientHello& hello);
    void ask_again(const ClientHelloReceived& received, wire::dtls::NamedGroup group, Turn& turn);
    Step answer(const ClientHelloReceived& received, const wire::dtls::ClientHello& hello,
                Turn& turn);
    Step send_flight(Turn& turn);
    Step send_certificate(Turn& turn);
    void send_certificate_request(Turn& turn);
    Step on_second_hello(const HandshakeMessage& message, Turn& turn);
    Step on_certificate(Bytes body, const Turn& turn);
    Step on_finished(const HandshakeMessage& message, Turn& turn);
    void send_ticket(Turn& turn);

    Await await_ = Await::nothing;
    std::vector<std::byte> psk_;
    std::uint16_t psk_index_ = 0;
    bool retried_ = false;
};

} // namespace hawser::dtls
