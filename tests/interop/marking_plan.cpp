#include "interop/marking_plan.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include <netinet/in.h>

namespace hawser::interop {
namespace {

/// Larger than every record of a handshake's end, an ACK or an alert.
constexpr std::size_t kTextBytesMin = 200;
constexpr std::size_t kTextBytesAboveMtu = 1'600;
constexpr std::uint8_t kDefaultHopLimit = 64;
constexpr std::uint32_t kFlowLabels = 1u << 20;

std::string text_of(std::size_t number, std::size_t bytes) {
    std::string text = fmt::format("{} ", number);
    text.resize(bytes, '.');
    return text;
}

/// Collects records; their texts get longer by one byte each.
class Plan {
public:
    Plan(Family wire, const Interfaces& interfaces) : wire_{wire}, interfaces_{interfaces} {}

    MarkedRecord& add(const Ancillary& asked) {
        return add(asked, kTextBytesMin + records_.size());
    }

    MarkedRecord& add(const Ancillary& asked, std::size_t text_bytes) {
        Ancillary defaults;
        defaults.dscp = Dscp::cs0;
        defaults.ecn = Ecn::not_ect;
        defaults.hop_limit = kDefaultHopLimit;
        defaults.interface_index = interfaces_[0];
        defaults.dont_fragment = true;
        if (wire_ == Family::ipv6) defaults.flow_label = 0;
        records_.push_back({.text = text_of(records_.size(), text_bytes),
                            .asked = asked,
                            .expected = asked.over(defaults)});
        return records_.back();
    }

    /// With an unmarked one after it: nothing of it may be left there.
    MarkedRecord& add_alone(const Ancillary& asked) {
        const std::size_t at = records_.size();
        add(asked);
        add({});
        return records_[at];
    }

