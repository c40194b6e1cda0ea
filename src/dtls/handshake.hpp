// The part that agrees on keys: it reads messages, and answers what is to be done.
#pragma once

#include "dtls/agreement.hpp"
#include "dtls/connection_ids.hpp"
#include "dtls/inbox.hpp"
#include "dtls/key_schedule.hpp"
#include "dtls/session_ticket.hpp"
#include "dtls/transcript.hpp"
#include "dtls/turn.hpp"

#include "crypto/certificate.hpp"
#include "crypto/entropy.hpp"
#include "crypto/signature.hpp"

#include <hawser/core/check.hpp>
#include <hawser/dtls/events.hpp>
#include <hawser/dtls/options.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/wire/dtls/extension_list.hpp>
#include <hawser/wire/dtls/hello.hpp>
#include <hawser/wire/writer.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::dtls {

/// A ClientHello that a server has decided to answer.
struct ClientHelloReceived {
    Bytes body;
    std::uint16_t sequence; ///< message_seq
    /// 1.3 after a HelloRetryRequest: the hash of the first hello, and the request's own body.
    Bytes first_hello_hash;
    Bytes retry_request;
};

/// An error that ends a handshake, with what the peer is told.
struct Fault {
    AlertDescription alert;
    Errc code;
    std::string_view what;
};
using Step = std::expected<void, Fault>;

/// What a peer has said of the identities that it takes, beside signature algorithms.
struct IdentityWishes {
    bool takes_certificates = true; ///< RFC 7250: of X.509
    bool takes_raw_keys = false;
    std::vector<std::vector<std::byte>> authorities; ///< names in DER
};

inline std::unexpected<Fault> fault(AlertDescription alert, std::string_view what,
                                    Errc code = Errc::refused) {
    return std::unexpected{Fault{alert, code, what}};
}

/// By which options a handshake is done, what it fills in, and where it begins.
struct HandshakeSetting {
    Role role;
    const Options& options;
    Agreement& forming;
    const Agreement* before; ///< a renegotiation: what holds until it is done; else null
    std::uint64_t base;      ///< the epoch that it begins in
    std::uint16_t first_sequence;
    Bytes own_cid, peer_cid;
    Random& random;
    TicketKeys& tickets;
};

/// What clients and servers of both versions share. Of the connection it calls nothing: what it
/// wants done it leaves in the `Turn`. It asks the hooks of the options.
class Handshake {
public:
    explicit Handshake(const HandshakeSetting& setting);
    virtual ~Handshake() = default;
    Handshake& operator=(const Handshake&) = delete;

    /// One message of the peer's.
    virtual Step on_message(HandshakeMessage&& message, Turn& turn) = 0;
    bool done() const { return done_; }

protected:
    static constexpr std::size_t kMessageBytesMax = Inbox::kMessageBytesMax;

    /// Goes on where the other one has got to.
    Handshake(Handshake&&) = default;

    const Options& options() const { return options_; }
    bool again() const { return before_ != nullptr; } ///< a renegotiation
    /// As the functions below say it of these options and this end.
    std::vector<wire::dtls::CipherSuite> own_suites() const;
    bool speaks(Version version) const;
    crypto::Entropy entropy();

    /// Writes a message, puts it into the transcript and the flight.
    template <std::invocable<wire::Writer&> WriteBody>
    void send(Turn& turn, HandshakeType type, std::uint64_t epoch, WriteBody&& write_body) {
        std::vector<std::byte> room(kMessageBytesMax);
        wire::Writer out{room};
        write_body(out);
        HAWSER_ASSERT(out.ok()); // the options were checked for what is too long
        room.resize(out.written());
        send_body(turn, type, epoch, std::move(room));
    }
    void send_body(Turn& turn, HandshakeType type, std::uint64_t epoch,
                   std::vector<std::byte> body);
    /// Into the flight alone; its message_seq.
    std::uint16_t queue(Turn& turn, HandshakeType type, std::uint64_t epoch,
                        std::vector<std::byte> body);
    void use_peer_cid(Turn& turn, Bytes cid);
    void drop_own_cid(Turn& turn);
    void establish(Turn& turn);

    // certificates: handshake_certificate.cpp
    /// Ours, in order.
    std::vector<const Identity*> identities() const;
    /// The first scheme of the key that the peer takes.
    static std::optional<crypto::SignatureScheme>
    scheme_of(const Identity& identity, std::span<const wire::dtls::SignatureScheme> offered,
              bool is_1_3);
    void show(std::size_t index);
    /// Whether the peer takes what the identity is, and its issuers.
    bool peer_takes(const Identity& identity) const;
    /// Chooses the first identity that the peer takes, and with what it signs.
    std::optional<crypto::SignatureScheme>
    choose_identity(std::span<const wire::dtls::SignatureScheme> offered, bool is_1_3,
                    const std::function<bool(crypto::KeyKind)>& takes = {});
    std::vector<Bytes> own_chain(bool raw) const;
    /// Judges the chain, or the raw key, by the options; keeps the public key.
    Step take_certificate(std::span<const Bytes> chain, bool raw, const Turn& turn);
    /// Whether a peer that shows no certificate is taken.
    bool may_be_absent() const;
    /// CertificateVerify: the transcript, signed with the identity that is shown.
    Step send_certificate_verify13(Turn& turn, crypto::SignatureScheme scheme);
    Step verify13(Bytes body, bool server) const;

