// hawser send: files to a hawser that receives.
#include "command/commands.hpp"
#include "command/contradictions.hpp"
#include "command/explain.hpp"
#include "command/file_classes.hpp"
#include "command/file_sender.hpp"
#include "command/text.hpp"
#include "command/watch.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>

namespace hawser::command {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  hawser send report.pdf alpha.example:4297
  hawser send *.log boot.img 10.0.0.1 --class '*.log=cs1' --class '*.img=af41/ect0'
  hawser send a b c 10.0.0.1 --dscp le --parallel 2 --log files.pcapng
  hawser send disk.img 10.0.0.1 --local 10.0.0.9/10.0.1.9    goes on when one network fails
A class is a DSCP, an ECN codepoint after a slash, or both: ef, /ect1, af41/ect0. The first
--class whose pattern matches the name of a file counts, else --dscp and --ecn.)";

constexpr auto kEndWithin = std::chrono::seconds{2};

struct SendFilesOptions {
    NetworkOptions network;
    MarkingOptions marking;
    std::vector<std::string> files; ///< and, last, ADDR
    std::vector<std::string> classes;
    unsigned parallel = 8;
};

/// What can be known to be wrong before anybody is called.
Outcome<std::vector<FileToSend>> prepare(const SendFilesOptions& options) {
    const auto classes = FileClasses::parse(options.classes);
    if (!classes) return std::unexpected{classes.error()};
    std::vector<FileToSend> files;
    std::set<std::string> names;
    for (const std::string& path : options.files) {
        FileToSend file{.path = path, .name = std::filesystem::path{path}.filename().string()};
        const auto size = OutgoingFile::check(path);
        if (!size) return std::unexpected{size.error()};
        if (!names.insert(file.name).second) {
            return failure(ExitCode::usage,
                           fmt::format("two files would both arrive as {}; send them one after the "
                                       "other, to different folders",
                                       file.name));
        }
        file.size = *size;
        file.ancillary = options.marking.ancillary();
        const Marking marking = classes->of(path);
        if (marking.dscp) file.ancillary.dscp = marking.dscp;
        if (marking.ecn) file.ancillary.ecn = marking.ecn;
        files.push_back(std::move(file));
    }
    return files;
}

asio::awaitable<Outcome<>> send(Session& session, const SendFilesOptions& options,
                                std::vector<FileToSend> files, HostList target) {
    auto connection = co_await session.connect(std::move(target));
    if (!connection) co_return std::unexpected{connection.error()};
    const auto watch = Watch::start(session, *connection);
    const auto sender = std::make_shared<FileSender>(session, *connection, std::move(files));
    auto greeted = co_await FileSender::greet(sender);
    if (!greeted) {
        static_cast<void>(co_await connection->within(kEndWithin).shutdown());
        co_return greeted;
    }
    co_await FileSender::run(sender, options.parallel);
    session.console().end_progress();
    session.console().show(file_table(sender->reports(), sender->time()));
    session.console().show(watch->paths_summary());
    connection->shutdown([](const Result<>&) {});
    auto ended = co_await watch->end();
    auto worst = worst_of(sender->reports());
    if (worst) co_return ended;
    // A file that met the end of the association does not know why it ended.
    if (worst.error().code == ExitCode::peer && !ended)
        worst.error().text += "; " + ended.error().text;
    co_return worst;
}

/// One word is a file or an address: whether there is such a file tells which.
Outcome<> check_words(const std::vector<std::string>& words) {
    if (words.size() > 1) return {};
    const std::string& word = words.front();
    std::error_code ignored;
    const bool is_file = std::filesystem::exists(word, ignored);
    return failure(ExitCode::usage,
                   fmt::format("{} {}; write hawser send FILE... ADDR (`hawser send --help` has "
                               "examples)",
                               is_file ? "ADDR is missing after the file"
                                       : "FILE is missing before the address",
                               shown(word)));
}

ExitCode run(SendFilesOptions options) {
    const std::string address = options.files.back();
    options.files.pop_back();
    options.network.files_to_send = options.files;
    Session session{options.network, Role::connects};
    return session.run([&](Session& running) -> asio::awaitable<Outcome<>> {
        auto target = parse_target(address);
        if (!target) co_return std::unexpected{target.error()};
        auto files = prepare(options);
        if (!files) co_return std::unexpected{files.error()};
        co_return co_await send(running, options, *std::move(files), *std::move(target));
    });
}

} // namespace

void add_send(CommandLine& line) {
    Subcommand command = line.add("send", "sends files to `hawser receive`");
    const auto options = std::make_shared<SendFilesOptions>();
    command.option("FILE... ADDR", &options->files, "files, and the peer's SCTP address")
        .required()
        .words(1, 100'000);
    command.option("--class", &options->classes, "marking of files whose name matches")
        .type_name("PATTERN=CLASS")
        .several();
    command.option("--parallel", &options->parallel, "files at once, each on its own stream")
        .type_name("COUNT")
        .shows_default()
        .range(1, 64);
    add_marking_options(command, options->marking);
    add_network_options(command, options->network, Role::connects);
    add_congestion_option(command, options->network);
    add_idle_option(command, options->network);
    command.examples(kExamples);
    command.action([=] {
        auto fitting = check_words(options->files);
        if (fitting) fitting = check_stream_count("a transfer of files", 2, options->network);
        return fitting ? run(*options) : refuse(fitting.error());
    });
}

} // namespace hawser::command
