#include <hawser/core/ancillary.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace hawser {
namespace {

constexpr std::array kDscpNames = std::to_array<std::pair<Dscp, std::string_view>>({
    {Dscp::cs0, "CS0"},   {Dscp::le, "LE"},
    {Dscp::cs1, "CS1"},   {Dscp::af11, "AF11"},
    {Dscp::af12, "AF12"}, {Dscp::af13, "AF13"},
    {Dscp::cs2, "CS2"},   {Dscp::af21, "AF21"},
    {Dscp::af22, "AF22"}, {Dscp::af23, "AF23"},
    {Dscp::cs3, "CS3"},   {Dscp::af31, "AF31"},
    {Dscp::af32, "AF32"}, {Dscp::af33, "AF33"},
    {Dscp::cs4, "CS4"},   {Dscp::af41, "AF41"},
    {Dscp::af42, "AF42"}, {Dscp::af43, "AF43"},
    {Dscp::cs5, "CS5"},   {Dscp::voice_admit, "VOICE-ADMIT"},
    {Dscp::ef, "EF"},     {Dscp::cs6, "CS6"},
    {Dscp::cs7, "CS7"},
});

constexpr std::array kEcnNames = std::to_array<std::pair<std::string_view, Ecn>>({
    {"NOT-ECT", Ecn::not_ect},
    {"NOTECT", Ecn::not_ect},
    {"ECT1", Ecn::ect1},
    {"ECT(1)", Ecn::ect1},
    {"ECT0", Ecn::ect0},
    {"ECT(0)", Ecn::ect0},
    {"CE", Ecn::ce},
});

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto upper = [](char c) {
        if (c == '_') return '-';
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    };
    return std::ranges::equal(a, b, [&](char x, char y) { return upper(x) == upper(y); });
}

std::optional<unsigned> parse_below(std::string_view text, unsigned bound) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stop != end || value >= bound) return std::nullopt;
    return value;
}

} // namespace

std::string to_string(Dscp dscp) {
    for (const auto& [value, name] : kDscpNames) {
        if (value == dscp) return std::string{name};
    }
    return std::to_string(std::to_underlying(dscp));
}

std::string_view to_string(Ecn ecn) {
    switch (ecn) {
    case Ecn::not_ect: return "Not-ECT";
    case Ecn::ect1: return "ECT(1)";
    case Ecn::ect0: return "ECT(0)";
    case Ecn::ce: return "CE";
    }
    return "?";
}

Result<Dscp> parse_dscp(std::string_view text) {
    for (const auto& [value, name] : kDscpNames) {
        if (equal_ignoring_case(text, name)) return value;
    }
    if (const auto number = parse_below(text, 64)) return static_cast<Dscp>(*number);
    return fail(Errc::invalid_argument, "DSCP: want a name such as ef, af41, cs1, or 0 to 63");
}

Result<Ecn> parse_ecn(std::string_view text) {
    for (const auto& [name, value] : kEcnNames) {
        if (equal_ignoring_case(text, name)) return value;
    }
    if (const auto number = parse_below(text, 4)) return static_cast<Ecn>(*number);
    return fail(Errc::invalid_argument, "ECN: want not-ect, ect0, ect1 or ce");
}

ControlMessages::ControlMessages(const ControlMessages& other) {
    if (!other.empty()) list_ = std::make_unique<std::vector<ControlMessage>>(*other.list_);
}

ControlMessages& ControlMessages::operator=(const ControlMessages& other) {
    if (this != &other) {
        list_ =
            other.empty() ? nullptr : std::make_unique<std::vector<ControlMessage>>(*other.list_);
    }
    return *this;
}

void ControlMessages::push_back(ControlMessage message) {
    if (list_ == nullptr) list_ = std::make_unique<std::vector<ControlMessage>>();
    list_->push_back(std::move(message));
}

Ancillary Ancillary::over(const Ancillary& defaults) const {
    Ancillary merged = *this;
    const auto fill = [](auto& field, const auto& otherwise) {
        if (!field) field = otherwise;
    };
    fill(merged.dscp, defaults.dscp);
    fill(merged.ecn, defaults.ecn);
    fill(merged.hop_limit, defaults.hop_limit);
    fill(merged.dont_fragment, defaults.dont_fragment);
    fill(merged.interface_index, defaults.interface_index);
    fill(merged.flow_label, defaults.flow_label);
    fill(merged.mark, defaults.mark);
    fill(merged.priority, defaults.priority);
    if (merged.extra.empty()) merged.extra = defaults.extra;
    return merged;
}

std::string to_string(const Ancillary& ancillary) {
    std::string text;
    const auto add = [&text](std::string_view word) {
        if (!text.empty()) text += ' ';
        text += word;
    };
    const auto add_number = [&add](std::string_view label, const auto& value) {
        if (value) add(std::string{label} + " " + std::to_string(*value));
    };
    if (ancillary.dscp) add(to_string(*ancillary.dscp));
    if (ancillary.ecn) add(to_string(*ancillary.ecn));
    add_number("hop limit", ancillary.hop_limit);
    if (ancillary.dont_fragment) add(*ancillary.dont_fragment ? "DF" : "may fragment");
    add_number("interface", ancillary.interface_index);
    add_number("flow label", ancillary.flow_label);
    add_number("mark", ancillary.mark);
    add_number("priority", ancillary.priority);
    if (ancillary.send_at) add("timed");
    if (!ancillary.extra.empty()) {
        add(std::to_string(ancillary.extra.size()) + " more control messages");
    }
    return text;
}

} // namespace hawser
