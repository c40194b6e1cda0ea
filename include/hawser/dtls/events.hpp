// What DTLS tells its user.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/buffer.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/core/path.hpp>
#include <hawser/core/result.hpp>
#include <hawser/dtls/options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hawser::dtls {

/// One connection of an endpoint. Never used again for another one.
enum class ConnectionHandle : std::uint64_t {};

/// The handshake is done: what was agreed on. Data may have been refused until now.
struct Connected {
    ConnectionHandle connection;
    Path path;
    Version version;
    CipherSuite cipher_suite;
    std::optional<NamedGroup> group;
    bool incoming; ///< the peer asked for it
    bool resumed;
    std::string alpn;        ///< empty: none
    std::string server_name; ///< incoming: what the client asked for
    std::string psk_identity;
    std::optional<SrtpProfile> srtp_profile;
    std::vector<std::byte> srtp_mki; ///< that both agreed to use; empty: none
    /// The one of ours that was shown: 0 is Options::identity, then come `more_identities`.
    std::optional<std::size_t> shown_identity;
    std::optional<Fingerprint> peer_fingerprint; ///< of its certificate or raw key
    /// Client: what the server stapled to its certificate, in DER, not judged (Options::ask_ocsp);
    /// of a session that is taken up, what came when it began. Empty: nothing.
    std::vector<std::byte> ocsp_response;
    std::uint8_t connection_id_bytes; ///< of the ID on what we receive
    bool peer_uses_connection_ids;    ///< what we send carries one
};

/// The peer has all of the handshake: it acknowledged our Finished (RFC 9147 §7). Until then a
/// server of 1.3 may still refuse a client that is `Connected`, its certificate, for example. In
/// every other role `Connected` says this already, and nothing more comes; nor does it where every
/// acknowledgement is lost.
struct HandshakeConfirmed {
    ConnectionHandle connection;
};

/// One record of the peer's: its bytes, and all that came with them.
struct Received {
    ConnectionHandle connection;
    Buffer payload;
    Ancillary ancillary;
    Path path;
    PacketId packet_id;
    std::uint64_t epoch;
    std::uint64_t sequence;
};

/// It has ended; nothing more comes of it.
struct Closed {
    ConnectionHandle connection;
    Error reason;   ///< `closed`: in good order, by one of us
    bool connected; ///< it had been up
    std::optional<AlertDescription> alert_sent;
    std::optional<AlertDescription> alert_received;
    Path path; ///< where it was
};

/// A peer that moved was asked there, and answered (RFC 9853): it is heard and written to there.
struct PathChanged {
    ConnectionHandle connection;
    Path path;
};

/// The network says that nobody is there (ICMP), or there is no route. Anyone can forge the one and
/// the other may come back, so that nothing ends of it; but what is written may be lost. Said once,
/// until a record of the peer's comes.
struct PathUnreachable {
    ConnectionHandle connection;
    Path path;
    int os_errno;
};

/// The kernel would not send a record with these markings; it was not sent.
struct SendRefused {
    ConnectionHandle connection;
    Ancillary ancillary;
    int os_errno;
};

/// Client: the server allows this session to be taken up again; see Options::session.
struct TicketReceived {
    ConnectionHandle connection;
    Session session;
};

using Event = std::variant<Connected, Received, Closed, PathChanged, SendRefused, TicketReceived,
                           HandshakeConfirmed, PathUnreachable>;

} // namespace hawser::dtls
