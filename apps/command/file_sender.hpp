// The sending side of many files over one association.
#pragma once

#include "command/condition.hpp"
#include "command/file_table.hpp"
#include "command/outgoing_file.hpp"
#include "command/session.hpp"

#include <hawser/endpoint/connection.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hawser::command {

/// A file that is to be sent.
struct FileToSend {
    std::string path, name;
    std::optional<std::uint64_t> size;
    Ancillary ancillary;
};

class FileSender {
public:
    FileSender(Session& session, Connection connection, std::vector<FileToSend> files);

    /// Asks whether the peer takes files at all.
    static asio::awaitable<Outcome<>> greet(std::shared_ptr<FileSender> self);
    /// Sends the files, several at once, each on a stream of its own, and waits for the peer's word
    /// on every one.
    static asio::awaitable<void> run(std::shared_ptr<FileSender> self, unsigned parallel);

    std::vector<FileReport> reports() const;
    Duration time() const { return finished_ - started_; }

private:
    struct Job {
        FileToSend file;
        FileReport report;
        Instant since{};
        bool done = false;
    };

    static asio::awaitable<void> read_answers(std::shared_ptr<FileSender> self);
    static asio::awaitable<void> work(std::shared_ptr<FileSender> self, sctp::StreamId stream);
    static asio::awaitable<void> show_progress(std::shared_ptr<FileSender> self);
    asio::awaitable<Outcome<>> send(std::size_t number, sctp::StreamId stream);
    asio::awaitable<Outcome<>> send_contents(Job& job, OutgoingFile& file,
                                             const sctp::SendOptions& options);
    asio::awaitable<Outcome<>> send_message(Bytes bytes, Kind kind, sctp::SendOptions options);
    void take(const FileResult& result);
    void end(Job& job, Outcome<> outcome);
    bool all_done() const;
    Outcome<> cut_off() const;

    Session& session_;
    Connection connection_;
    std::vector<Job> jobs_;
    Condition changed_;
    std::size_t next_ = 0;
    bool answers_ended_ = false;
    std::uint64_t bytes_known_ = 0, bytes_sent_ = 0;
    Instant started_{}, finished_{};
};

} // namespace hawser::command
