// What a call answers when the caller asked for something that cannot be done now.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace hawser {

/// Why a call failed. What a peer or a path did is an event, never one of these.
enum class Errc : std::uint8_t {
    invalid_argument, ///< the request makes no sense, whatever the state
    malformed,        ///< bytes that do not follow their format
    unsupported,      ///< this kernel, peer or build cannot do it; nothing was done
    too_large,        ///< above a limit that waiting does not change
    exhausted,        ///< no room now; try again after the event that says so
    would_block,      ///< the socket takes nothing now
    closed,           ///< the connection or association has ended, or is ending
    not_found,        ///< no such association, stream, file or name
    in_use,           ///< the port or name is taken
    refused,          ///< the peer said no
    unreachable,      ///< no route, or ICMP said so
    timed_out,        ///< nobody answered in time
    permission,       ///< the operating system forbids it
    io,               ///< any other failure of the operating system: see `os_errno`
    cancelled,        ///< the caller took the request back
};

/// The enumerator's own name, e.g. "invalid_argument".
std::string_view name(Errc code);

struct Error {
    Errc code;
    std::string_view what; ///< static text: what was wrong
    int os_errno = 0;      ///< the system's own number, when it said one

    friend bool operator==(const Error& a, const Error& b) {
        return a.code == b.code && a.os_errno == b.os_errno;
    }
};

template <class T = void>
using Result = std::expected<T, Error>;

/// `return fail(Errc::too_large, "message");`
inline std::unexpected<Error> fail(Errc code, std::string_view what, int os_errno = 0) {
    return std::unexpected{Error{code, what, os_errno}};
}

/// "too_large: message" or "in_use: bind (Address already in use)".
std::string to_string(const Error& error);

} // namespace hawser
