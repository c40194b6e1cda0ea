// The key_share extension: RFC 8446 §4.2.8.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/dtls/extension_list.hpp>
#include <hawser/wire/dtls/numbers.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/writer.hpp>

#include <optional>
#include <span>

namespace hawser::wire::dtls {

///     |  group  |  key_exchange, 2 + 1..65535  |
struct KeyShare {
    NamedGroup group{};
    Bytes key; ///< at least one byte

    static std::optional<KeyShare> take(Reader& in);
};

/// A client's: may be empty, to be asked for a group. Whether a group stands there twice is not
/// judged.
Result<List<KeyShare>> parse_key_shares(Bytes value);
void write_key_shares(Writer& out, std::span<const KeyShare> shares);

/// A server's, in ServerHello.
Result<KeyShare> parse_server_key_share(Bytes value);
void write_server_key_share(Writer& out, const KeyShare& share);

/// The group that a HelloRetryRequest asks for.
Result<NamedGroup> parse_retry_group(Bytes value);
void write_retry_group(Writer& out, NamedGroup group);

} // namespace hawser::wire::dtls