    std::vector<MarkedRecord> take() { return std::move(records_); }

private:
    Family wire_;
    Interfaces interfaces_;
    std::vector<MarkedRecord> records_;
};

/// All that a packet itself carries, other than that of the neighbours in every field.
Ancillary everything(Family wire, const Interfaces& interfaces, unsigned i) {
    Ancillary all;
    all.dscp = static_cast<Dscp>(i / 4 % 64);
    all.ecn = static_cast<Ecn>(i % 4);
    all.hop_limit = static_cast<std::uint8_t>(1 + i * 37 % 255);
    all.interface_index = interfaces[i % 2];
    all.dont_fragment = i % 3 == 0;
    if (wire == Family::ipv6) all.flow_label = (i * 12'289 + 1) % kFlowLabels;
    return all;
}

void add_control_messages(Plan& plan, Family wire) {
    const bool ipv6 = wire == Family::ipv6;
    const int octet = 0xb9;
    const Bytes bytes = std::as_bytes(std::span{&octet, 1});
    Ancillary asked;
    asked.extra.push_back({.level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP,
                           .type = ipv6 ? IPV6_TCLASS : IP_TOS,
                           .data = {bytes.begin(), bytes.end()}});
    MarkedRecord& record = plan.add_alone(asked);
    record.expected.dscp = Dscp::ef;
    record.expected.ecn = Ecn::ect1;
}

void add_each_alone(Plan& plan, Family wire, const Interfaces& interfaces) {
    for (const Dscp dscp : {Dscp::ef, Dscp::le, Dscp::cs7})
        plan.add_alone({.dscp = dscp});
    for (const Ecn ecn : {Ecn::ect0, Ecn::ect1, Ecn::ce})
        plan.add_alone({.ecn = ecn});
    for (const unsigned hops : {1u, 63u, 255u})
        plan.add_alone({.hop_limit = static_cast<std::uint8_t>(hops)});
    plan.add_alone({.dont_fragment = false});
    plan.add_alone({.dont_fragment = true});
    for (const std::uint32_t index : interfaces)
        plan.add_alone({.interface_index = index});
    for (std::uint32_t label = 1; wire == Family::ipv6 && label < kFlowLabels; label <<= 1)
        plan.add_alone({.flow_label = label});
    for (unsigned mark = 1; mark <= kMarks; ++mark)
        plan.add_alone({.mark = mark}).expected.hop_limit = hop_limit_of_mark(mark);
    for (unsigned priority = 1; priority <= kPriorities; ++priority) {
        plan.add_alone({.priority = priority}).expected.hop_limit = hop_limit_of_priority(priority);
    }
    add_control_messages(plan, wire);
}

void tell(std::string& all, std::string_view name, auto expected, auto arrived) {
    if (expected == arrived) return;
    const auto text = [](const auto& value) {
        return value ? fmt::format("{}", static_cast<std::uint32_t>(*value)) : std::string{"none"};
    };
    all += fmt::format(" {} {} instead of {}", name, text(arrived), text(expected));
}

} // namespace

std::vector<MarkedRecord> marking_plan(Family wire, const Interfaces& interfaces) {
    Plan plan{wire, interfaces};
    for (unsigned i = 0; i < 256; ++i)
        plan.add(everything(wire, interfaces, i));
    plan.add({});
    add_each_alone(plan, wire, interfaces);
    plan.add({.dscp = Dscp::af11, .dont_fragment = false}, kTextBytesAboveMtu).fragments = true;
    return plan.take();
}

std::vector<MarkedRecord> train_plan(Family wire, const Interfaces& interfaces) {
    Plan plan{wire, interfaces};
    for (unsigned train = 0; train < kTrains; ++train) {
        Ancillary asked = everything(wire, interfaces, 13 * train + 5);
        asked.interface_index = interfaces[0]; // a row is put together again on one interface
        for (std::size_t i = 0; i < kRecordsOfTrain; ++i)
            plan.add(asked, kTextBytesMin + train);
    }
    return plan.take();
}

std::vector<Impossible> impossible_markings(Family wire) {
    const bool ipv6 = wire == Family::ipv6;
    Ancillary other_level;
    other_level.extra.push_back({.level = ipv6 ? IPPROTO_IP : IPPROTO_IPV6,
                                 .type = ipv6 ? IP_TOS : IPV6_TCLASS,
                                 .data = std::vector<std::byte>(sizeof(int))});
    std::vector<Impossible> all{
        {"hop limit 0", {.hop_limit = std::uint8_t{0}}, Errc::invalid_argument},
        {"DSCP 64", {.dscp = static_cast<Dscp>(64)}, Errc::invalid_argument},
        {"a control message of the other family", other_level, Errc::unsupported},
        {"a send time on a socket without it", {.send_at = SendTime{}}, Errc::unsupported},
    };
    if (!ipv6) all.push_back({"a flow label on IPv4", {.flow_label = 1u}, Errc::unsupported});
    if (ipv6) {
        all.push_back(
            {"a flow label of 21 bits", {.flow_label = kFlowLabels}, Errc::invalid_argument});
    }
    return all;
}

std::optional<std::size_t> number_of(std::string_view text) {
    std::size_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = failure == std::errc{} && end != text.data() + text.size() && *end == ' ';
    return whole ? std::optional{number} : std::nullopt;
}

std::string difference(const MarkedRecord& record, std::string_view text,
                       const Ancillary& arrived) {
    std::string all;
    if (text != record.text) all += " another text";
    tell(all, "dscp", record.expected.dscp, arrived.dscp);
    tell(all, "ecn", record.expected.ecn, arrived.ecn);
    tell(all, "hop limit", record.expected.hop_limit, arrived.hop_limit);
    tell(all, "interface", record.expected.interface_index, arrived.interface_index);
    // The kernel is silent about a label of 0.
    std::optional<std::uint32_t> label = arrived.flow_label;
    if (!label && record.expected.flow_label) label = 0;
    tell(all, "flow label", record.expected.flow_label, label);
    if (!arrived.received_at) all += " no time of arrival";
    if (!arrived.extra.empty()) all += " more beside it";
    return all;
}

} // namespace hawser::interop
