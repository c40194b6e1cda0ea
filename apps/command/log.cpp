// hawser log: what a capture tells of its SCTP associations.
#include "command/commands.hpp"
#include "command/console.hpp"
#include "command/log_report.hpp"
#include "command/text.hpp"

#include <fmt/format.h>

#include <memory>

namespace hawser::command {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  hawser log talk.pcapng            associations, chunks, retransmissions, drops and why, markings
  hawser log tcpdump.pcap           captures of other programs too
  wireshark talk.pcapng             every packet; no settings are needed)";

ExitCode run(const std::string& file) {
    Console console;
    const auto progress = [&console](std::uint64_t read, std::uint64_t total) {
        if (total == 0) return;
        console.progress(static_cast<double>(read) / static_cast<double>(total), human_bytes(read));
    };
    const auto summary = capture::summarise(file, progress);
    console.end_progress();
    if (!summary) {
        const Error& error = summary.error();
        console.say(fmt::format("hawser: {}: {}{}", file, error.what,
                                error.os_errno == 0 ? "" : ", " + os_text(error.os_errno)));
        return ExitCode::file;
    }
    show(log_report(*summary));
    if (!summary->problem) return ExitCode::ok;
    console.say(
        fmt::format("hawser: {}: {}; what precedes that is shown", file, summary->problem->what));
    return ExitCode::file;
}

} // namespace

void add_log(CommandLine& line) {
    Subcommand command = line.add("log", "sums up a packet log");
    const auto file = std::make_shared<std::string>();
    command.option("FILE", file.get(), "a pcapng or pcap file").required();
    command.examples(kExamples);
    command.action([=] { return run(*file); });
}

} // namespace hawser::command
