// The pre_shared_key extension: RFC 8446 §4.2.11.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/dtls/extension_list.hpp>
#include <hawser/wire/dtls/numbers.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace hawser::wire::dtls {

///     |  identity, 2 + 1..65535  |  obfuscated_ticket_age  |
struct PskIdentity {
    Bytes identity; ///< at least one byte
    std::uint32_t obfuscated_ticket_age = 0;

    static std::optional<PskIdentity> take(Reader& in);
};

inline constexpr std::size_t kBinderBytesMin = 32;
using PskBinder = Opaque<1, kBinderBytesMin>;

/// What a client offers: the last extension of its hello.
///
///     |  identities, 2 + 7..65535  |  binders, 2 + 33..65535  |
struct PskOffer {
    List<PskIdentity> identities;
    List<PskBinder> binders;
    /// Of the binders with the length before them: what a binder leaves out at the end of the
    /// hello it is computed over (RFC 8446 §4.2.11.2).
    std::size_t binders_bytes = 0;

    /// Fails with `malformed` also when there are not as many binders as identities.
    static Result<PskOffer> parse(Bytes value);
};

/// The part of a ClientHello that the binders are computed over; `hello` ends with that offer.
inline Bytes without_binders(Bytes hello, const PskOffer& offer) {
    return hello.first(hello.size() - offer.binders_bytes);
}

/// Of binders of these sizes, with the length before them.
std::size_t psk_binders_bytes(std::span<const std::size_t> binder_sizes);

/// Writes the extension with zeros for binders of these sizes, one for each identity. It has to be
/// the last one: its binders, `psk_binders_bytes` of them, are then the end of the hello, which is
/// where `write_psk_binders` puts the right ones.
void write_psk_offer(Writer& out, std::span<const PskIdentity> identities,
                     std::span<const std::size_t> binder_sizes);
/// The binders with the length before them.
void write_psk_binders(Writer& out, std::span<const Bytes> binders);

/// What a server chose: an index into the client's identities.
Result<std::uint16_t> parse_selected_psk(Bytes value);
void write_selected_psk(Writer& out, std::uint16_t index);

} // namespace hawser::wire::dtls
