// hawser log: what a capture tells of its SCTP associations and DTLS connections.
#include "command/commands.hpp"
#include "command/console.hpp"
#include "command/explain.hpp"
#include "command/gzip.hpp"
#include "command/log_report.hpp"
#include "command/text.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include <unistd.h>

namespace hawser::command {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  hawser log talk.pcapng            associations, chunks, retransmissions, drops and why, markings
  hawser log tcpdump.pcap.gz        captures of other programs too
  tcpdump -w - udp | hawser log -   and those that are under way, until they end
  wireshark talk.pcapng             every packet; no settings are needed)";

Result<std::unique_ptr<capture::Source>> open(const std::string& file) {
    auto source = file == "-" ? capture::open_descriptor_source(STDIN_FILENO)
                              : capture::open_file_source(file);
    if (!source) return source;
    return unpacked(*std::move(source));
}

ExitCode run(const std::string& file) {
    Console console;
    if (file == "-" && isatty(STDIN_FILENO) == 1) {
        console.say("hawser: -: standard input is a terminal, and packets are no text");
        return ExitCode::usage;
    }
    const auto progress = [&console](std::uint64_t read, std::uint64_t total) {
        if (total == 0) return;
        console.progress(static_cast<double>(read) / static_cast<double>(total), human_bytes(read));
    };
    auto source = open(file);
    const auto summary =
        source ? capture::summarise(*std::move(source), progress) : std::unexpected{source.error()};
    console.end_progress();
    if (!summary) {
        console.say(fmt::format("hawser: {}: {}", shown(file), plain_text(summary.error())));
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
    command
        .option("FILE", file.get(),
                "a pcapng or pcap file, maybe packed by gzip; - is standard input")
        .required();
    command.examples(kExamples);
    command.action([=] { return run(*file); });
}

} // namespace hawser::command
