#include "command/talk.hpp"

#include "command/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hawser::command {
namespace {

constexpr std::size_t kRawBytes = std::size_t{64} * 1024;

std::uint32_t number(auto serial) {
    return serial.value;
}

} // namespace

sctp::SendOptions TalkOptions::send_options() const {
    sctp::SendOptions options;
    options.stream = static_cast<sctp::StreamId>(stream);
    options.ppid = static_cast<sctp::Ppid>(ppid);
    options.unordered = unordered;
    options.ancillary = marking.ancillary();
    return options;
}

void add_talk_options(Subcommand command, TalkOptions& options) {
    Subcommand messages = command.group("Messages");
    messages.option("--stream", &options.stream, "stream to send on")
        .type_name("NUMBER")
        .shows_default()
        .range(0, 65'535);
    messages
        .option("--ppid", &options.ppid,
                "payload protocol identifier of what is sent; SCTP only carries it")
        .type_name("NUMBER")
        .shows_default()
        .range(std::size_t{0}, kNumberMax);
    messages.flag("--unordered", &options.unordered,
                  "each message is delivered as soon as it is there");
    messages.flag("--raw", &options.raw,
                  "standard input and output as they are; otherwise a line is a message");
    messages.flag("--fields", &options.fields,
                  "tells stream, SSN, TSN, PPID, size and markings of each message that arrives, "
                  "on standard error; with --dtls, epoch, sequence number, size and markings");
    add_marking_options(command, options.marking);
}

asio::awaitable<Outcome<std::optional<std::string>>> MessageSource::next() {
    return next(sctp::Options{}.message_bytes_max);
}

asio::awaitable<Outcome<std::optional<std::string>>> MessageSource::next(std::size_t bytes_max) {
    if (!raw_) {
        auto line = co_await input_.read_line(bytes_max);
        // SCTP has no empty message: an empty line travels with its newline.
        if (line && *line && (*line)->empty()) (*line)->push_back('\n');
        co_return line;
    }
    auto bytes = co_await input_.read(std::min(kRawBytes, bytes_max));
    if (!bytes) co_return std::unexpected{bytes.error()};
    if (bytes->empty()) co_return std::nullopt;
    co_return *std::move(bytes);
}

MessagePrinter::MessagePrinter(Session& session, const TalkOptions& options)
    : session_(session),
      output_(session.executor()),
      raw_(options.raw),
      fields_(options.fields || options.network.verbose) {}

asio::awaitable<Outcome<>> MessagePrinter::print(const Message& message) {
    if (fields_) session_.console().say(fields_of(message));
    co_return co_await write(message.bytes());
}

asio::awaitable<Outcome<>> MessagePrinter::print(const DtlsMessage& message) {
    if (fields_) session_.console().say(fields_of(message));
    co_return co_await write(message.bytes());
}

asio::awaitable<Outcome<>> MessagePrinter::write(Bytes bytes) {
    if (raw_) co_return co_await output_.write(bytes);
    std::string text{as_text(bytes)};
    if (!text.ends_with('\n')) text += '\n';
    // What a stranger sends must not steer the terminal.
    if (output_.is_terminal()) text = escaped_lines(text);
    co_return co_await output_.write(as_bytes(text));
}

asio::awaitable<void> hand_over(asio::awaitable<Outcome<>> task,
                                std::function<void(Outcome<>)> to) {
    auto outcome = co_await std::move(task);
    to(std::move(outcome));
}

std::string fields_of(const Message& message) {
    const std::string order =
        message.unordered ? "unordered" : fmt::format("ssn {}", number(message.ssn));
    const std::string beside = to_string(message.ancillary);
    return fmt::format("stream {} {} tsn {} cumtsn {} ppid {} {}{}{} from {}",
                       static_cast<unsigned>(message.stream), order, number(message.tsn),
                       number(message.cumulative_tsn), static_cast<std::uint32_t>(message.ppid),
                       counted(message.payload.size(), "byte"), beside.empty() ? "" : " ", beside,
                       peer_text(message.path));
}

std::string fields_of(const DtlsMessage& message) {
    const std::string beside = to_string(message.ancillary);
    return fmt::format("epoch {} sequence {} {}{}{} from {}", message.epoch, message.sequence,
                       counted(message.payload.size(), "byte"), beside.empty() ? "" : " ", beside,
                       peer_text(message.path));
}

} // namespace hawser::command
