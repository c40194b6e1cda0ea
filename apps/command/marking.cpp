#include "command/marking.hpp"

#include <fmt/format.h>

namespace hawser::command {
namespace {

constexpr const char* kHeading = "Markings of every message";
constexpr std::uint8_t kHasDscp = 1, kHasEcn = 2, kHasHopLimit = 4;

std::string check_dscp(const std::string& text) {
    if (parse_dscp(text)) return {};
    return fmt::format("\"{}\" is no DSCP; use a name such as ef, af41, cs1, le, or a number from "
                       "0 to 63",
                       text);
}

std::string check_ecn(const std::string& text) {
    if (parse_ecn(text)) return {};
    return fmt::format("\"{}\" is no ECN codepoint; use not-ect, ect0, ect1 or ce", text);
}

} // namespace

std::string Marking::text() const {
    return fmt::format("{}/{}", to_string(dscp.value_or(Dscp::cs0)),
                       to_string(ecn.value_or(Ecn::not_ect)));
}

void write_marking(wire::Writer& out, const Marking& marking) {
    out.u8(static_cast<std::uint8_t>((marking.dscp ? kHasDscp : 0) | (marking.ecn ? kHasEcn : 0) |
                                     (marking.hop_limit ? kHasHopLimit : 0)));
    out.u8(static_cast<std::uint8_t>(marking.dscp.value_or(Dscp::cs0)));
    out.u8(static_cast<std::uint8_t>(marking.ecn.value_or(Ecn::not_ect)));
    out.u8(marking.hop_limit.value_or(0));
}

Marking read_marking(wire::Reader& in) {
    const std::uint8_t has = in.u8();
    const auto dscp = static_cast<Dscp>(in.u8() & 63);
    const auto ecn = static_cast<Ecn>(in.u8() & 3);
    const std::uint8_t hop_limit = in.u8();
    Marking marking;
    if ((has & kHasDscp) != 0) marking.dscp = dscp;
    if ((has & kHasEcn) != 0) marking.ecn = ecn;
    if ((has & kHasHopLimit) != 0 && hop_limit != 0) marking.hop_limit = hop_limit;
    return marking;
}

Outcome<Marking> parse_class(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string dscp{text.substr(0, slash)};
    const std::string ecn{slash == std::string_view::npos ? "" : text.substr(slash + 1)};
    Marking marking;
    if (!dscp.empty() || ecn.empty()) {
        if (auto wrong = check_dscp(dscp); !wrong.empty()) return failure(ExitCode::usage, wrong);
        marking.dscp = *parse_dscp(dscp);
    }
    if (!ecn.empty()) {
        if (auto wrong = check_ecn(ecn); !wrong.empty()) return failure(ExitCode::usage, wrong);
        marking.ecn = *parse_ecn(ecn);
    }
    return marking;
}

Ancillary MarkingOptions::ancillary() const {
    Ancillary ancillary;
    if (!dscp.empty()) ancillary.dscp = *parse_dscp(dscp);
    if (!ecn.empty()) ancillary.ecn = *parse_ecn(ecn);
    if (hop_limit) ancillary.hop_limit = static_cast<std::uint8_t>(*hop_limit);
    ancillary.flow_label = flow_label;
    ancillary.mark = mark;
    ancillary.priority = priority;
    return ancillary;
}

void add_class_options(Subcommand command, MarkingOptions& options) {
    Subcommand markings = command.group(kHeading);
    markings
        .option("--dscp", &options.dscp,
                "traffic class: ef, af41, cs1, le ... or 0 to 63 (RFC 2474)")
        .type_name("CLASS")
        .check(check_dscp);
    markings.option("--ecn", &options.ecn, "not-ect, ect0, ect1 or ce (RFC 3168)")
        .type_name("ECN")
        .check(check_ecn);
}

void add_marking_options(Subcommand command, MarkingOptions& options) {
    add_class_options(command, options);
    Subcommand markings = command.group(kHeading);
    markings.option("--hop-limit", &options.hop_limit, "IPv4 TTL or IPv6 hop limit")
        .type_name("HOPS")
        .range(1, 255);
    markings.option("--flow-label", &options.flow_label, "IPv6 flow label (RFC 6437)")
        .type_name("LABEL")
        .range(0, 0xfffff);
    markings.option("--mark", &options.mark, "firewall mark (SO_MARK)")
        .type_name("MARK")
        .range(std::size_t{0}, kNumberMax);
    markings.option("--priority", &options.priority, "socket priority (SO_PRIORITY)")
        .type_name("PRIORITY")
        .range(std::size_t{0}, kNumberMax);
}

} // namespace hawser::command
