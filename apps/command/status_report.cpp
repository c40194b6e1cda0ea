#include "command/status_report.hpp"

#include "command/paths.hpp"
#include "command/table.hpp"
#include "command/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hawser::command {
namespace {

std::string round_trip(Duration time) {
    return time == Duration{} ? "-" : human_duration(time);
}

std::string bound_text(const std::vector<Address>& bound) {
    std::string text;
    for (const Address& one : bound)
        text += fmt::format("{}{}", text.empty() ? "" : ", ", to_string(one));
    return text.empty() ? "no socket" : "UDP " + text;
}

/// "bad_checksum 2, malformed 1".
template <class Counters>
std::string dropped_text(const Counters& counters) {
    std::string text;
    for (std::size_t i = 0; i < kVerdicts; ++i) {
        const auto verdict = static_cast<Verdict>(i);
        if (verdict == Verdict::accepted || counters.of(verdict) == 0) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", hawser::name(verdict),
                            counters.of(verdict));
    }
    return text.empty() ? "nothing" : text;
}

/// A line for each figure that is not zero; they are rare, and each has its meaning.
void add_rare(std::string& text, std::string_view what, std::uint64_t count) {
    if (count != 0) text += fmt::format("  {:<36}{}\n", what, count);
}

std::string endpoint_text(const StatusFacts& facts) {
    const sctp::Counters& counters = facts.counters;
    const net::SocketCounters& udp = facts.udp;
    std::string text =
        fmt::format("UDP: {} in ({}), {} out ({})\nSCTP: {} taken, {} sent; dropped: {}\n",
                    counted(udp.received, "datagram"), human_bytes(udp.received_bytes), udp.sent,
                    human_bytes(udp.sent_bytes), counted(counters.of(Verdict::accepted), "packet"),
                    counters.packets_sent, dropped_text(counters));
    if (facts.dtls) {
        text += fmt::format("DTLS: {} taken; dropped: {}\n",
                            counted(facts.dtls->of(Verdict::accepted), "datagram"),
                            dropped_text(*facts.dtls));
    }
    add_rare(text, "refused by the kernel", udp.refused);
    add_rare(text, "dropped by the kernel", udp.dropped_by_kernel);
    add_rare(text, "socket full", udp.blocked);
    add_rare(text, "answers without an association", counters.stateless_answers);
    add_rare(text, "answers suppressed", counters.answers_suppressed);
    add_rare(text, "misnumbered messages", counters.misnumbered_messages);
    add_rare(text, "fragments the peer gave up", counters.given_up_fragments);
    add_rare(text, "chunks without AUTH", counters.unauthenticated_chunks);
    return text;
}

std::string paths_table(const std::vector<sctp::PathStatus>& paths) {
    using enum Table::Align;
    Table table{{{"  path to"},
                 {"state"},
                 {"cwnd", right},
                 {"in flight", right},
                 {"srtt", right},
                 {"rto", right},
                 {"packets", right},
                 {"errors", right}}};
    for (const sctp::PathStatus& path : paths) {
        table.add({"  " + peer_text(path.path),
                   state_text(path) + (path.primary ? ", primary" : ""),
                   human_bytes(path.congestion_window_bytes), human_bytes(path.in_flight_bytes),
                   round_trip(path.smoothed_rtt), human_duration(path.rto),
                   human_bytes(path.packet_bytes_max), std::to_string(path.errors)});
    }
    return table.text();
}

std::string association_text(const StatusFacts::Association& association) {
    const sctp::Status& status = association.status;
    std::string text = fmt::format(
        "\nSCTP port {} to {} of {}: {}\n  {} out, {} in; {} queued, {} in flight; window of the "
        "peer {}\n  packets {} in, {} out; chunks {} in ({} again), {} out ({} again); {}, {}, "
        "{}\n",
        status.local_port, status.remote_port, peer_text(status.path), sctp::name(status.state),
        counted(status.outbound_streams, "stream"), status.inbound_streams,
        human_bytes(status.queued_bytes), human_bytes(status.in_flight_bytes),
        human_bytes(status.peer_window_bytes), status.packets_received, status.packets_sent,
        status.chunks_received, status.chunks_duplicate, status.chunks_sent,
        status.chunks_retransmitted, counted(status.timeouts, "timeout"),
        counted(status.fast_retransmits, "fast retransmit"),
        counted(status.tail_loss_probes, "tail loss probe"));
    add_rare(text, "packets marked CE", status.congestion_marks);
    add_rare(text, "congestion echoes", status.congestion_echoes);
    return text + paths_table(association.paths);
}

} // namespace

StatusFacts status_of(const SctpEndpoint* endpoint, bool sealed) {
    StatusFacts facts;
    if (endpoint == nullptr) return facts;
    facts.bound = endpoint->local_addresses();
    facts.counters = endpoint->counters();
    facts.udp = endpoint->udp_counters();
    if (sealed) facts.dtls = endpoint->dtls_counters();
    const auto ids = endpoint->associations();
    facts.association_count = ids.size();
    for (const sctp::AssociationId id : ids) {
        if (facts.associations.size() == StatusFacts::kAssociationsMax) break;
        if (const auto status = endpoint->status(id))
            facts.associations.push_back({id, *status, endpoint->paths(id)});
    }
    return facts;
}

std::string status_text(const StatusFacts& facts) {
    std::string text = fmt::format("hawser {}, process {}, for {}: {}; {}\n", facts.command,
                                   facts.process, human_duration(facts.up), bound_text(facts.bound),
                                   counted(facts.association_count, "association"));
    text += endpoint_text(facts);
    for (const StatusFacts::Association& association : facts.associations)
        text += association_text(association);
    if (const std::size_t more = facts.association_count - facts.associations.size(); more > 0)
        text += fmt::format("\nand {}\n", counted(more, "more association"));
    return text;
}

} // namespace hawser::command