    /// Whether the peer of a session would be taken by the rules and at the time of now.
    bool still_takes(const SessionPeer& peer, const Turn& turn);
    virtual bool knows_psk(std::string_view identity) const = 0;
    /// The session is taken up: its peer is ours.
    void remember_peer(const SessionPeer& peer);
    /// The peer, for a session of this handshake.
    SessionPeer peer_of_session(std::size_t chain_bytes_max) const;

    // RFC 8449: in 1.3 a limit counts the content type, so there the largest is one more.
    std::uint16_t shown_record_limit(bool is_1_3) const;
    /// The peer's, once the version is certain. From now on it knows ours.
    void take_record_limit(std::uint16_t limit);

    // what both ends of 1.2 do: handshake12.cpp
    /// RFC 5746 §3.4 to §3.7: what the peer's renegotiation_info has to be; `of_server`: the
    /// server's, which has both halves.
    Step take_renegotiation_info(std::optional<Bytes> value, bool of_server);
    std::vector<std::byte> renegotiated_connection(bool of_server) const;
    /// Nor does it change IDs: the peer's is the one of before, and ours is still used.
    bool keeps_connection_ids(Bytes peers, bool uses_ours) const;
    /// A renegotiation changes keys, not peers.
    Step check_same_peer() const;
    void install_read12(Turn& turn);
    void send_finished12(Turn& turn);
    Step take_finished12(const HandshakeMessage& message);

    // what both ends of 1.3 do: handshake13.cpp
    /// From the shared secret, once ServerHello is in the transcript.
    void derive_handshake13(Turn& turn, Bytes psk, Bytes shared);
    /// Once the server's Finished is.
    void derive_traffic13(Turn& turn);
    Step take_certificate13(Bytes body, const Turn& turn);
    /// Whether the extensions of the peer's certificate were asked for (RFC 8446 §4.4.2).
    virtual Step check_entry(const wire::dtls::ExtensionList& extensions) const = 0;
    Step take_finished13(const HandshakeMessage& message);
    void send_finished13(Turn& turn);
    void install13(Turn& turn, const Secret& client, const Secret& server, std::uint64_t epoch);
    void log(Turn& turn, std::string_view label, const Secret& secret) const;

    const Role role_;
    const Options& options_;
    Agreement& forming_;            ///< not after `establish`: what is done may be moved elsewhere
    const Agreement* const before_; ///< of a renegotiation
    const std::uint64_t base_;      ///< the epoch that it begins in
    Random& random_;
    TicketKeys& tickets_;
    std::uint16_t next_sequence_; ///< message_seq
    ConnectionId own_cid_, peer_cid_;
    Transcript transcript_;
    Connected result_{};
    HelloRandom client_random_{};
    HelloRandom server_random_{};
    const CipherSuiteInfo* suite_ = nullptr;
    std::optional<Schedule13> schedule_;
    Secret client_handshake_, server_handshake_; ///< traffic secrets of 1.3
    const Identity* identity_ = nullptr;         ///< the one of ours that is shown
    crypto::PublicKey peer_key_;
    bool peer_showed_certificate_ = false;
    SessionPeer shown_;         ///< the chain, where the rules may need it again
    bool peer_raw_key_ = false; ///< the peer shows a raw public key
    bool own_raw_key_ = false;
    IdentityWishes wishes_; ///< the peer's
    bool done_ = false;
};

/// Of a name as people write it, what a certificate has: an IPv6 address without brackets and
/// scope, which means something on one host alone (RFC 4007 §11.2).
std::string_view without_scope(std::string_view name);
bool is_address(std::string_view name);
/// What is wrong when the other end's Finished is; `role` is ours.
std::string_view wrong_finished(Role role);
/// Whether the server shows a certificate under this suite of 1.2.
bool with_certificate(const CipherSuiteInfo& suite);
/// RFC 4279 §2, RFC 5489 §2: what a PSK, and the shared secret where there is one, come to.
std::vector<std::byte> psk_premaster(Bytes psk, bool has_shared, Bytes shared);

/// The signature algorithms that the peer may use, best first: those of these options, of those
/// that hawser checks.
std::vector<wire::dtls::SignatureScheme> schemes_of(const Options& options);
/// The groups of these options, of those that libcrypto has.
std::vector<wire::dtls::NamedGroup> groups_of(const Options& options);
/// The cipher suites that these options allow an end of this role, best first.
std::vector<wire::dtls::CipherSuite> suites_of(const Options& options, Role role);
/// Whether one of these suites is of the version. Allocates nothing.
bool speaks(const Options& options, Version version, Role role);
/// Whether a group of these options can be used in the version.
bool has_group(const Options& options, Version version);

} // namespace hawser::dtls
