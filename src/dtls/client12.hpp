// The client's side of DTLS 1.2, from the ServerHello on: RFC 6347 §4.2, RFC 5246 §7.
#pragma once

#include "dtls/client.hpp"

#include <hawser/wire/dtls/key_exchange.hpp>

namespace hawser::dtls {

class Client12 final : public Client {
public:
    explicit Client12(Client&& begun) : Client{std::move(begun)} {}
    Step begin(const wire::dtls::ServerHello& hello, Turn& turn);
    Step on_message(HandshakeMessage&& message, Turn& turn) override;

private:
    enum class Await : std::uint8_t {
        certificate,
        server_key_exchange,
        request_or_done,
        server_hello_done,
        ticket_or_finished,
    };

    Step take_connection_id(const wire::dtls::ExtensionList& extensions, Turn& turn);
    Step resume(Turn& turn);
    Step on_certificate(Bytes body, const Turn& turn);
    Step on_certificate_status(Bytes body, const Turn& turn);
    Step judge_kept_chain(const Turn& turn);
    Step on_server_key_exchange(Bytes body, const Turn& turn);
    Step take_signed_share(const wire::dtls::EcdheServerKeyExchange& exchange);
    Step take_share(const wire::dtls::EcdhParams& params);
    Step on_certificate_request(Bytes body);
    Step on_server_hello_done(Bytes body, Turn& turn);
    Step send_second_flight(Turn& turn);
    void send_certificate(Turn& turn);
    Step send_certificate_verify(Turn& turn);
    void send_key_exchange(Turn& turn);
    Step on_ticket(Bytes body, const Turn& turn);
    Step on_finished(const HandshakeMessage& message, Turn& turn);
    void derive_master();

    Await await_ = Await::certificate;
    bool ticket_expected_ = false;
    bool status_expected_ = false;                   ///< the server may staple a response
    std::vector<std::vector<std::byte>> kept_chain_; ///< shown, and judged with the response
    Secret shared_;
    std::vector<std::byte> own_point_;
    bool has_share_ = false;
    std::optional<Session> new_session_;
};

} // namespace hawser::dtls
