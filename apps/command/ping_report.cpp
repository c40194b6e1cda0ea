#include "command/ping_report.hpp"

#include "command/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace hawser::command {
namespace {

/// "DSCP and ECN changed"; "" when both are as they were sent.
std::string change(const Marking& sent, const Marking& arrived) {
    const bool dscp = sent.dscp.value_or(Dscp::cs0) != arrived.dscp.value_or(Dscp::cs0);
    const bool ecn = sent.ecn.value_or(Ecn::not_ect) != arrived.ecn.value_or(Ecn::not_ect);
    const bool marked = ecn && arrived.ecn == Ecn::ce;
    if (dscp && ecn) return marked ? ", DSCP changed, congestion marked" : ", DSCP and ECN changed";
    if (dscp) return ", DSCP changed";
    if (ecn) return marked ? ", congestion marked" : ", ECN changed";
    return "";
}

std::string hops(const Marking& sent, const Marking& arrived) {
    if (!sent.hop_limit || !arrived.hop_limit || *arrived.hop_limit > *sent.hop_limit) return "";
    return fmt::format(", {}", counted(*sent.hop_limit - *arrived.hop_limit, "hop"));
}

std::string way(const Marking& sent, const Marking& arrived) {
    return fmt::format("{} arrived {}{}{}", sent.text(), arrived.text(), change(sent, arrived),
                       hops(sent, arrived));
}

void add_once(std::vector<std::string>& list, std::string text) {
    if (std::ranges::find(list, text) == list.end()) list.push_back(std::move(text));
}

} // namespace

std::string ping_line(const PingAnswer& answer) {
    const std::string there = answer.there ? way(answer.sent, *answer.there) : "not known";
    const std::string back = answer.back ? way(*answer.back, answer.here)
                                         : fmt::format("arrived {}", answer.here.text());
    return fmt::format("{:>3}  {:>9}   there: {}   back: {}", answer.sequence,
                       human_duration(answer.round_trip), there, back);
}

std::vector<std::string> RoundTrips::cells() const {
    const double lost = static_cast<double>(asked_ - answered());
    std::vector<std::string> cells{
        fmt::format("{}", asked_), fmt::format("{}", answered()),
        fmt::format("{:.0f} %", asked_ == 0 ? 0.0 : 100.0 * lost / static_cast<double>(asked_))};
    if (times_.empty()) {
        cells.insert(cells.end(), {"-", "-", "-"});
        return cells;
    }
    const auto sum = std::accumulate(times_.begin(), times_.end(), Duration{});
    cells.push_back(human_duration(*std::ranges::min_element(times_)));
    cells.push_back(human_duration(sum / static_cast<std::int64_t>(times_.size())));
    cells.push_back(human_duration(*std::ranges::max_element(times_)));
    return cells;
}

Table RoundTrips::table(Table::Column first, std::vector<Table::Column> others) {
    using Align = Table::Align;
    std::vector<Table::Column> columns{std::move(first),           {"asked", Align::right},
                                       {"answered", Align::right}, {"loss", Align::right},
                                       {"min", Align::right},      {"avg", Align::right},
                                       {"max", Align::right}};
    std::ranges::move(others, std::back_inserter(columns));
    return Table{std::move(columns)};
}

void PingTally::add(const PingAnswer& answer) {
    round_trips_.add(answer.round_trip);
    peer_tells_ = answer.there.has_value();
    if (answer.there) add_once(there_, answer.there->text());
    add_once(here_, answer.here.text());
}

std::vector<std::string> PingTally::row() const {
    std::vector<std::string> row = round_trips_.cells();
    row.insert(row.begin(), marking_.text());
    if (round_trips_.answered() == 0) {
        row.insert(row.end(), {"-", "-"});
        return row;
    }
    row.push_back(peer_tells_ ? fmt::format("{}", fmt::join(there_, ", ")) : "not known");
    row.push_back(fmt::format("{}", fmt::join(here_, ", ")));
    return row;
}

std::string ping_table(const std::vector<PingTally>& tallies) {
    Table table = RoundTrips::table({"sent as"}, {{"arrived there"}, {"came back"}});
    for (const PingTally& tally : tallies)
        table.add(tally.row());
    return table.text();
}

} // namespace hawser::command
