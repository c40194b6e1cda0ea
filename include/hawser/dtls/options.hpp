// How DTLS connections behave: every option with its unit, default, range and reason.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/dtls/credentials.hpp>
#include <hawser/dtls/hello_hooks.hpp>
#include <hawser/wire/dtls/cipher_suite.hpp>
#include <hawser/wire/dtls/numbers.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hawser::dtls {

using wire::dtls::AlertDescription;
using wire::dtls::CipherSuite;
using wire::dtls::NamedGroup;
using wire::dtls::SrtpProfile;
using wire::dtls::Version;

/// What the peer showed of itself.
struct PeerCertificate {
    /// DER, leaf first; empty when it showed a raw public key.
    std::span<const Bytes> chain;
    Bytes public_key; ///< SubjectPublicKeyInfo
    Fingerprint fingerprint;
    /// Server's: the OCSP response that it stapled, in DER (Options::ask_ocsp); empty: none. Of a
    /// session that is taken up, the one that came when it began.
    Bytes ocsp_response;
};

/// How the peer's certificate is judged. Every rule that is set must hold; a server that has none
/// asks for no certificate, a client that has none takes only what `anyone` allows.
struct Verification {
    /// The chain must end in one of these, and be valid now.
    std::optional<TrustAnchors> anchors;
    /// With `anchors`: a host name or an IP address that the leaf must carry; of `[fe80::1%2]`, the
    /// address alone.
    std::string name;
    /// One of these must be the leaf's, or the raw public key's.
    std::vector<Fingerprint> fingerprints;
    /// A judge of the caller's own, called during the handshake: must not block. Asked again,
    /// with the same chain, when a session is taken up.
    std::function<bool(const PeerCertificate&)> accepts;
    /// Any certificate will do: for encryption without authentication, and for WebRTC, where the
    /// fingerprint is compared later.
    bool anyone = false;
    /// Server: a client that shows no certificate is taken, too.
    bool optional = false;
    /// What the peer is told when `accepts` does not take it, or its fingerprint is another one.
    AlertDescription refusal = AlertDescription::bad_certificate;

    bool wanted() const { return anchors || !fingerprints.empty() || accepts != nullptr || anyone; }
};

/// A session that a server allowed to be taken up again; see TicketReceived.
struct Session {
    std::vector<std::byte> state; ///< opaque, secret
};

/// What a server is asked when a client names no known identity.
struct PskQuery {
    std::string_view identity; ///< as the client named it
    Bytes session_id;          ///< of the ClientHello; in a renegotiation, of the first one
};

/// The longest server_name: a host name has no more.
inline constexpr std::size_t kServerNameBytesMax = 255;
/// Of all ALPN names together, with one byte more for each: with the longest PSK identity and
/// server name beside them, a hello still is one that every hawser server puts together (16 KiB).
inline constexpr std::size_t kAlpnBytesMax = 8'192;

/// One end's behaviour.
struct Options {
    // --- what is offered, best first: at most 64 of each ---
    Version version_min = Version::v1_2;
    Version version_max = Version::v1_3;
    /// Empty: all that the credentials allow. A version without a suite here is not spoken.
    std::vector<CipherSuite> cipher_suites;
    /// Empty: X25519MLKEM768, X25519, P-256, P-384. Those that libcrypto has not are passed over;
    /// one has to be left, and for ECDHE in 1.2 one that is no hybrid.
    std::vector<NamedGroup> groups;
    /// What the peer may prove its key with (RFC 8446 §4.2.3). Empty: all that hawser checks, which
    /// are ECDSA on P-256 and P-384, Ed25519, RSA-PSS and, for 1.2 alone, RSA with PKCS #1 padding.
    /// Others are passed over; one has to be left. Of the signatures in a chain this says nothing.
    std::vector<wire::dtls::SignatureScheme> signature_schemes;
    /// RFC 7301; a server with some refuses others. Names of 1 to 255 bytes, `kAlpnBytesMax` in
    /// all.
    std::vector<std::string> alpn;
    std::vector<SrtpProfile> srtp_profiles; ///< RFC 5764; empty: no use_srtp
    /// Client: the master key identifier that is proposed with them, 0 to 255 bytes (RFC 5764
    /// §4.1.1). The server may do without; see Connected::srtp_mki.
    std::vector<std::byte> srtp_mki;
    bool take_srtp_mki = false; ///< server: whether the one that a client proposes is used

