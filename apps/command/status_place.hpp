// Where a running process can be asked how it is: a socket in the file system.
#pragma once

#include "command/outcome.hpp"

#include <optional>
#include <string>

#include <sys/types.h>

namespace hawser::command {

/// `hawser` in XDG_RUNTIME_DIR, which is the user's own; nullopt without one.
std::optional<std::string> status_directory();
/// In there, one for each process.
std::optional<std::string> status_path(pid_t process);

/// Ours in there; the directory is made. nullopt where there is none that is ours alone.
std::optional<std::string> own_status_path();

/// A socket that somebody can connect to, only of our own user; gone from the file system with
/// this object.
class StatusSocket {
public:
    /// Takes the name, also one that is left of a process that is gone. Fails with `usage` where
    /// something else stands there, or a process is asked there already; with `file`.
    static Outcome<StatusSocket> open(const std::string& path);
    StatusSocket(StatusSocket&& other) noexcept;
    StatusSocket& operator=(StatusSocket&& other) noexcept;
    ~StatusSocket();

    int fd() const { return fd_; }

private:
    StatusSocket(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

    int fd_ = -1;
    std::string path_;
};

/// What a process answers to `question`, "text" or "json". `about` is how errors name it. Fails
/// with `usage` where there is no such socket, it is of another user or no hawser answers; with
/// `peer` when the process is silent or has ended.
Outcome<std::string> ask_status(const std::string& path, const std::string& about,
                                const std::string& question);

/// What stands before an answer, with its length.
std::string status_heading(std::size_t bytes);

} // namespace hawser::command
