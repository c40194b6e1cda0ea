#include "command/session.hpp"

#include "command/explain.hpp"
#include "command/text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <utility>

namespace hawser::command {
namespace {

/// How long a graceful end may take after Ctrl-C.
constexpr auto kStopWithin = std::chrono::seconds{5};
/// How soon a packet log that failed is told of.
constexpr auto kLogCheckInterval = std::chrono::milliseconds{200};
/// Room for packets that the disk has not taken yet: a second of a busy gigabit.
constexpr std::size_t kLogQueueBytes = std::size_t{128} * 1024 * 1024;
/// 4 MiB of window carry 300 Mbit/s over 100 ms.
constexpr std::uint32_t kReceiveWindowBytes = 4 * 1024 * 1024;

} // namespace

Session::Session(const NetworkOptions& options, Role role, ListenAddress listen)
    : options_(options), role_(role), listen_(std::move(listen)), console_(options.verbose) {}

Session::~Session() = default;

Outcome<> Session::open() {
    // A reader of ours that goes away is an error of write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    if (auto opened = open_log(); !opened) return opened;
    return open_endpoint();
}

Outcome<> Session::open_log() {
    if (options_.log.empty()) return {};
    capture::LogOptions options;
    options.queue_bytes = kLogQueueBytes;
    auto log = capture::Log::open(options_.log, options);
    if (!log) return std::unexpected{explain_log(log.error(), options_.log)};
    log_.emplace(*std::move(log));
    tap_ = log_->attach("hawser");
    watch_log();
    return {};
}

Outcome<> Session::open_endpoint() {
    SctpEndpointOptions options;
    options.name = "hawser";
    options.udp_port = options_.udp_port.value_or(kSctpUdpPort);
    options.tap = tap_.get();
    options.tap_views.clear = true; // the log takes it where Wireshark would not know the ports
    options.sctp.outbound_streams = static_cast<std::uint16_t>(options_.streams);
    options.sctp.inbound_streams_max = static_cast<std::uint16_t>(options_.streams);
    options.sctp.packet_bytes_max = options_.packet_bytes / 4 * 4;
    options.sctp.receive_window_bytes = kReceiveWindowBytes;
    const std::string host = listen_.host.value_or(options_.local);
    if (!host.empty()) {
        const auto local = local_address(host);
        if (!local) return std::unexpected{local.error()};
        options.local = *local;
    }
    auto opened = SctpEndpoint::open(executor(), options);
    const bool may_move = role_ == Role::connects && !options_.udp_port;
    if (!opened && opened.error().code == Errc::in_use && may_move) {
        options.udp_port = 0;
        opened = SctpEndpoint::open(executor(), options);
        if (opened) {
            console_.detail(fmt::format("UDP port {} is taken on this host: sending from port {}",
                                        kSctpUdpPort, opened->local_address().port()));
        }
    }
    if (!opened) return std::unexpected{explain_open(opened.error(), options.udp_port, host)};
    endpoint_.emplace(*std::move(opened));
    return {};
}

ExitCode Session::run(const Main& main) {
    Outcome<> outcome = open();
    if (outcome) {
        watch_signals();
        const auto ended = [this, &outcome](const std::exception_ptr& problem, Outcome<> result) {
            outcome = std::move(result);
            if (problem) outcome = failure(ExitCode::peer, "out of memory or of file handles");
            io_.stop();
        };
        asio::co_spawn(io_, main(*this), ended);
        io_.run();
        endpoint_->close();
    }
    console_.end_progress();
    if (interrupted_) outcome = failure(ExitCode::interrupted, "aborted by Ctrl-C");
    if (auto closed = close_log(); !closed && outcome) outcome = std::move(closed);
    if (outcome) return ExitCode::ok;
    console_.say(fmt::format("hawser: {}", outcome.error().text));
    return outcome.error().code;
}

DiskThread& Session::disk() {
    if (!disk_) disk_.emplace();
    return *disk_;
}

asio::awaitable<Outcome<Connection>> Session::connect(HostList target) {
    ConnectOptions options;
    options.peer_udp_port = options_.peer_udp_port;
    options.within = seconds(options_.timeout_seconds);
    const auto found = co_await resolve(executor(), to_string(target), options.within);
    if (!found) co_return std::unexpected{explain_resolve(found.error(), target)};
    auto connection = co_await endpoint_->connect(*found, options);
    if (!connection && stopping_) co_return failure(ExitCode::interrupted, "stopped by Ctrl-C");
    if (!connection) {
        co_return std::unexpected{explain_connect(connection.error(), target, options_)};
    }
    console_.detail(fmt::format(
        "connected to SCTP port {} behind UDP {} from UDP port {}; {} out, {} in",
        connection->remote_port(), to_string(connection->path().remote),
        endpoint_->local_address().port(), counted(connection->outbound_streams(), "stream"),
        connection->inbound_streams()));
    co_return *std::move(connection);
}

Outcome<Listener> Session::listen() {
    auto listener = endpoint_->listen(listen_.port);
    if (!listener) return std::unexpected{explain_listen(listener.error(), listen_.port)};
    const Address udp = endpoint_->local_address();
    console_.say(
        fmt::format("listening on SCTP port {} behind UDP {}", listen_.port,
                    udp.is_unspecified() ? fmt::format("port {}", udp.port()) : to_string(udp)));
    return *std::move(listener);
}

// --- Ctrl-C ---

void Session::watch_signals() {
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        if (stopping_) {
            interrupted_ = true;
            endpoint_->close();
            io_.stop();
            return;
        }
        stop();
        watch_signals();
    });
}

void Session::stop() {
    stopping_ = true;
    console_.detail("stopping; Ctrl-C again aborts");
    for (const auto& action : stop_actions_)
        action();
    endpoint_->shutdown(kStopWithin, [](const Result<>&) {});
}

// --- the packet log ---

void Session::watch_log() {
    log_timer_.expires_after(kLogCheckInterval);
    log_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error || log_problem_said_) return;
        if (const auto problem = log_->status().error) {
            log_problem_said_ = true;
            console_.say(fmt::format("hawser: {}; going on without it",
                                     explain_log(*problem, options_.log).text));
            return;
        }
        watch_log();
    });
}

Outcome<> Session::close_log() {
    if (!log_) return {};
    const auto closed = log_->close();
    const capture::LogStatus status = log_->status();
    if (!closed) return std::unexpected{explain_log(closed.error(), options_.log)};
    if (status.frames_lost > 0) {
        console_.say(fmt::format("packet log {}: {} came faster than the disk takes them and "
                                 "are not in it",
                                 options_.log, counted(status.frames_lost, "packet")));
    }
    console_.detail(fmt::format("packet log {}: {}, {}", options_.log,
                                counted(status.frames_written, "frame"),
                                human_bytes(status.bytes_written)));
    return {};
}

} // namespace hawser::command
