// An exported state as it travels: a header in the clear, and what only the key opens.
#pragma once

#include <hawser/engine/random.hpp>
#include <hawser/engine/state.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hawser {

/// What is in it.
enum class StateKind : std::uint8_t {
    sctp_association = 1,
    sealed_association = 2, ///< over DTLS, with the connection
};

///      |                        Magic = "hws1"                         |
///      |     Kind      |    Version    |           Reserved            |
///      |                        Id, 16 octets                          |
///      |         Exported at, nanoseconds since 1970, 8 octets         |
///      |          Valid for, nanoseconds, 8 octets                     |
///      |                          Content                              |  AES-256-GCM
///      |                        Tag, 16 octets                         |
///
/// Key and nonce are made of the user's key and the id (HKDF-SHA256, RFC 5869), so that no nonce
/// comes twice. The header is authenticated, too.
inline constexpr std::size_t kStateHeaderBytes = 40;
inline constexpr std::size_t kStateTagBytes = 16;

/// Seals `content`, and wipes it.
std::vector<std::byte> seal_state(StateKind kind, std::uint8_t version, MutableBytes content,
                                  const StateExport& how, Random& random);

struct OpenedState {
    StateId id;
    WallTime valid_until;
    Duration age; ///< not negative
    std::vector<std::byte> content;

    OpenedState() = default;
    ~OpenedState();
    OpenedState(OpenedState&&) = default;
    OpenedState& operator=(OpenedState&&) = default;
};

/// Fails with `malformed` when it was not sealed by this key, or was changed; `unsupported` for
/// another version; `timed_out` when it is no longer valid, or of the future by more than clocks
/// differ.
Result<OpenedState> open_state(StateKind kind, std::uint8_t version, Bytes state,
                               const StateImport& how);

} // namespace hawser
