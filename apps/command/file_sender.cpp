#include "command/file_sender.hpp"

#include "command/disk_thread.hpp"
#include "command/explain.hpp"
#include "command/text.hpp"

#include <hawser/net/clock.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace hawser::command {
namespace {

/// One message: large enough that its cost does not count, small enough that streams take turns.
constexpr std::size_t kMessageBytes = std::size_t{64} * 1024;
/// Read and hashed in one go.
constexpr std::size_t kBlockBytes = 8 * kMessageBytes;
constexpr auto kProgressInterval = std::chrono::milliseconds{200};

ExitCode exit_code(FileResult::Code code) {
    switch (code) {
    case FileResult::Code::ok: return ExitCode::ok;
    case FileResult::Code::integrity: return ExitCode::integrity;
    case FileResult::Code::file: return ExitCode::file;
    case FileResult::Code::protocol: return ExitCode::peer;
    }
    std::unreachable();
}

} // namespace

FileSender::FileSender(Session& session, Connection connection, std::vector<FileToSend> files)
    : session_(session), connection_(std::move(connection)), changed_(session.executor()) {
    for (FileToSend& file : files) {
        Job job{.file = std::move(file)};
        job.report.name = job.file.name;
        job.report.sent = Marking::of(job.file.ancillary);
        bytes_known_ += job.file.size.value_or(0);
        jobs_.push_back(std::move(job));
    }
}

asio::awaitable<Outcome<>> FileSender::greet(std::shared_ptr<FileSender> self) {
    const FilesHello hello{.files = static_cast<std::uint32_t>(self->jobs_.size()),
                           .bytes = self->bytes_known_};
    const Octets octets = hello.write();
    const sctp::SendOptions options;
    auto sent = co_await self->send_message(octets, Kind::files_hello, options);
    if (!sent) co_return sent;
    const Connection answering =
        self->connection_.within(seconds(self->session_.options().timeout_seconds));
    while (auto message = co_await answering.receive()) {
        if (message->ppid != ppid_of(Kind::files_welcome)) continue;
        const auto welcome = FilesWelcome::read(message->bytes());
        if (welcome && welcome->accepted) co_return Outcome<>{};
        const std::string why = welcome ? welcome->reason : std::string{welcome.error().what};
        co_return failure(ExitCode::peer, fmt::format("the peer takes no files: {}", escaped(why)));
    }
    co_return failure(ExitCode::peer, "the peer does not answer as `hawser receive` does: it is "
                                      "another program, which could not check the files");
}

asio::awaitable<void> FileSender::run(std::shared_ptr<FileSender> self, unsigned parallel) {
    self->started_ = net::Clock::now();
    const auto executor = self->session_.executor();
    spawn(executor, read_answers(self));
    spawn(executor, show_progress(self));
    // Stream 0 is for what is about all files.
    const std::size_t streams = std::max(self->connection_.outbound_streams(), std::uint16_t{2});
    const std::size_t workers = std::min({std::size_t{parallel}, self->jobs_.size(), streams - 1});
    for (std::size_t i = 1; i <= workers; ++i) {
        spawn(executor, work(self, static_cast<sctp::StreamId>(i)));
    }
    while (!self->all_done() && !self->answers_ended_)
        co_await self->changed_.wait();
    self->finished_ = net::Clock::now();
    for (Job& job : self->jobs_)
        self->end(job, self->cut_off());
}

/// Why a file has no end.
Outcome<> FileSender::cut_off() const {
    if (session_.stopping()) return std::unexpected{session_.stopped("before it was all there")};
    return failure(ExitCode::peer, "the receiver went before it was all there");
}

// --- what the peer says ---

asio::awaitable<void> FileSender::read_answers(std::shared_ptr<FileSender> self) {
    while (auto message = co_await self->connection_.receive()) {
        if (message->ppid != ppid_of(Kind::file_result)) continue;
        if (const auto result = FileResult::read(message->bytes())) self->take(*result);
    }
    self->answers_ended_ = true;
    self->changed_.notify();
}

void FileSender::take(const FileResult& result) {
    if (result.number >= jobs_.size()) return;
    Job& job = jobs_[result.number];
    job.report.arrived = result.arrived;
    Outcome<> outcome;
    if (result.code == FileResult::Code::ok && !result.reason.empty() && !job.done) {
        session_.console().say(fmt::format("{}: at the receiver: {}", escaped(job.report.name),
                                           escaped(result.reason)));
    }
    if (result.code != FileResult::Code::ok) {
        outcome =
            failure(exit_code(result.code), fmt::format("at the receiver: {}", result.reason));
    }
    end(job, std::move(outcome));
}

