#include "command/explain.hpp"

#include "command/text.hpp"

#include <hawser/wire/sctp/numbers.hpp>

#include <fmt/format.h>

#include <utility>

namespace hawser::command {
namespace {

std::string_view describe(sctp::CloseReason reason) {
    switch (reason) {
    case sctp::CloseReason::shutdown: return "the association was shut down";
    case sctp::CloseReason::aborted_locally: return "the association was aborted";
    case sctp::CloseReason::aborted_by_peer: return "the peer aborted the association";
    case sctp::CloseReason::timed_out:
        return "the peer fell silent: what was sent again and again found no answer";
    case sctp::CloseReason::refused: return "the peer refused";
    case sctp::CloseReason::unreachable: return "the peer became unreachable";
    case sctp::CloseReason::protocol_violation: return "the peer broke a rule of SCTP";
    case sctp::CloseReason::out_of_resource:
        return "its unfinished messages took memory that others needed";
    }
    std::unreachable();
}

} // namespace

std::string plain_text(const Error& error) {
    if (error.os_errno == 0) return std::string{error.what};
    return fmt::format("{} ({})", error.what, os_text(error.os_errno));
}

namespace {

Failure explain_raw(const Error& error, const std::string& place) {
    switch (error.code) {
    case Errc::in_use:
        return {ExitCode::address,
                "the kernel of this host has SCTP itself (/proc/net/sctp), and would answer what "
                "comes for hawser; leave out --raw-ip, and SCTP goes in UDP"};
    case Errc::permission:
        return {ExitCode::address,
                "--raw-ip needs the privilege CAP_NET_RAW, which root has; without --raw-ip SCTP "
                "goes in UDP, for any user"};
    default:
        return {ExitCode::address,
                fmt::format("cannot open a raw socket{}: {}", place, plain_text(error))};
    }
}

} // namespace

Failure explain_open(const Error& error, std::uint16_t udp_port, const NetworkOptions& options,
                     const std::string& host) {
    const std::string_view how = options.dtls.enabled
                                     ? "with another one in ADDR"
                                     : "with --udp-port (the peer then needs it as "
                                       "--peer-udp-port)";
    const std::string place = host.empty() ? "" : fmt::format(" of {}", host);
    if (options.raw_ip && error.code != Errc::invalid_argument) return explain_raw(error, place);
    switch (error.code) {
    case Errc::in_use:
        return {ExitCode::address,
                fmt::format("UDP port {}{} is in use by another program, which may be a hawser: "
                            "each on a host needs one of its own; choose a free one {}",
                            udp_port, place, how)};
    case Errc::permission:
        return {ExitCode::address,
                fmt::format("UDP port {}{} needs a privilege; choose one from 1024 on {}", udp_port,
                            place, how)};
    case Errc::invalid_argument:
        return {ExitCode::address,
                fmt::format("cannot use the address{}: {}; `ip address` lists those of this host",
                            place, plain_text(error))};
    default:
        return {ExitCode::address,
                fmt::format("cannot open UDP port {}{}: {}", udp_port, place, plain_text(error))};
    }
}

Failure explain_listen(const Error& error, std::uint16_t port) {
    if (error.code == Errc::in_use) {
        return {ExitCode::address, fmt::format("SCTP port {} is in use; choose another", port)};
    }
    return {ExitCode::address,
            fmt::format("cannot listen on SCTP port {}: {}", port, plain_text(error))};
}

Failure explain_resolve(const Error& error, const HostList& target) {
    return {ExitCode::address, fmt::format("{}: {}; check the spelling, or give a number",
                                           to_string(target), plain_text(error))};
}

Failure explain_send(const Error& error, const Connection& connection, std::size_t message_bytes,
                     const sctp::SendOptions& options) {
    const auto stream = static_cast<unsigned>(options.stream);
    const unsigned granted = connection.outbound_streams();
    if (error.code == Errc::invalid_argument && stream >= granted) {
        return {ExitCode::limit,
                fmt::format("stream {} is beyond the {} granted by the peer; use 0 to {}", stream,
                            counted(granted, "stream"), granted - 1)};
    }
    switch (error.code) {
    case Errc::too_large:
        return {ExitCode::limit, fmt::format("a message of {} is above the limit of {}; send it in "
                                             "parts (--raw does)",
                                             counted(message_bytes, "byte"),
                                             counted(sctp::Options{}.message_bytes_max, "byte"))};
    case Errc::unsupported:
        return {ExitCode::marking,
                fmt::format("this kernel cannot mark a packet so ({}); nothing was sent",
                            plain_text(error))};
    case Errc::closed: return {ExitCode::peer, plain_text(error)};
    default: return {ExitCode::peer, fmt::format("cannot send: {}", plain_text(error))};
    }
}

Failure explain_log(const Error& error, const std::string& file) {
    return {ExitCode::file, fmt::format("packet log {}: {}", file, plain_text(error))};
}

std::string cause_text(const Closed& closed) {
    if (!closed.cause) return {};
    using wire::sctp::CauseCode;
    const auto cause = static_cast<CauseCode>(*closed.cause);
    const bool in_words =
        cause == CauseCode::user_initiated_abort || cause == CauseCode::protocol_violation;
    if (in_words && closed.information.size() > 0) return escaped(closed.information.text());
    if (cause == CauseCode::user_initiated_abort) return {};
    if (cause == CauseCode::stale_cookie)
        return "Stale Cookie: what it gives us is too old for it when it comes back";
    const std::string_view name = wire::sctp::name(cause);
    return name == "unknown" ? fmt::format("error cause {}", *closed.cause) : std::string{name};
}

namespace {

std::string why_ended(const Closed& closed) {
    switch (closed.reason) {
    case sctp::CloseReason::aborted_by_peer:
    case sctp::CloseReason::refused:
    case sctp::CloseReason::protocol_violation: return cause_text(closed);
    case sctp::CloseReason::unreachable: return os_text(closed.os_errno);
    default: return {};
    }
}

} // namespace

Outcome<> explain_end(const Closed& closed) {
    if (closed.reason == sctp::CloseReason::shutdown ||
        closed.reason == sctp::CloseReason::aborted_locally) {
        return {};
    }
    const std::string why = why_ended(closed);
    return failure(ExitCode::peer,
                   fmt::format("{}{}{}", describe(closed.reason), why.empty() ? "" : ": ", why));
}

} // namespace hawser::command
