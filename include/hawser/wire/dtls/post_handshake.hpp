// What ends a handshake and what comes after it: Finished, tickets, new keys, connection IDs,
// ACKs, checks of a moved peer.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/dtls/extension_list.hpp>
#include <hawser/wire/dtls/numbers.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/writer.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace hawser::wire::dtls {

// Every message is a view of its body: without the handshake header. `write` writes the body.

/// verify_data of DTLS 1.2: RFC 5246 §7.4.9. In DTLS 1.3 it is as long as the hash.
inline constexpr std::size_t kVerifyData12Bytes = 12;

/// Finished: the body is nothing but verify_data, of a length that the cipher suite says. Fails
/// with `malformed` when it is not of that length.
Result<Bytes> parse_finished(Bytes body, std::size_t verify_data_bytes);

/// NewSessionTicket of DTLS 1.2: RFC 5077 §3.3.
///
///     |  ticket_lifetime_hint, seconds  |  ticket, 2 + 0..65535  |
struct NewSessionTicket12 {
    std::uint32_t lifetime_hint_s = 0; ///< 0: not said
    Bytes ticket;                      ///< empty: there is none after all

    static Result<NewSessionTicket12> parse(Bytes body);
    void write(Writer& out) const;
};

/// NewSessionTicket of DTLS 1.3: RFC 8446 §4.6.1.
///
///     |  ticket_lifetime, seconds  |  ticket_age_add  |
///     |  ticket_nonce, 1 + 0..255  |  ticket, 2 + 1..65535  |  extensions, 2 + 0..65534  |
struct NewSessionTicket13 {
    std::uint32_t lifetime_s = 0;
    std::uint32_t age_add = 0;
    Bytes nonce;
    Bytes ticket; ///< at least one byte
    ExtensionList extensions;

    static Result<NewSessionTicket13> parse(Bytes body);
    /// With `extensions` as they stand.
    void write(Writer& out) const;
};

/// RFC 8446 §4.6.3.
enum class KeyUpdateRequest : std::uint8_t { update_not_requested = 0, update_requested = 1 };

/// Fails with `malformed` for any other number, too.
Result<KeyUpdateRequest> parse_key_update(Bytes body);
void write_key_update(Writer& out, KeyUpdateRequest request);

using ConnectionId = Opaque<1, 0>;

enum class ConnectionIdUsage : std::uint8_t { immediate = 0, spare = 1 };

/// NewConnectionId: RFC 9147 §9.
///
///     |  cids, 2 + 0.., each 1 + 0..255  |  usage  |
struct NewConnectionId {
    List<ConnectionId> cids;
    ConnectionIdUsage usage = ConnectionIdUsage::immediate;

    /// Fails with `malformed` for a usage that is none of the two, too.
    static Result<NewConnectionId> parse(Bytes body);
};
void write_new_connection_id(Writer& out, std::span<const Bytes> cids, ConnectionIdUsage usage);

/// RequestConnectionId, how many are wanted: RFC 9147 §9.
Result<std::uint8_t> parse_request_connection_id(Bytes body);
void write_request_connection_id(Writer& out, std::uint8_t count);

/// Which record: RFC 9147 §4.
struct RecordNumber {
    static constexpr std::size_t kBytes = 16;

    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;

    friend auto operator<=>(const RecordNumber&, const RecordNumber&) = default;
    static std::optional<RecordNumber> take(Reader& in);
};

/// ACK, the payload of a record of its own type: RFC 9147 §7. May be empty.
Result<List<RecordNumber>> parse_ack(Bytes payload);
void write_ack(Writer& out, std::span<const RecordNumber> numbers);

/// RFC 9853 §4.
enum class RrcType : std::uint8_t { path_challenge = 0, path_response = 1, path_drop = 2 };

/// A message of the return routability check, the payload of a record of its own type.
///
///     |  type  |  cookie, 8 bytes  |
struct RrcMessage {
    static constexpr std::size_t kBytes = 9;

    RrcType type = RrcType::path_challenge;
    std::uint64_t cookie = 0;

    friend bool operator==(const RrcMessage&, const RrcMessage&) = default;

    /// Fails with `unsupported` for a type without a name (it is passed over, RFC 9853 §4), with
    /// `malformed` for any other length.
    static Result<RrcMessage> parse(Bytes payload);
    void write(Writer& out) const;
};

} // namespace hawser::wire::dtls