void FileSender::end(Job& job, Outcome<> outcome) {
    if (job.done) return;
    job.done = true;
    job.report.outcome = std::move(outcome);
    if (job.since != Instant{}) job.report.time = net::Clock::now() - job.since;
    changed_.notify();
}

bool FileSender::all_done() const {
    return std::ranges::all_of(jobs_, &Job::done);
}

std::vector<FileReport> FileSender::reports() const {
    std::vector<FileReport> reports;
    reports.reserve(jobs_.size());
    for (const Job& job : jobs_)
        reports.push_back(job.report);
    return reports;
}

// --- what we say ---

/// One file after the other on one stream.
asio::awaitable<void> FileSender::work(std::shared_ptr<FileSender> self, sctp::StreamId stream) {
    while (self->next_ < self->jobs_.size() && !self->answers_ended_) {
        const std::size_t number = self->next_++;
        auto sent = co_await self->send(number, stream);
        // What was sent ends with the peer's word on it.
        if (sent) continue;
        const bool stopped = self->session_.stopping() && sent.error().code == ExitCode::peer;
        self->end(self->jobs_[number], stopped ? self->cut_off() : std::move(sent));
    }
}

asio::awaitable<Outcome<>> FileSender::send(std::size_t number, sctp::StreamId stream) {
    Job& job = jobs_[number];
    job.since = net::Clock::now();
    DiskThread& disk = session_.disk();
    auto file =
        co_await disk.run([&] { return OutgoingFile::open(job.file.path, disk.stop_token()); });
    if (!file) co_return std::unexpected{file.error()};
    sctp::SendOptions options;
    options.stream = stream;
    options.ancillary = job.file.ancillary;
    const FileBegin begin{.number = static_cast<std::uint32_t>(number),
                          .bytes = file->size().value_or(FileBegin::kUnknown),
                          .marking = job.report.sent,
                          .name = job.file.name};
    const Octets octets = begin.write();
    auto sent = co_await send_message(octets, Kind::file_begin, options);
    if (!sent) co_return sent;
    auto contents = co_await send_contents(job, *file, options);
    if (contents && !job.done) {
        const FileEnd end{.bytes = job.report.bytes, .digest = file->digest()};
        const Octets last = end.write();
        options.sack_immediately = true;
        co_return co_await send_message(last, Kind::file_end, options);
    }
    const Octets drop{std::byte{0}};
    static_cast<void>(co_await send_message(drop, Kind::file_drop, options));
    co_return contents;
}

/// Until the end of the file, or until the peer has said that it is of no use.
asio::awaitable<Outcome<>> FileSender::send_contents(Job& job, OutgoingFile& file,
                                                     const sctp::SendOptions& options) {
    std::vector<std::byte> block(kBlockBytes);
    while (!job.done) {
        const auto filled =
            co_await session_.disk().run([&file, &block] { return file.read(block); });
        if (!filled) co_return std::unexpected{filled.error()};
        if (*filled == 0) break;
        Bytes rest = Bytes{block}.first(*filled);
        while (!rest.empty() && !job.done) {
            const Bytes part = rest.first(std::min(rest.size(), kMessageBytes));
            auto sent = co_await send_message(part, Kind::file_data, options);
            if (!sent) co_return sent;
            rest = rest.subspan(part.size());
            job.report.bytes += part.size();
            bytes_sent_ += part.size();
        }
    }
    co_return Outcome<>{};
}

asio::awaitable<Outcome<>> FileSender::send_message(Bytes bytes, Kind kind,
                                                    sctp::SendOptions options) {
    options.ppid = ppid_of(kind);
    const auto sent = co_await connection_.async_send(bytes, options);
    if (sent) co_return Outcome<>{};
    if (sent.error().code == Errc::closed) co_return cut_off();
    co_return std::unexpected{explain_send(sent.error(), connection_, bytes.size(), options)};
}

asio::awaitable<void> FileSender::show_progress(std::shared_ptr<FileSender> self) {
    Console& console = self->session_.console();
    asio::steady_timer timer{self->session_.executor()};
    while (console.shows_progress() && !self->all_done() && !self->answers_ended_) {
        const auto known = static_cast<double>(std::max<std::uint64_t>(self->bytes_known_, 1));
        const Duration so_far = net::Clock::now() - self->started_;
        console.progress(static_cast<double>(self->bytes_sent_) / known,
                         fmt::format("{} of {}  {}", human_bytes(self->bytes_sent_),
                                     human_bytes(self->bytes_known_),
                                     human_rate(self->bytes_sent_, so_far)));
        timer.expires_after(kProgressInterval);
        co_await elapse(timer);
    }
    console.end_progress();
}

} // namespace hawser::command
