// Standard input and output beside a network that must not wait for them.
#pragma once

#include "command/asio.hpp"
#include "command/outcome.hpp"

#include <hawser/core/bytes.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <optional>
#include <string>
#include <vector>

namespace hawser::command {

/// Opens the null device in the place of standard input, output and error that are closed. Without,
/// the next file or socket that is opened would be taken for them. To be called before anything is.
Outcome<> hold_standard_descriptors();

/// A descriptor that is waited for, never switched to non-blocking: that would switch it for every
/// program that shares the terminal.
class WaitedDescriptor {
public:
    WaitedDescriptor(const asio::any_io_executor& executor, int descriptor);

    using Direction = asio::posix::descriptor_base::wait_type;
    /// Completes when a read or write would not block; at once for a regular file.
    asio::awaitable<void> ready(Direction direction);
    int number() const { return number_; }

private:
    int number_;
    asio::posix::stream_descriptor copy_;
};

class StandardInput {
public:
    explicit StandardInput(const asio::any_io_executor& executor);

    /// Some bytes, at most `bytes_max`; none at the end.
    asio::awaitable<Outcome<std::string>> read(std::size_t bytes_max);
    /// A line without its newline; nullopt at the end. Fails with `limit` above `bytes_max`.
    asio::awaitable<Outcome<std::optional<std::string>>> read_line(std::size_t bytes_max);

private:
    WaitedDescriptor descriptor_;
    std::string held_;
    std::size_t start_ = 0;    ///< of what has not been given out
    std::size_t searched_ = 0; ///< up to here there is no newline after `start_`
    bool ended_ = false;
};

class StandardOutput {
public:
    explicit StandardOutput(const asio::any_io_executor& executor);

    bool is_terminal() const { return terminal_; }
    asio::awaitable<Outcome<>> write(Bytes bytes);

private:
    WaitedDescriptor descriptor_;
    bool terminal_;
    bool regular_;
};

} // namespace hawser::command
