// hawser status --json. Every name and text here is ours: none needs to be escaped.
#include "command/status_report.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace hawser::command {
namespace {

double in_seconds(Duration time) {
    return std::chrono::duration<double>(time).count();
}

std::string_view flag(bool on) {
    return on ? "true" : "false";
}

std::string_view name(sctp::PathStatus::State state) {
    switch (state) {
    case sctp::PathStatus::State::unconfirmed: return "unconfirmed";
    case sctp::PathStatus::State::active: return "active";
    case sctp::PathStatus::State::potentially_failed: return "potentially_failed";
    case sctp::PathStatus::State::inactive: return "inactive";
    }
    std::unreachable();
}

/// Every reason by its name, those that did not occur, too.
template <class Counters>
std::string dropped(const Counters& counters) {
    std::string text;
    for (std::size_t i = 0; i < kVerdicts; ++i) {
        const auto verdict = static_cast<Verdict>(i);
        if (verdict == Verdict::accepted) continue;
        text += fmt::format(R"({}"{}":{})", text.empty() ? "" : ",", hawser::name(verdict),
                            counters.of(verdict));
    }
    return "{" + text + "}";
}

std::string path(const sctp::PathStatus& path) {
    return fmt::format(R"({{"local":"{}","remote":"{}","state":"{}","primary":{},"current":{},)"
                       R"("congestion_window_bytes":{},"in_flight_bytes":{},"packet_bytes_max":{},)"
                       R"("smoothed_rtt_seconds":{:.9f},"rto_seconds":{:.9f},"errors":{}}})",
                       to_string(path.path.local), to_string(path.path.remote), name(path.state),
                       flag(path.primary), flag(path.current), path.congestion_window_bytes,
                       path.in_flight_bytes, path.packet_bytes_max, in_seconds(path.smoothed_rtt),
                       in_seconds(path.rto), path.errors);
}

/// Objects as an array.
template <class Range, class Write>
std::string array(const Range& range, Write write) {
    std::string text;
    for (const auto& one : range)
        text += (text.empty() ? "" : ",") + write(one);
    return "[" + text + "]";
}

std::string given_up(const sctp::GivenUpMessages& messages) {
    const auto count = [](const sctp::GivenUpMessages::Count& of) {
        return fmt::format(R"({{"unsent":{},"sent":{}}})", of.unsent, of.sent);
    };
    return fmt::format(R"({{"lifetime":{},"retransmissions":{},"priority":{}}})",
                       count(messages.lifetime), count(messages.retransmissions),
                       count(messages.priority));
}

std::string association(const StatusFacts::Association& association) {
    const sctp::Status& status = association.status;
    std::string text = fmt::format(
        R"({{"id":{},"state":"{}","local_port":{},"remote_port":{},"outbound_streams":{},)"
        R"("inbound_streams":{},"interleaving":{},"partial_reliability":{},"authentication":{},)"
        R"("ecn":{},"peer_window_bytes":{},"queued_bytes":{},"in_flight_bytes":{},)",
        std::to_underlying(association.id), sctp::name(status.state), status.local_port,
        status.remote_port, status.outbound_streams, status.inbound_streams,
        flag(status.interleaving), flag(status.partial_reliability), flag(status.authentication),
        flag(status.ecn), status.peer_window_bytes, status.queued_bytes, status.in_flight_bytes);
    text += fmt::format(
        R"("packets_sent":{},"packets_received":{},"chunks_sent":{},"chunks_received":{},)"
        R"("chunks_retransmitted":{},"chunks_duplicate":{},"timeouts":{},"fast_retransmits":{},)"
        R"("tail_loss_probes":{},"path_mtu_probes":{},"path_mtu_probes_lost":{},)"
        R"("congestion_marks":{},"congestion_echoes":{},"congestion_reductions":{},)",
        status.packets_sent, status.packets_received, status.chunks_sent, status.chunks_received,
        status.chunks_retransmitted, status.chunks_duplicate, status.timeouts,
        status.fast_retransmits, status.tail_loss_probes, status.path_mtu_probes,
        status.path_mtu_probes_lost, status.congestion_marks, status.congestion_echoes,
        status.congestion_reductions);
    return text + fmt::format(R"("given_up":{},"paths":{}}})", given_up(status.given_up),
                              array(association.paths, path));
}

std::string sctp_counters(const sctp::Counters& counters) {
    return fmt::format(
        R"({{"accepted":{},"dropped":{},"packets_sent":{},"stateless_answers":{},)"
        R"("answers_suppressed":{},"misnumbered_messages":{},"given_up_fragments":{},)"
        R"("unauthenticated_chunks":{}}})",
        counters.of(Verdict::accepted), dropped(counters), counters.packets_sent,
        counters.stateless_answers, counters.answers_suppressed, counters.misnumbered_messages,
        counters.given_up_fragments, counters.unauthenticated_chunks);
}

std::string udp_counters(const net::SocketCounters& counters) {
    return fmt::format(
        R"({{"sent":{},"received":{},"sent_bytes":{},"received_bytes":{},"send_calls":{},)"
        R"("receive_calls":{},"refused":{},"blocked":{},"truncated":{},"control_truncated":{},)"
        R"("gso_fallbacks":{},"errors_ignored":{},"dropped_by_kernel":{}}})",
        counters.sent, counters.received, counters.sent_bytes, counters.received_bytes,
        counters.send_calls, counters.receive_calls, counters.refused, counters.blocked,
        counters.truncated, counters.control_truncated, counters.gso_fallbacks,
        counters.errors_ignored, counters.dropped_by_kernel);
}

} // namespace

std::string status_json(const StatusFacts& facts) {
    const auto quoted = [](const Address& address) {
        return fmt::format("\"{}\"", to_string(address));
    };
    std::string text = fmt::format(
        R"({{"command":"{}","process":{},"up_seconds":{:.3f},"local_addresses":{},)"
        R"("association_count":{},"sctp":{},"udp":{},)",
        facts.command, facts.process, in_seconds(facts.up), array(facts.bound, quoted),
        facts.association_count, sctp_counters(facts.counters), udp_counters(facts.udp));
    if (facts.dtls) {
        text += fmt::format(R"("dtls":{{"accepted":{},"dropped":{}}},)",
                            facts.dtls->of(Verdict::accepted), dropped(*facts.dtls));
    }
    return text + fmt::format("\"associations\":{}}}\n", array(facts.associations, association));
}

} // namespace hawser::command
