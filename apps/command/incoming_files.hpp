// The receiving side of one sender's files.
#pragma once

#include "command/disk_thread.hpp"
#include "command/file_table.hpp"
#include "command/folder.hpp"

#include <hawser/endpoint/connection.hpp>

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::command {

class IncomingFiles {
public:
    IncomingFiles(Connection connection, std::shared_ptr<const Folder> folder, DiskThread& disk)
        : connection_(std::move(connection)), folder_(std::move(folder)), disk_(disk) {}

    /// Deals with a message of the dialect that is about files; others are passed over.
    asio::awaitable<void> take(const Message& message);
    /// Nothing more comes, for the reason in `cut`: what is not whole goes too. The reports of all
    /// files, in the order in which they ended.
    std::vector<FileReport> finish(const Failure& cut);
    /// How many files the sender had announced and then never begun.
    std::uint64_t missing() const;

    /// False until the sender has said that files come.
    bool begun() const { return begun_.has_value(); }
    std::uint64_t bytes_expected() const { return bytes_expected_; }
    std::uint64_t bytes_received() const { return bytes_received_; }
    /// Since the sender's first word, until the last file ended.
    Duration time() const { return last_ - begun_.value_or(last_); }

private:
    /// A file on its way on one stream.
    struct Incoming {
        FileBegin begin;
        std::optional<PartialFile> file; ///< gone once it has failed
        std::string name_taken;          ///< of `names_`; empty when it never came to that
        FileReport report;
        ArrivalCount arrivals;
        Instant since{};
    };

    asio::awaitable<void> welcome(const Message& message);
    asio::awaitable<void> begin(const Message& message);
    asio::awaitable<void> data(Incoming& incoming, const Message& message);
    asio::awaitable<void> cut_off(Incoming& incoming);
    std::string free_name(const std::string& name);
    asio::awaitable<void> end(Incoming& incoming, const Message& message);
    asio::awaitable<void> reject(Incoming& incoming, Failure why);
    asio::awaitable<void> answer(Incoming& incoming);
    asio::awaitable<void> send(Octets octets, Kind kind);
    void conclude(sctp::StreamId stream);

    Connection connection_;
    std::shared_ptr<const Folder> folder_;
    DiskThread& disk_;
    std::map<sctp::StreamId, Incoming> incoming_;
    std::vector<FileReport> reports_;
    /// The names that this sender's files have, and the number that such a name got last.
    std::map<std::string, unsigned> names_;
    KeptFiles kept_;
    std::optional<Instant> begun_;
    Instant last_{};
    std::uint64_t files_expected_ = 0, bytes_expected_ = 0, bytes_received_ = 0;
};

} // namespace hawser::command
