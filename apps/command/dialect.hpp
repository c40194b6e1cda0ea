// What hawser commands say to each other beside plain messages, each kind under its own PPID.
#pragma once

#include "command/marking.hpp"

#include <hawser/core/result.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace hawser::command {

/// "hws" and a number: the PPIDs of the dialect are 0x68777300 to 0x687773ff.
enum class Kind : std::uint8_t {
    ping = 1,
    pong = 2,
    bench_data = 3, ///< to be counted and dropped; its bytes mean nothing
    bench_ask = 4,
    bench_answer = 5,
    files_hello = 6, ///< to a receiver, once, before any file
    files_welcome = 7,
    file_begin = 8,
    file_data = 9, ///< a part of the file that began on this stream
    file_end = 10,
    file_drop = 11,   ///< the sender gives the file up; nothing follows in the message
    file_result = 12, ///< the receiver's word on one file
};

constexpr wire::sctp::Ppid ppid_of(Kind kind) {
    return static_cast<wire::sctp::Ppid>(0x68777300U | static_cast<unsigned>(kind));
}
/// Whether a PPID belongs to the dialect.
constexpr bool is_dialect(wire::sctp::Ppid ppid) {
    return static_cast<std::uint32_t>(ppid) >> 8 == 0x687773U;
}

/// A message of the dialect while it is made or kept.
using Octets = std::vector<std::byte>;

struct Ping {
    std::uint32_t sequence = 0;
    std::uint64_t token = 0; ///< the asker's own; comes back
    Marking back;            ///< how the answer is to be marked
    std::size_t bytes = 0;   ///< of the whole message and its answer, filled up with zeros

    static constexpr std::size_t kBytesMin = 32;
    Octets write() const;
    static Result<Ping> read(Bytes bytes);
};

struct Pong {
    std::uint32_t sequence = 0;
    std::uint64_t token = 0;
    Marking seen; ///< what the question arrived with
    Marking sent; ///< what the answer left with
    std::size_t bytes = 0;

    Octets write() const;
    static Result<Pong> read(Bytes bytes);
};

struct BenchAsk {
    bool reset = false; ///< counts from here on

    Octets write() const;
    static Result<BenchAsk> read(Bytes bytes);
};

struct BenchAnswer {
    std::uint64_t messages = 0, bytes = 0; ///< since the reset
    Marking seen;                          ///< on the newest of them

    Octets write() const;
    static Result<BenchAnswer> read(Bytes bytes);
};

struct FilesHello {
    std::uint32_t files = 0;
    std::uint64_t bytes = 0; ///< as far as they are known

    Octets write() const;
    static Result<FilesHello> read(Bytes bytes);
};

struct FilesWelcome {
    bool accepted = false;
    std::string reason; ///< when not accepted

    Octets write() const;
    static Result<FilesWelcome> read(Bytes bytes);
};

struct FileBegin {
    std::uint32_t number = 0; ///< the sender's, from 0
    std::uint64_t bytes = 0;  ///< as the sender's system says; kUnknown for a pipe
    Marking marking;          ///< how its data is sent
    std::string name;

    static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
    static constexpr std::size_t kNameBytesMax = 4096;
    Octets write() const;
    static Result<FileBegin> read(Bytes bytes);
};

using Sha256Digest = std::array<std::byte, 32>;

struct FileEnd {
    std::uint64_t bytes = 0;
    Sha256Digest digest{};

    Octets write() const;
    static Result<FileEnd> read(Bytes bytes);
};

/// How many messages of a file came with one marking.
struct Arrived {
    Marking marking;
    std::uint64_t messages = 0;
};

struct FileResult {
    enum class Code : std::uint8_t { ok = 0, integrity = 4, file = 5, protocol = 3 };

    std::uint32_t number = 0;
    Code code = Code::ok;
    std::vector<Arrived> arrived; ///< the most frequent first, at most kArrivedMax
    std::string reason;           ///< when not ok; else what there is to say, such as its name

    static constexpr std::size_t kArrivedMax = 8;
    Octets write() const;
    static Result<FileResult> read(Bytes bytes);
};

} // namespace hawser::command
