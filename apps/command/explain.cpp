#include "command/explain.hpp"

#include "command/text.hpp"

#include <hawser/wire/sctp/numbers.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <utility>

namespace hawser::command {
namespace {

/// "io: what (No space left on device)" without the code's name.
std::string plain(const Error& error) {
    if (error.os_errno == 0) return std::string{error.what};
    return fmt::format("{} ({})", error.what, os_text(error.os_errno));
}

std::string udp_place(const HostList& target, const NetworkOptions& options) {
    return fmt::format("UDP port {} of {}",
                       options.dtls.enabled ? target.port
                                            : options.peer_udp_port.value_or(kSctpUdpPort),
                       target.hosts.size() == 1 ? target.hosts.front() : to_string(target));
}

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
    }
    std::unreachable();
}

} // namespace

Failure explain_open(const Error& error, std::uint16_t udp_port, const NetworkOptions& options,
                     const std::string& host) {
    const std::string_view how = options.dtls.enabled
                                     ? "with another one in ADDR"
                                     : "with --udp-port (the peer then needs it as "
                                       "--peer-udp-port)";
    const std::string place = host.empty() ? "" : fmt::format(" of {}", host);
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
                            place, plain(error))};
    default:
        return {ExitCode::address,
                fmt::format("cannot open UDP port {}{}: {}", udp_port, place, plain(error))};
    }
}

Failure explain_listen(const Error& error, std::uint16_t port) {
    if (error.code == Errc::in_use) {
        return {ExitCode::address, fmt::format("SCTP port {} is in use; choose another", port)};
    }
    return {ExitCode::address,
            fmt::format("cannot listen on SCTP port {}: {}", port, plain(error))};
}

Failure explain_resolve(const Error& error, const HostList& target) {
    return {ExitCode::address, fmt::format("{}: {}; check the spelling, or give a number",
                                           to_string(target), plain(error))};
}

Failure explain_handshake(const dtls::Closed& closed, const HostList& target,
                          const NetworkOptions& options) {
    const std::string name = to_string(target);
    if (closed.reason.code == Errc::unreachable || closed.reason.code == Errc::timed_out) {
        return explain_connect(closed.reason, target, options);
    }
    return {ExitCode::peer,
            fmt::format("no DTLS with {}: {}", name, handshake_text(closed, options.dtls))};
}

Failure explain_stuck(const HostList& target, const NetworkOptions& options) {
    // DTLS 1.2 drops the Finished of a peer with another key without a word: RFC 6347 §4.1.2.7.
    const std::string_view hint = options.dtls.psk.empty() ? "" : "; is --psk the peer's key?";
    return {ExitCode::peer,
            fmt::format("no DTLS with {}: the peer answered, but the handshake did not end within "
                        "{} s{}",
                        to_string(target), options.timeout_seconds, hint)};
}

namespace {

/// `os_errno`: what the network said, if it did.
Failure explain_unreachable(int os_errno, const HostList& target, const NetworkOptions& options) {
    const std::string name = to_string(target);
    const bool no_route = os_errno == ENETUNREACH || os_errno == EHOSTUNREACH;
    if (no_route) {
        return {ExitCode::peer,
                fmt::format("{} is unreachable: no route leads to that host ({}); is the address "
                            "right, and the network up?",
                            name, os_text(os_errno))};
    }
    if (os_errno != 0 && os_errno != ECONNREFUSED)
        return {ExitCode::peer, fmt::format("{} is unreachable: {}", name, os_text(os_errno))};
    return {ExitCode::peer,
            fmt::format("{} is unreachable: nobody there listens on {}; is hawser running there, "
                        "and with this UDP port?{}",
                        name, udp_place(target, options),
                        options.dtls.enabled ? "" : " (--peer-udp-port)")};
}

} // namespace

Failure explain_connect(const Error& error, const HostList& target, const NetworkOptions& options,
                        std::string_view refusal) {
    const std::string name = to_string(target);
    switch (error.code) {
    case Errc::invalid_argument:
        return {ExitCode::address, fmt::format("cannot connect to {}: {}", name, plain(error))};
    case Errc::refused:
        if (!refusal.empty()) return {ExitCode::peer, fmt::format("{} refused: {}", name, refusal)};
        return {ExitCode::peer,
                fmt::format("{} refused: that host has SCTP, but nobody there listens on SCTP port "
                            "{}",
                            name, target.port)};
    case Errc::unreachable: return explain_unreachable(error.os_errno, target, options);
    case Errc::timed_out:
        return {ExitCode::peer,
                fmt::format("{} is silent: no answer from {} within {} s; is the address right, "
                            "and does a firewall let that port through?",
                            name, udp_place(target, options), options.timeout_seconds)};
    default: return {ExitCode::peer, fmt::format("cannot connect to {}: {}", name, plain(error))};
    }
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
        return {ExitCode::limit,
                fmt::format("a message of {} bytes is above the limit of {} bytes; send it in "
                            "parts (--raw does)",
                            message_bytes, sctp::Options{}.message_bytes_max)};
    case Errc::unsupported:
        return {ExitCode::marking,
                fmt::format("this kernel cannot mark a packet so ({}); nothing was sent",
                            plain(error))};
    case Errc::closed: return {ExitCode::peer, plain(error)};
    default: return {ExitCode::peer, fmt::format("cannot send: {}", plain(error))};
    }
}

Failure explain_log(const Error& error, const std::string& file) {
    return {ExitCode::file, fmt::format("packet log {}: {}", file, plain(error))};
}

namespace {

/// What an ABORT says of its reason, by whichever end it was sent.
std::string cause_text(const Closed& closed) {
    if (!closed.cause) return {};
    using wire::sctp::CauseCode;
    const auto cause = static_cast<CauseCode>(*closed.cause);
    const bool in_words =
        cause == CauseCode::user_initiated_abort || cause == CauseCode::protocol_violation;
    if (in_words && closed.information.size() > 0) return escaped(closed.information.text());
    if (cause == CauseCode::user_initiated_abort) return {};
    const std::string_view name = wire::sctp::name(cause);
    return name == "unknown" ? fmt::format("error cause {}", *closed.cause) : std::string{name};
}

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

std::string refusal_text(const Closed& closed) {
    return cause_text(closed);
}

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
