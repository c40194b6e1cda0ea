#include "command/explain_connect.hpp"

#include "command/explain.hpp"
#include "command/text.hpp"

#include <hawser/engine/verdict.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <string_view>

namespace hawser::command {
namespace {

/// By what it was called with.
struct Callee {
    const HostList& target;
    const NetworkOptions& options;

    std::string name() const { return to_string(target); }
    std::string udp_place() const {
        if (options.raw_ip) return name();
        return fmt::format("UDP port {} of {}",
                           options.dtls.enabled ? target.port
                                                : options.peer_udp_port.value_or(kSctpUdpPort),
                           target.hosts.size() == 1 ? target.hosts.front() : name());
    }
};

/// An end of ours, and one for which nothing had to come, tell nothing of the peer.
bool is_answer(const dtls::Closed& closed) {
    switch (closed.reason.code) {
    case Errc::unreachable:
    case Errc::timed_out:
    case Errc::closed: return closed.alert_received.has_value();
    default: return true;
    }
}

Failure explain_answer(const Heard::Answer& answer, const Callee& callee) {
    const std::string name = callee.name();
    if (answer.reason == sctp::CloseReason::protocol_violation) {
        return {ExitCode::peer, fmt::format("{} broke a rule of SCTP: {}", name, answer.cause)};
    }
    if (!answer.cause.empty())
        return {ExitCode::peer, fmt::format("{} refused: {}", name, answer.cause)};
    return {ExitCode::peer,
            fmt::format("{} refused: that host has SCTP, but nobody there listens on SCTP port {}",
                        name, callee.target.port)};
}

/// `os_errno`: what the network said, if it did.
Failure explain_unreachable(int os_errno, const Callee& callee) {
    const std::string name = callee.name();
    const bool no_route = os_errno == ENETUNREACH || os_errno == EHOSTUNREACH;
    if (no_route) {
        return {ExitCode::peer,
                fmt::format("{} is unreachable: no route leads to that host ({}); is the address "
                            "right, and the network up?",
                            name, os_text(os_errno))};
    }
    if (os_errno == ENOPROTOOPT && callee.options.raw_ip) {
        return {ExitCode::peer,
                fmt::format("{} is unreachable: that host has no SCTP in IP packets; is hawser "
                            "running there, and with --raw-ip?",
                            name)};
    }
    if (os_errno != 0 && os_errno != ECONNREFUSED)
        return {ExitCode::peer, fmt::format("{} is unreachable: {}", name, os_text(os_errno))};
    return {ExitCode::peer,
            fmt::format("{} is unreachable: nobody there listens on {}; is hawser running there, "
                        "and with this UDP port?{}",
                        name, callee.udp_place(),
                        callee.options.dtls.enabled ? "" : " (--peer-udp-port)")};
}

/// The handshake of DTLS has begun, and did not end.
std::string stuck(const Callee& callee) {
    // DTLS 1.2 drops the Finished of a peer with another key without a word: RFC 6347 §4.1.2.7.
    const std::string_view hint =
        callee.options.dtls.psk.empty() ? "" : "; is --psk the peer's key?";
    return fmt::format("no DTLS with {}: the peer answered, but the handshake did not end within "
                       "{} s{}",
                       callee.name(), callee.options.timeout_seconds, hint);
}

/// "bad_checksum 2, malformed 1": what came and was nothing to us.
template <class Counters>
std::string dropped(const Counters& counters) {
    std::string text;
    for (std::size_t i = 0; i < kVerdicts; ++i) {
        const auto verdict = static_cast<Verdict>(i);
        if (verdict == Verdict::accepted || counters.of(verdict) == 0) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", hawser::name(verdict),
                            counters.of(verdict));
    }
    return text;
}

std::string silence(const Callee& callee, const Heard& heard) {
    const double waited = callee.options.timeout_seconds;
    if (heard.sctp.of(Verdict::accepted) > 0) {
        return fmt::format("{} answered, and then fell silent: the association did not come up "
                           "within {} s",
                           callee.name(), waited);
    }
    if (heard.sealed) {
        return fmt::format("{} has DTLS, but SCTP in it found no answer within {} s; with --dtls, "
                           "`hawser receive` has SCTP, `hawser listen` has not",
                           callee.name(), waited);
    }
    if (heard.dtls.of(Verdict::accepted) > 0) return stuck(callee);
    const std::string other =
        callee.options.dtls.enabled ? dropped(heard.dtls) : dropped(heard.sctp);
    if (callee.options.raw_ip) {
        return fmt::format("{} is silent: no answer within {} s{}; is the address right, does "
                           "somebody there listen on SCTP port {} with --raw-ip, and do firewalls "
                           "let IP protocol 132 through?",
                           callee.name(), waited,
                           other.empty() ? "" : fmt::format(", but what was dropped ({})", other),
                           callee.target.port);
    }
    return fmt::format("{} is silent: no answer from {} within {} s{}; is the address right{}, and "
                       "does a firewall let that port through?",
                       callee.name(), callee.udp_place(), waited,
                       other.empty() ? "" : fmt::format(", but what was dropped ({})", other),
                       callee.options.dtls.enabled ? ", has the peer --dtls, too" : "");
}

} // namespace

Failure explain_connect(const Error& error, const HostList& target, const NetworkOptions& options,
                        const Heard& heard) {
    const Callee callee{target, options};
    if (heard.failed_handshake && is_answer(*heard.failed_handshake)) {
        return {ExitCode::peer, fmt::format("no DTLS with {}: {}", callee.name(),
                                            handshake_text(*heard.failed_handshake, options.dtls))};
    }
    // In 1.3 a client is done before the server has looked at its certificate.
    if (heard.unsealed && heard.unsealed->alert_received) {
        return {ExitCode::peer, fmt::format("no DTLS with {}: {}", callee.name(),
                                            closed_text(*heard.unsealed, options.dtls))};
    }
    if (heard.answer) return explain_answer(*heard.answer, callee);
    switch (error.code) {
    case Errc::unreachable: return explain_unreachable(error.os_errno, callee);
    case Errc::timed_out: return {ExitCode::peer, silence(callee, heard)};
    default:
        return {error.code == Errc::invalid_argument ? ExitCode::address : ExitCode::peer,
                fmt::format("cannot connect to {}: {}", callee.name(), plain_text(error))};
    }
}

} // namespace hawser::command
