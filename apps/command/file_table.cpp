#include "command/file_table.hpp"

#include "command/table.hpp"
#include "command/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hawser::command {
namespace {

/// Routers rewrite DSCP and ECN; every one of them lowers the hop limit.
bool same_class(const Marking& a, const Marking& b) {
    return a.dscp.value_or(Dscp::cs0) == b.dscp.value_or(Dscp::cs0) &&
           a.ecn.value_or(Ecn::not_ect) == b.ecn.value_or(Ecn::not_ect);
}

std::string verdict(const Outcome<>& outcome) {
    if (outcome) return "ok";
    return outcome.error().code == ExitCode::integrity ? "DIFFERS" : "-";
}

} // namespace

std::string arrived_text(const std::vector<Arrived>& arrived) {
    if (arrived.empty()) return "-";
    if (arrived.size() == 1) return arrived.front().marking.text();
    std::uint64_t sum = 0;
    for (const Arrived& kind : arrived)
        sum += kind.messages;
    std::string text;
    for (const Arrived& kind : arrived) {
        const double share = static_cast<double>(kind.messages) / static_cast<double>(sum);
        text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", kind.marking.text(),
                            share * 100);
    }
    return text;
}

std::string file_table(const std::vector<FileReport>& files, Duration time) {
    using Align = Table::Align;
    Table table{{{"file"},
                 {"bytes", Align::right},
                 {"time", Align::right},
                 {"rate", Align::right},
                 {"sent"},
                 {"arrived"},
                 {"SHA-256"}}};
    std::uint64_t bytes = 0, whole = 0;
    for (const FileReport& file : files) {
        table.add({escaped(file.name), fmt::format("{}", file.bytes), human_duration(file.time),
                   human_rate(file.bytes, file.time), file.sent.text(), arrived_text(file.arrived),
                   verdict(file.outcome)});
        bytes += file.bytes;
        if (file.outcome) ++whole;
    }
    std::string text = table.text();
    text += fmt::format("{} of {} whole, {} in {}, {}\n", whole, counted(files.size(), "file"),
                        human_bytes(bytes), human_duration(time), human_rate(bytes, time));
    for (const FileReport& file : files) {
        if (!file.outcome) {
            text += fmt::format("{}: {}\n", escaped(file.name), escaped(file.outcome.error().text));
        }
    }
    return text;
}

Outcome<> worst_of(const std::vector<FileReport>& files) {
    static constexpr std::array kWorstFirst{ExitCode::integrity, ExitCode::file,
                                            ExitCode::marking,   ExitCode::limit,
                                            ExitCode::peer,      ExitCode::interrupted};
    const auto failed = std::ranges::count_if(files, [](const auto& f) { return !f.outcome; });
    for (const ExitCode code : kWorstFirst) {
        const auto worst = std::ranges::find_if(files, [code](const FileReport& file) {
            return !file.outcome && file.outcome.error().code == code;
        });
        if (worst == files.end()) continue;
        return failure(code, fmt::format("{} of {} did not arrive; {}: {}", failed,
                                         counted(files.size(), "file"), escaped(worst->name),
                                         escaped(worst->outcome.error().text)));
    }
    return {};
}

void ArrivalCount::add(const Marking& marking) {
    const auto known = std::ranges::find_if(
        seen_, [&](const Arrived& kind) { return same_class(kind.marking, marking); });
    if (known == seen_.end()) {
        seen_.push_back({marking, 1});
    } else {
        ++known->messages;
    }
}

std::vector<Arrived> ArrivalCount::sorted() const {
    std::vector<Arrived> sorted = seen_;
    std::ranges::sort(sorted, std::ranges::greater{}, &Arrived::messages);
    if (sorted.size() > FileResult::kArrivedMax) sorted.resize(FileResult::kArrivedMax);
    return sorted;
}

} // namespace hawser::command
