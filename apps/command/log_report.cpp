#include "command/log_report.hpp"

#include "command/dtls_report.hpp"
#include "command/log_text.hpp"
#include "command/table.hpp"
#include "command/text.hpp"

#include <hawser/wire/sctp/numbers.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hawser::command {
namespace {

using capture::AssociationSummary;
using capture::Flow;
using Align = Table::Align;

/// More streams than these are summed up in one line.
constexpr std::size_t kStreamsShown = 20;

std::string places(const Flow& flow) {
    std::string text;
    for (const Address& address : flow.addresses) {
        // Before the first packet has come our own may not be known.
        if (address.is_unspecified() && flow.addresses.size() > 1) continue;
        if (!text.empty()) text += ", ";
        text += address.port() == 0 ? host_to_string(address) : to_string(address);
    }
    return fmt::format("{} SCTP {}", text.empty() ? "(silent)" : text, flow.port);
}

std::string ending(capture::Ending ending) {
    switch (ending) {
    case capture::Ending::open: return "still up at the end";
    case capture::Ending::shutdown: return "shut down";
    case capture::Ending::aborted: return "aborted";
    }
    std::unreachable();
}

std::string chunk_counts(const Flow& flow) {
    std::string text;
    for (std::size_t type = 0; type < flow.chunks.size(); ++type) {
        if (flow.chunks[type] == 0) continue;
        text +=
            fmt::format("{}{} {}", text.empty() ? "" : ", ",
                        capture::chunk_name(static_cast<std::uint8_t>(type)), flow.chunks[type]);
    }
    return text.empty() ? "none" : text;
}

std::string flow_report(const std::string& title, const Flow& flow) {
    std::string text = fmt::format("  {}: {}\n", title, places(flow));
    text += fmt::format("    {}, {}; {}, {}\n", counted(flow.packets, "packet"),
                        human_bytes(flow.bytes), counted(flow.messages, "message"),
                        human_bytes(flow.message_bytes));
    text += fmt::format("    chunks: {}\n", chunk_counts(flow));
    text += fmt::format(
        "    sent again: {}, {}; it reported {} with gaps, {}\n",
        counted(flow.retransmitted_chunks, "chunk"), human_bytes(flow.retransmitted_bytes),
        counted(flow.sacks_with_gaps, "SACK"), counted(flow.duplicates_reported, "duplicate"));
    text += fmt::format("    markings: {}\n", marking_counts(flow.markings, flow.hop_limits));
    for (const auto& cause : flow.causes) {
        text += fmt::format("    {} at {}: {}{}{}\n", cause.abort ? "ABORT" : "ERROR",
                            clock_time(cause.time), cause.name.empty() ? "no cause" : cause.name,
                            cause.text.empty() ? "" : ": ", escaped(cause.text));
    }
    return text;
}

void add_streams(Table& table, const std::string& from, const Flow& flow) {
    for (std::size_t i = 0; i < std::min(flow.streams.size(), kStreamsShown); ++i) {
        const auto& stream = flow.streams[i];
        const auto ppid = static_cast<std::uint32_t>(stream.ppid);
        table.add({from, fmt::format("{}", static_cast<unsigned>(stream.stream)),
                   ppid < 0x10000 ? fmt::format("{}", ppid) : fmt::format("{:#x}", ppid),
                   fmt::format("{}", stream.messages), fmt::format("{}", stream.bytes),
                   fmt::format("{}", stream.unordered_messages)});
    }
    if (flow.streams.size() > kStreamsShown) {
        table.add({from, fmt::format("and {} more", flow.streams.size() - kStreamsShown), "", "",
                   "", ""});
    }
}

std::string association_report(std::size_t number, const AssociationSummary& association) {
    std::string text = fmt::format("\nassociation {}, seen by {}: {} to {}, {}\n", number,
                                   association.observer, clock_time(association.first),
                                   clock_time(association.last), ending(association.ending));
    text += flow_report("initiator", association.initiator);
    text += flow_report("responder", association.responder);
    if (association.handshake.round_trip) {
        text += fmt::format("  handshake: round trip {}, {}\n",
                            human_duration(*association.handshake.round_trip),
                            counted(association.handshake.inits, "INIT"));
    }
    if (association.streams) {
        text += fmt::format("  streams agreed: {} to the responder, {} back\n",
                            association.streams->first, association.streams->second);
    }
    Table streams{{{"  from"},
                   {"stream", Align::right},
                   {"PPID", Align::right},
                   {"messages", Align::right},
                   {"bytes", Align::right},
                   {"unordered", Align::right}}};
    add_streams(streams, "  initiator", association.initiator);
    add_streams(streams, "  responder", association.responder);
    return streams.empty() ? text : text + streams.text();
}

bool is_ours(const capture::Summary& summary) {
    return summary.application.starts_with("hawser");
}

/// A log of ours ends with what was lost on each of its interfaces while it was written, and has
/// one even when it has no packet.
bool misses_its_end(const capture::Summary& summary) {
    const auto has_statistics = [](const capture::InterfaceInfo& one) {
        return one.lost.has_value();
    };
    return is_ours(summary) && std::ranges::none_of(summary.interfaces, has_statistics);
}

/// Only a log of ours says what was dropped, and only what is in it.
std::string no_drops_report(const capture::Summary& summary) {
    if (!is_ours(summary)) return {};
    const bool whole = summary.lost_packets == 0 && !summary.problem && !misses_its_end(summary);
    return whole ? "\nno packet was dropped\n"
                 : "\nno packet that is in this log was dropped; what became of the others, it "
                   "does not tell\n";
}

std::string drops_report(const capture::Summary& summary) {
    if (summary.drops.empty()) return no_drops_report(summary);
    Table table{{{"dropped by"}, {"way"}, {"why"}, {"packets", Align::right}}};
    for (const auto& drop : summary.drops) {
        table.add({drop.observer, drop.direction == Direction::in ? "in" : "out",
                   escaped(drop.reason), fmt::format("{}", drop.packets)});
    }
    return "\n" + table.text();
}

/// What all frames are: the numbers add up to that of the frames, as Wireshark counts them.
std::string frames_report(const capture::Summary& summary) {
    std::string text =
        fmt::format("{}, {}: {} of SCTP in {}", counted(summary.frames, "frame"),
                    human_bytes(summary.bytes), counted(summary.sctp_packets, "packet"),
                    counted(summary.associations.size(), "association"));
    const std::array<std::pair<std::uint64_t, std::string_view>, 7> others{{
        {summary.repeated_packets, "of them once more, in the clear"},
        {summary.packets_not_kept, "of associations that are not listed"},
        {summary.dtls_frames, "of DTLS"},
        {summary.other_frames, "of something else"},
        {summary.malformed_packets, "malformed"},
        {summary.unreadable_packets, "cut before they tell what they are"},
        {summary.dropped_frames, "of dropped packets: the table at the end says why"},
    }};
    for (const auto& [packets, what] : others) {
        if (packets > 0) text += fmt::format(", {} {}", packets, what);
    }
    text += '\n';
    if (summary.trains > 0) {
        text += fmt::format("{} of these frames {} of {}, as captured before a network card cut "
                            "them or after it joined them; each packet is counted\n",
                            summary.trains, summary.trains == 1 ? "is a row" : "are rows",
                            counted(summary.train_packets, "packet"));
    }
    return text;
}

/// What is not in the file, and what is not whole in it.
std::string gaps_report(const capture::Summary& summary) {
    std::string text;
    if (summary.lost_packets > 0) {
        text += fmt::format("{} more came faster than they could be written, and {} missing\n",
                            counted(summary.lost_packets, "packet"),
                            summary.lost_packets == 1 ? "is" : "are");
    }
    if (misses_its_end(summary)) {
        text += "the end of this log is missing (it has no statistics): whoever wrote it was "
                "killed, met a full disk, or still writes; more may be lost\n";
    }
    if (summary.cut_frames > 0) {
        text += fmt::format("{} cut short by the capture (snap length): what their headers say is "
                            "counted, what was cut off is not looked at\n",
                            counted(summary.cut_frames, "frame"));
    }
    return text;
}

} // namespace

std::string log_report(const capture::Summary& summary) {
    std::string text;
    if (!summary.application.empty()) {
        text += fmt::format("written by {}\n", escaped(summary.application));
    }
    text += frames_report(summary) + gaps_report(summary);
    for (std::size_t i = 0; i < summary.associations.size(); ++i)
        text += association_report(i + 1, summary.associations[i]);
    for (std::size_t i = 0; i < summary.dtls.size(); ++i)
        text += dtls_report(i + 1, summary.dtls[i]);
    if (summary.datagrams_not_kept > 0) {
        text += fmt::format("\n{} of further DTLS connections are not listed\n",
                            counted(summary.datagrams_not_kept, "datagram"));
    }
    if (summary.packets_not_kept > 0) {
        text += fmt::format("\n{} of further associations are not listed\n",
                            counted(summary.packets_not_kept, "packet"));
    }
    return text + drops_report(summary);
}

} // namespace hawser::command
