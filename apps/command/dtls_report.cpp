#include "command/dtls_report.hpp"

#include "command/dtls_options.hpp"
#include "command/log_text.hpp"
#include "command/text.hpp"

#include <fmt/format.h>

namespace hawser::command {
namespace {

using capture::DtlsFlow;

std::string message_counts(const DtlsFlow& flow) {
    std::string text;
    for (const auto& [type, count] : flow.messages)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", wire::dtls::name(type), count);
    return text.empty() ? "none in the clear" : text;
}

std::string place(const DtlsFlow& flow) {
    std::string text;
    for (const Address& address : flow.addresses)
        text += fmt::format("{}{}", text.empty() ? "" : ", ", to_string(address));
    return text.empty() ? "(silent)" : text;
}

std::string flow_report(const std::string& title, const DtlsFlow& flow) {
    std::string text = fmt::format("  {}: {}\n", title, place(flow));
    text +=
        fmt::format("    {}, {}; {}, {} of them sealed", counted(flow.datagrams, "datagram"),
                    human_bytes(flow.bytes), counted(flow.records, "record"), flow.sealed_records);
    if (flow.cid_records > 0) text += fmt::format(", {} with a connection ID", flow.cid_records);
    text += fmt::format("\n    handshake: {}\n", message_counts(flow));
    for (const auto& alert : flow.alerts) {
        text += fmt::format("    alert at {}: {}\n", clock_time(alert.time),
                            alert_name(alert.description));
    }
    if (flow.sealed_alerts > 0) {
        text += fmt::format("    {}, sealed\n", counted(flow.sealed_alerts, "alert"));
    }
    return text + fmt::format("    markings: {}\n", marking_counts(flow.markings, flow.hop_limits));
}

} // namespace

std::string dtls_report(std::size_t number, const capture::DtlsSummary& connection) {
    std::string text =
        fmt::format("\nDTLS connection {}, seen by {}: {} to {}, ", number, connection.observer,
                    clock_time(connection.first), clock_time(connection.last));
    text += connection.version ? std::string{wire::dtls::name(*connection.version)}
                               : "no ServerHello in this capture";
    if (connection.cipher_suite) {
        text += fmt::format(", {}", wire::dtls::name(*connection.cipher_suite));
    }
    if (!connection.server_name.empty()) {
        text += fmt::format(", for {}", escaped(connection.server_name));
    }
    text +=
        "\n" + flow_report("client", connection.client) + flow_report("server", connection.server);
    if (connection.round_trip) {
        text += fmt::format("  handshake: round trip {}\n", human_duration(*connection.round_trip));
    }
    return text;
}

} // namespace hawser::command
