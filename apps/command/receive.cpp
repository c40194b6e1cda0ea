// hawser receive: files into a folder, from whoever sends them.
#include "command/answering.hpp"
#include "command/commands.hpp"
#include "command/condition.hpp"
#include "command/contradictions.hpp"
#include "command/incoming_files.hpp"
#include "command/text.hpp"
#include "command/watch.hpp"

#include <hawser/net/clock.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace hawser::command {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  hawser receive incoming/                     the files of one sender, then ends
  hawser receive incoming/ 10.0.0.1:4297 --keep-open
  hawser receive incoming/ 10.0.0.1/10.0.1.1       on two networks; one may fail
  hawser receive incoming/ --overwrite --log files.pcapng
A file stands under its name once it is whole, its SHA-256 is right and the disk has it; until
then it has none, or one that begins with a dot. Names are reduced to their last part: a sender
cannot choose another folder.)";

constexpr auto kProgressInterval = std::chrono::milliseconds{200};
constexpr auto kEndWithin = std::chrono::seconds{5};

struct ReceiveOptions {
    NetworkOptions network;
    std::string folder, address;
    bool overwrite = false;
    bool keep_open = false;
};

class Receiver {
public:
    Receiver(Session& session, const ReceiveOptions& options, std::shared_ptr<const Folder> folder,
             Listener listener)
        : session_(session),
          options_(options),
          folder_(std::move(folder)),
          listener_(std::move(listener)),
          served_(session.executor()) {}

    static asio::awaitable<Outcome<>> run(std::shared_ptr<Receiver> self);

private:
    static asio::awaitable<void> serve(std::shared_ptr<Receiver> self, Connection connection);
    asio::awaitable<void> take(IncomingFiles& files, Answering& answering,
                               const Connection& connection, const Message& message);
    void conclude(IncomingFiles& files, Outcome<> ending);
    void show_progress(const IncomingFiles& files);

    Session& session_;
    ReceiveOptions options_;
    std::shared_ptr<const Folder> folder_;
    Listener listener_;
    Condition served_;
    unsigned serving_ = 0;
    Instant drawn_{};
    Outcome<> outcome_;
};

asio::awaitable<Outcome<>> Receiver::run(std::shared_ptr<Receiver> self) {
    while (auto connection = co_await self->listener_.accept()) {
        self->session_.somebody_came();
        self->session_.console().detail(
            fmt::format("{} has connected", peer_text(connection->path())));
        self->session_.idle().touch();
        ++self->serving_;
        spawn(self->session_.executor(), serve(self, *std::move(connection)));
    }
    static_cast<void>(co_await self->session_.endpoint().shutdown(kEndWithin));
    while (self->serving_ > 0)
        co_await self->served_.wait();
    co_return self->outcome_;
}

asio::awaitable<void> Receiver::serve(std::shared_ptr<Receiver> self, Connection connection) {
    const auto watch = Watch::start(self->session_, connection);
    Answering answering{connection};
    IncomingFiles files{connection, self->folder_, self->session_.disk()};
    while (auto message = co_await connection.receive())
        co_await self->take(files, answering, connection, *message);
    auto ending = co_await watch->end();
    self->conclude(files, std::move(ending));
    if (files.begun()) self->session_.console().show(watch->paths_summary());
    --self->serving_;
    self->served_.notify();
}

asio::awaitable<void> Receiver::take(IncomingFiles& files, Answering& answering,
                                     const Connection& connection, const Message& message) {
    if (answering.take(message)) co_return;
    if (!is_dialect(message.ppid)) {
        static_cast<void>(connection.abort(
            as_bytes("this hawser receives files; messages need `hawser listen`")));
        co_return;
    }
    co_await files.take(message);
    show_progress(files);
}

void Receiver::show_progress(const IncomingFiles& files) {
    const Instant now = net::Clock::now();
    if (!session_.console().shows_progress() || now - drawn_ < kProgressInterval) return;
    drawn_ = now;
    const auto expected = static_cast<double>(std::max<std::uint64_t>(files.bytes_expected(), 1));
    session_.console().progress(static_cast<double>(files.bytes_received()) / expected,
                                human_bytes(files.bytes_received()));
}

void Receiver::conclude(IncomingFiles& files, Outcome<> ending) {
    if (!files.begun()) { // a ping, a benchmark, a mistake
        if (!ending) session_.console().detail(ending.error().text);
        return;
    }
    const std::uint64_t missing = files.missing();
    constexpr std::string_view kCut = "before the whole file was here; the part of it was not kept";
    const std::vector<FileReport> reports = files.finish(
        session_.stopping() ? session_.stopped(kCut)
                            : Failure{ExitCode::peer, fmt::format("the sender went {}", kCut)});
    session_.console().end_progress();
    session_.console().show(file_table(reports, files.time()));
    Outcome<> worst = worst_of(reports);
    for (const FileReport& report : reports) {
        if (!report.outcome || report.sent_name.empty()) continue;
        session_.console().say(fmt::format("{}: the sender calls it {}", escaped(report.name),
                                           escaped(report.sent_name)));
    }
    if (worst && !ending) worst = std::move(ending);
    if (worst && missing > 0) {
        const std::string more = counted(missing, "file") + " more";
        worst = std::unexpected{
            session_.stopping()
                ? session_.stopped(fmt::format("before {} came", more))
                : Failure{ExitCode::peer,
                          fmt::format("the sender had announced {}, which never came", more)}};
    }
    if (outcome_) outcome_ = std::move(worst);
    if (!options_.keep_open) listener_.close();
}

ExitCode run(const ReceiveOptions& options) {
    const auto listen = parse_listen_address(
        options.address, options.network.dtls.enabled ? PortOf::udp : PortOf::sctp);
    if (!listen) return refuse(listen.error());
    Session session{options.network, Role::listens, *listen};
    return session.run([&](Session& running) -> asio::awaitable<Outcome<>> {
        auto folder = Folder::open(options.folder,
                                   {.overwrite = options.overwrite, .spared = options.network.log});
        if (!folder) co_return std::unexpected{folder.error()};
        if (const std::size_t left = (*folder)->orphans(); left > 0) {
            running.console().say(fmt::format("removed {} of receivers that were killed",
                                              counted(left, "unfinished file")));
        }
        auto listener = running.listen();
        if (!listener) co_return std::unexpected{listener.error()};
        const auto receiver =
            std::make_shared<Receiver>(running, options, *std::move(folder), *std::move(listener));
        co_return co_await Receiver::run(receiver);
    });
}

} // namespace

void add_receive(CommandLine& line) {
    Subcommand command = line.add("receive", "takes files into a folder");
    const auto options = std::make_shared<ReceiveOptions>();
    command.option("DIR", &options->folder, "where the files go; made when it is not there")
        .required();
    command.option("ADDR", &options->address, "our SCTP address or port; 4297 on every address");
    command.flag("--overwrite", &options->overwrite, "replaces files of the same name");
    command.flag("--keep-open", &options->keep_open,
                 "goes on after the first sender, until Ctrl-C");
    add_network_options(command, options->network, Role::listens);
    add_congestion_option(command, options->network);
    add_idle_option(command, options->network);
    command.examples(kExamples);
    command.action([=] {
        const auto fitting = check_stream_count("a transfer of files", 2, options->network);
        return fitting ? run(*options) : refuse(fitting.error());
    });
}

} // namespace hawser::command
