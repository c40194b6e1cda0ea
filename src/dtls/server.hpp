// The server's side of a handshake, of both versions: the first hello decides which one.
#pragma once

#include "dtls/handshake.hpp"
#include "dtls/session_ticket.hpp"

#include "crypto/key_exchange.hpp"

#include <hawser/wire/dtls/hello.hpp>
#include <hawser/wire/dtls/pre_shared_key.hpp>

#include <optional>
#include <string>
#include <vector>

namespace hawser::dtls {

struct Services;

class Server final : public Handshake {
public:
    explicit Server(Connection& connection);
    Step on_first_hello(const ClientHelloReceived& hello);
    Step on_message(HandshakeMessage&& message) override;

private:
    bool knows_psk(std::string_view identity) const override;

    enum class Await : std::uint8_t {
        first_hello,  ///< of a renegotiation
        second_hello, ///< 1.3, after our HelloRetryRequest
        certificate,
        client_key_exchange, ///< 1.2
        certificate_verify,
        finished,
        nothing,
    };

    // server.cpp
    Step take_common(const wire::dtls::ClientHello& hello);
    Step check_entry(const wire::dtls::ExtensionList& extensions) const override;
    /// The response to staple to the identity that is shown; empty: none, or nobody asked.
    Bytes stapled() const;
    Step take_certificate_types(const wire::dtls::ExtensionList& extensions);
    Step take_alpn(const wire::dtls::ExtensionList& extensions);
    Step take_connection_id(const wire::dtls::ExtensionList& extensions);
    void write_common(wire::Writer& out);
    void write_connection_id(wire::Writer& out);
    std::optional<Psk> find_psk(Bytes identity) const;

    // server12.cpp
    Step begin12(const ClientHelloReceived& received, const wire::dtls::ClientHello& hello);
    Step choose_suite12(const wire::dtls::ClientHello& hello);
    bool choose_identity12(const CipherSuiteInfo& suite);
    Step take_extensions12(const wire::dtls::ClientHello& hello);
    bool take_ticket12(const wire::dtls::ClientHello& hello);
    Step send_first_flight12();
    Step send_key_exchange12();
    void send_certificate12();
    Step resume12();
    Step on_message12(const HandshakeMessage& message);
    Step on_certificate12(Bytes body);
    Step on_client_key_exchange(const HandshakeMessage& message);
    Step on_certificate_verify12(const HandshakeMessage& message);
    Step on_finished12(const HandshakeMessage& message);
    void send_ticket12();

    // server13.cpp
    Step begin13(const ClientHelloReceived& received, const wire::dtls::ClientHello& hello);
    Step choose_psk13(const ClientHelloReceived& received, const wire::dtls::ClientHello& hello);
    Step check_binder(const ClientHelloReceived& received, const wire::dtls::PskOffer& offer,
                      std::size_t index, bool external);
    Step choose_suite13(const ClientHelloReceived& received, const wire::dtls::ClientHello& hello);
    Step answer13(const ClientHelloReceived& received, const wire::dtls::ClientHello& hello);
    Step send_flight13();
    Step send_certificate13();
    void send_certificate_request13();
    Step on_message13(HandshakeMessage&& message);
    Step on_certificate13(Bytes body);
    Step on_finished13(const HandshakeMessage& message);
    void send_ticket13();

    Await await_ = Await::nothing;
    std::vector<std::byte> session_id_;
    std::vector<wire::dtls::SignatureScheme> peer_schemes_;
    std::vector<wire::dtls::NamedGroup> peer_groups_;
    std::optional<crypto::SignatureScheme> own_scheme_;
    bool asks_certificate_ = false;
    bool srtp_ = false;
    bool asks_status_ = false;                  ///< the client, for an OCSP response
    std::optional<std::uint16_t> record_limit_; ///< the client's
    bool connection_id_ = false;
    std::vector<std::byte> peer_cid_;

    // 1.2
    std::optional<crypto::KeyShare> share_;
    bool ticket_wanted_ = false;
    bool renegotiation_info_ = false;
    std::optional<SessionState> resumed_;
    Secret shared_;

    // 1.3
    std::vector<std::byte> psk_;
    std::uint16_t psk_index_ = 0;
    bool retried_ = false;
};

/// What a 1.3 server would answer to a hello: the same for one that keeps nothing.
struct RetryChoice {
    wire::dtls::CipherSuite suite{};
    /// The group to ask for; nullopt when a share that will do is there.
    std::optional<wire::dtls::NamedGroup> group;
};
/// nullopt when the ends have nothing in common.
std::optional<RetryChoice> choose_retry(Services& services, const Options& options,
                                        const wire::dtls::ClientHello& hello);
bool offers13(const wire::dtls::ClientHello& hello);
/// 1.2, in supported_versions where there is one (RFC 8446 §4.2.1), else by its legacy_version,
/// which must be one of DTLS.
bool offers12(const wire::dtls::ClientHello& hello);
/// The body of a HelloRetryRequest; `cookie` may be empty.
std::vector<std::byte> retry_request(const RetryChoice& choice, Bytes cookie);

} // namespace hawser::dtls
