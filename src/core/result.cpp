#include <hawser/core/result.hpp>

#include <system_error>

namespace hawser {

std::string_view name(Errc code) {
    switch (code) {
    case Errc::invalid_argument: return "invalid_argument";
    case Errc::malformed: return "malformed";
    case Errc::unsupported: return "unsupported";
    case Errc::too_large: return "too_large";
    case Errc::exhausted: return "exhausted";
    case Errc::would_block: return "would_block";
    case Errc::closed: return "closed";
    case Errc::not_found: return "not_found";
    case Errc::in_use: return "in_use";
    case Errc::refused: return "refused";
    case Errc::unreachable: return "unreachable";
    case Errc::timed_out: return "timed_out";
    case Errc::permission: return "permission";
    case Errc::io: return "io";
    case Errc::cancelled: return "cancelled";
    }
    return "unknown";
}

std::string to_string(const Error& error) {
    std::string text{name(error.code)};
    text += ": ";
    text += error.what;
    if (error.os_errno != 0) {
        text += " (";
        text += std::generic_category().message(error.os_errno);
        text += ")";
    }
    return text;
}

} // namespace hawser