    // --- who we are and whom we take ---
    /// A server needs it, or PSKs. The chain has at most 65536 bytes as a message of 1.3: its
    /// certificates with 5 bytes more for each, and 4.
    std::optional<Identity> identity;
    /// Others to show where the peer does not take the one before: its signature algorithms, its
    /// curves, the cipher suites of 1.2, raw public keys or certificates, issuers. An RSA chain
    /// beside an ECDSA one, say; 15 at most, and only with `identity`.
    std::vector<Identity> more_identities;
    /// RFC 7250: take bare keys, and show the key of an identity without its certificates, where
    /// the peer agrees. An Identity::raw_public_key is shown in either case.
    bool raw_public_key = false;
    Verification verification;
    /// Client: asks a server with a certificate for an OCSP response beside it (RFC 6066 §8, RFC
    /// 8446 §4.4.2.1). The server may have none. What one says is not judged here: the response is
    /// shown to `Verification::accepts` and stands in Connected::ocsp_response. One that is
    /// malformed, empty, or comes without being asked for ends the handshake. Off: who does not
    /// look at responses need not ask for some hundred bytes of them.
    bool ask_ocsp = false;
    std::vector<Psk> psks; ///< a client offers the first
    /// Server: asked for the key when `psks` does not have it. Must not block. A key without bytes,
    /// or of more than a Psk has, is none.
    std::function<std::optional<Psk>(const PskQuery&)> find_psk;
    /// RFC 4279 §5.2, 1.2 servers; at most `kPskIdentityBytesMax` bytes.
    std::string psk_hint;
    /// Client: sent as SNI when it is a host name (RFC 6066 §3), of at most `kServerNameBytesMax`
    /// bytes.
    std::string server_name;
    /// Server: whether it says that it has used the client's server_name (RFC 6066 §3): for options
    /// that `on_hello` has chosen by it. Off, because pion's clients (v3.1.5) take no such answer.
    bool answer_server_name = false;
    /// Client: a session to take up again.
    std::optional<Session> session;
    bool issue_tickets = true; ///< server
    /// 1 second to 7 days (RFC 8446 §4.6.1).
    std::chrono::seconds ticket_lifetime = std::chrono::hours{2};

    // --- connection IDs (RFC 9146, RFC 9147 §9) ---
    /// Bytes of the IDs that the peer is to put on what it sends us, 0 to 20; nullopt: none is
    /// negotiated. 0: we can use the peer's, and need none ourselves.
    std::optional<std::uint8_t> connection_id_bytes;

    // --- hello hooks: called during the handshake, must not block ---
    /// Client: may change its first hello. What it said is said again where a server asks for
    /// another hello, but for what the server asked for. Not called for renegotiations.
    std::function<void(HelloDraft&)> shape_hello;
    /// Server: looks at a hello whose client has shown that it is where it says (or at every one
    /// without `cookie_exchange`), before anything is kept of it.
    std::function<HelloAnswer(const HelloSeen&)> on_hello;

    // --- profile ---
    /// 1.2: whether the peer may begin another handshake under the keys of this one, and
    /// Endpoint::renegotiate may (RFC 5746; never without its indication). Where not, the peer is
    /// told `no_renegotiation`. For the tunnels of OpenConnect, which change their keys that way.
    bool renegotiation = false;
    /// Extended master secret (RFC 7627) is demanded of certificates always, and of PSKs if set:
    /// OpenConnect's clients do not offer it.
    bool psk_needs_extended_master_secret = true;
    /// A server proves a client's address before it keeps anything (RFC 6347 §4.2.1, RFC 9147
    /// §5.1). Off only where something else has proved it: ICE, a filter.
    bool cookie_exchange = true;
    /// The largest record that the peer may send us (RFC 8449), 64 to 16384 bytes of content.
    std::uint16_t record_size_limit = 16'384;

    // --- datagrams and timers ---
    /// The largest datagram of handshake records, 256 to 65000 bytes. 1200 crosses every path that
    /// carries IPv6.
    std::size_t handshake_datagram_bytes = 1'200;
    /// Records of data that wait together share a datagram of up to so many bytes when their
    /// ancillary data is equal: 0, or 256 to 65000. 0 keeps the boundaries: one datagram a write.
    std::size_t coalesce_bytes = 0;
    /// RFC 9147 §5.8.2: 1 millisecond to `retransmission_max`.
    Duration retransmission_initial = std::chrono::seconds{1};
    Duration retransmission_max = std::chrono::seconds{60}; ///< 1 millisecond to 1 hour
    /// 1.3: whether an acknowledgement waits for a quarter of the retransmission timer (RFC 9147
    /// §7.1), so that one does for several tickets, say, or for what the path has reordered. Off,
    /// because a peer writes under new keys only once its KeyUpdate is acknowledged.
    bool acknowledge_later = false;
    /// 1 millisecond or more; Duration::max(): it may take for ever.
    Duration handshake_timeout = std::chrono::seconds{60};
    /// Records after the newest that are still taken once, 64 to 65536. Large, because classes of
    /// traffic overtake each other; its storage grows with the reordering seen.
    std::uint32_t replay_window = 16'384;

    // --- markings ---
    Ancillary ancillary;           ///< of data, where a write leaves them unset
    Ancillary handshake_ancillary; ///< of handshake records, alerts and ACKs
};

/// What all connections behind one set of sockets share.
struct EndpointOptions {
    std::size_t connections_max = 1'000'000;
    std::size_t half_open_max = 10'000; ///< handshakes under way as server
    std::uint32_t hello_answers_per_second = 20'000;
    Duration cookie_lifetime = std::chrono::seconds{60}; ///< 1 second or more
    /// What the keys of session tickets are made from, 32 bytes or more; endpoints with the same
    /// one take each other's tickets, also after a restart. Empty: this one makes it up.
    std::vector<std::byte> ticket_secret;
    /// One of several endpoints behind one port, 1 to 255 (a thread each, say): the first byte of
    /// every connection ID it gives out is `shard` modulo `shards`, from which whoever hands out
    /// datagrams knows whose a record is, wherever it comes from.
    std::uint8_t shards = 1;
    std::uint8_t shard = 0; ///< this one of them, from 0
};

} // namespace hawser::dtls
