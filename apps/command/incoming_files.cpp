#include "command/incoming_files.hpp"

#include "command/file_name.hpp"

#include <hawser/net/clock.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace hawser::command {
namespace {

/// More than a sender of ours opens at once; it bounds what a stranger can make us open.
constexpr std::size_t kOpenFilesMax = 256;

FileResult::Code code_of(const Outcome<>& outcome) {
    if (outcome) return FileResult::Code::ok;
    switch (outcome.error().code) {
    case ExitCode::integrity: return FileResult::Code::integrity;
    case ExitCode::file: return FileResult::Code::file;
    default: return FileResult::Code::protocol;
    }
}

Kind kind_of(const Message& message) {
    return static_cast<Kind>(static_cast<std::uint32_t>(message.ppid) & 0xff);
}

} // namespace

asio::awaitable<void> IncomingFiles::take(const Message& message) {
    if (!is_dialect(message.ppid)) co_return;
    const Kind kind = kind_of(message);
    if (kind == Kind::files_hello) co_return co_await welcome(message);
    if (kind == Kind::file_begin) co_return co_await begin(message);
    const auto found = incoming_.find(message.stream);
    if (found == incoming_.end()) co_return;
    if (kind == Kind::file_data) co_return co_await data(found->second, message);
    if (kind == Kind::file_end) {
        co_await end(found->second, message);
        conclude(message.stream);
    } else if (kind == Kind::file_drop) {
        Incoming& dropped = found->second;
        if (dropped.report.outcome) {
            dropped.report.outcome = failure(ExitCode::peer, "the sender gave it up");
        }
        conclude(message.stream);
    }
}

asio::awaitable<void> IncomingFiles::welcome(const Message& message) {
    const auto hello = FilesHello::read(message.bytes());
    FilesWelcome answer{.accepted = hello.has_value()};
    if (!hello) answer.reason = hello.error().what;
    if (hello) files_expected_ += hello->files;
    if (hello) bytes_expected_ += hello->bytes;
    if (!begun_) begun_ = last_ = net::Clock::now();
    Octets octets = answer.write();
    co_await send(std::move(octets), Kind::files_welcome);
}

asio::awaitable<void> IncomingFiles::begin(const Message& message) {
    const auto begin = FileBegin::read(message.bytes());
    if (const auto open = incoming_.find(message.stream); open != incoming_.end()) {
        co_await cut_off(open->second);
        conclude(message.stream);
    }
    Incoming& incoming = incoming_[message.stream];
    incoming.since = net::Clock::now();
    if (!begin) { // what follows on this stream belongs to no file
        incoming.report.name = "(unknown)";
        incoming.report.outcome = failure(ExitCode::peer, "its beginning cannot be read");
        co_return;
    }
    incoming.begin = *begin;
    incoming.report.name = safe_file_name(begin->name);
    incoming.report.sent = begin->marking;
    if (incoming.report.name.empty()) {
        incoming.report.name = "(no name)";
        Failure why{ExitCode::file, "its name cannot be used here"};
        co_return co_await reject(incoming, std::move(why));
    }
    if (incoming_.size() > kOpenFilesMax) {
        Failure why{ExitCode::peer, "too many files at once"};
        co_return co_await reject(incoming, std::move(why));
    }
    const std::optional<std::uint64_t> bytes =
        begin->bytes == FileBegin::kUnknown ? std::nullopt : std::optional{begin->bytes};
    auto file = co_await disk_.run([this, &incoming, bytes] {
        incoming.report.name = incoming.name_taken = free_name(incoming.report.name);
        return folder_->begin(incoming.report.name, bytes);
    });
    if (incoming.report.name != begin->name) incoming.report.sent_name = begin->name;
    if (!file) co_return co_await reject(incoming, file.error());
    incoming.file.emplace(*std::move(file));
}

/// A file that the sender left for another one on the same stream, before its end.
asio::awaitable<void> IncomingFiles::cut_off(Incoming& incoming) {
    if (!incoming.file) co_return; // it ended badly already
    Failure why{ExitCode::peer, "another file began on its stream before it was whole"};
    co_await reject(incoming, std::move(why));
}

