// The server's side of a handshake until the first hello says which version it is.
#pragma once

#include "dtls/handshake.hpp"
#include "dtls/retry.hpp"
#include "dtls/session_ticket.hpp"

#include <hawser/wire/dtls/hello.hpp>

#include <optional>
#include <string>
#include <vector>

namespace hawser::dtls {

class Server : public Handshake {
public:
    explicit Server(const HandshakeSetting& setting) : Handshake{setting} {}

    Step on_first_hello(const ClientHelloReceived& hello, Turn& turn);
    /// The first hello of a renegotiation.
    Step on_message(HandshakeMessage&& message, Turn& turn) override;

protected:
    Server(Server&&) = default;

    bool knows_psk(std::string_view identity) const override;
    Step check_entry(const wire::dtls::ExtensionList& extensions) const override;
    /// The response to staple to the identity that is shown; empty: none, or nobody asked.
    Bytes stapled() const;
    std::optional<Psk> find_psk(Bytes identity) const;
    /// What the answer of either version depends on.
    Step take_common(const wire::dtls::ClientHello& hello, Turn& turn);
    /// In ServerHello of 1.2, in EncryptedExtensions of 1.3.
    void write_common(wire::Writer& out);
    void write_connection_id(wire::Writer& out);

    std::vector<std::byte> session_id_;
    std::vector<wire::dtls::SignatureScheme> peer_schemes_;
    std::vector<wire::dtls::NamedGroup> peer_groups_;
    std::optional<crypto::SignatureScheme> own_scheme_;
    bool asks_certificate_ = false;
    bool asks_status_ = false;                  ///< the client, for an OCSP response
    std::optional<std::uint16_t> record_limit_; ///< the client's
    bool connection_id_ = false;
    ConnectionId client_cid_; ///< that the client wants on our records

private:
    /// Nothing of an earlier hello counts, where the client was asked for another one.
    void forget_hello();
    Step take_certificate_types(const wire::dtls::ExtensionList& extensions);
    Step take_alpn(const wire::dtls::ExtensionList& extensions);
    Step take_srtp(const wire::dtls::ExtensionList& extensions);
    Step take_connection_id(const wire::dtls::ExtensionList& extensions, Turn& turn);
};

bool offers13(const wire::dtls::ClientHello& hello);
/// 1.2, in supported_versions where there is one (RFC 8446 §4.2.1), else by its legacy_version,
/// which must be one of DTLS.
bool offers12(const wire::dtls::ClientHello& hello);

} // namespace hawser::dtls