/// The name, or, when another file of this sender has it, the same with a number. Names that were
/// different where they came from may be one here: some characters are replaced, long names cut.
std::string IncomingFiles::free_name(const std::string& name) {
    const auto [taken, is_free] = names_.try_emplace(name, 1);
    if (is_free) return name;
    while (true) {
        std::string other = numbered_file_name(name, ++taken->second);
        // The number is of our choice: it must not replace what the sender did not name.
        if (!folder_->has(other) && names_.try_emplace(other, 1).second) return other;
    }
}

asio::awaitable<void> IncomingFiles::data(Incoming& incoming, const Message& message) {
    incoming.arrivals.add(Marking::of(message.ancillary));
    incoming.report.bytes += message.payload.size();
    bytes_received_ += message.payload.size();
    if (!incoming.file) co_return;
    const auto written = co_await disk_.run(
        [&incoming, bytes = message.bytes()] { return incoming.file->write(bytes); });
    if (!written) co_await reject(incoming, written.error());
}

asio::awaitable<void> IncomingFiles::end(Incoming& incoming, const Message& message) {
    if (!incoming.file) co_return; // the sender knows why
    const auto end = FileEnd::read(message.bytes());
    if (!end) {
        Failure why{ExitCode::peer, "its end cannot be read"};
        co_return co_await reject(incoming, std::move(why));
    }
    const auto kept = co_await disk_.run([this, &incoming, &end]() -> Outcome<> {
        const bool same =
            incoming.file->digest() == end->digest && incoming.file->bytes() == end->bytes;
        if (same) return incoming.file->keep(kept_);
        return failure(ExitCode::integrity, "what arrived is not what was sent: its SHA-256 "
                                            "differs; it was not kept");
    });
    if (!kept) co_return co_await reject(incoming, kept.error());
    incoming.file.reset();
    co_await answer(incoming);
}

/// The file is given up here; what still comes of it is passed over until its end.
asio::awaitable<void> IncomingFiles::reject(Incoming& incoming, Failure why) {
    incoming.file.reset();
    incoming.report.outcome = std::unexpected{std::move(why)};
    co_await answer(incoming);
}

asio::awaitable<void> IncomingFiles::answer(Incoming& incoming) {
    FileResult result{.number = incoming.begin.number,
                      .code = code_of(incoming.report.outcome),
                      .arrived = incoming.arrivals.sorted()};
    if (!incoming.report.outcome) {
        result.reason = incoming.report.outcome.error().text;
    } else if (!incoming.report.sent_name.empty()) {
        result.reason = "kept as " + incoming.report.name;
    }
    Octets octets = result.write();
    co_await send(std::move(octets), Kind::file_result);
}

asio::awaitable<void> IncomingFiles::send(Octets octets, Kind kind) {
    sctp::SendOptions options;
    options.ppid = ppid_of(kind);
    options.sack_immediately = true;
    // When it fails, the association is ending, and its end says why.
    static_cast<void>(co_await connection_.async_send(octets, options));
}

void IncomingFiles::conclude(sctp::StreamId stream) {
    Incoming& incoming = incoming_.at(stream);
    last_ = net::Clock::now();
    incoming.report.time = last_ - incoming.since;
    incoming.report.arrived = incoming.arrivals.sorted();
    if (!incoming.report.outcome) names_.erase(incoming.name_taken); // it is free again
    reports_.push_back(std::move(incoming.report));
    incoming_.erase(stream);
}

std::uint64_t IncomingFiles::missing() const {
    const std::uint64_t begun = reports_.size() + incoming_.size();
    return files_expected_ > begun ? files_expected_ - begun : 0;
}

std::vector<FileReport> IncomingFiles::finish(const Failure& cut) {
    while (!incoming_.empty()) {
        Outcome<>& outcome = incoming_.begin()->second.report.outcome;
        if (outcome) outcome = std::unexpected{cut};
        conclude(incoming_.begin()->first);
    }
    return std::move(reports_);
}

} // namespace hawser::command
