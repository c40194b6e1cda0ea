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
    if (auto fitting = check_network_options(options_); !fitting) return fitting;
    return open_log();
}

Outcome<> Session::open_log() {
    if (options_.log.empty()) return {};
    capture::LogOptions options;
    options.keys = options_.log_keys;
    options.queue_bytes = kLogQueueBytes;
    auto log = capture::Log::open(options_.log, options);
    if (!log) return std::unexpected{explain_log(log.error(), options_.log)};
    log_.emplace(*std::move(log));
    capture::AttachOptions attach;
    if (options_.dtls.enabled) attach.clear = capture::Clear::always;
    tap_ = log_->attach("hawser", attach);
    watch_log();
    return {};
}

Outcome<SctpEndpointOptions> Session::endpoint_options(const std::string& host) {
    SctpEndpointOptions options;
    options.name = "hawser";
    options.udp_port = options_.udp_port.value_or(kSctpUdpPort);
    options.tap = tap_.get();
    options.tap_views.clear = true; // the log takes it where Wireshark would not see it
    options.sctp.outbound_streams = static_cast<std::uint16_t>(options_.streams);
    options.sctp.inbound_streams_max = static_cast<std::uint16_t>(options_.streams);
    options.sctp.packet_bytes_max = options_.packet_bytes / 4 * 4;
    options.sctp.receive_window_bytes = kReceiveWindowBytes;
    if (options_.dtls.enabled) {
        auto made = sealing(options_.dtls, role_, host);
        if (!made) return std::unexpected{made.error()};
        options.dtls = *std::move(made);
        options.udp_port = role_ == Role::listens ? listen_.port : 0;
        options.on_sealed = [this](const stack::PathSealed& event) { on_sealed(event); };
        options.on_unsealed = [this](const stack::PathUnsealed& event) { on_unsealed(event); };
    }
    return options;
}

Outcome<> Session::open_endpoint(const std::string& host) {
    auto made = endpoint_options(host);
    if (!made) return std::unexpected{made.error()};
    SctpEndpointOptions& options = *made;
    const std::string ours = listen_.host.value_or(options_.local);
    if (!ours.empty()) {
        const auto local = local_address(ours);
        if (!local) return std::unexpected{local.error()};
        options.local = *local;
    }
    auto opened = SctpEndpoint::open(executor(), options);
    const bool may_move = role_ == Role::connects && !options_.udp_port && options.udp_port != 0;
    if (!opened && opened.error().code == Errc::in_use && may_move) {
        options.udp_port = 0;
        opened = SctpEndpoint::open(executor(), options);
        if (opened) {
            console_.detail(fmt::format("UDP port {} is taken on this host: sending from port {}",
                                        kSctpUdpPort, opened->local_address().port()));
        }
    }
    if (!opened)
        return std::unexpected{explain_open(opened.error(), options.udp_port, options_, ours)};
    endpoint_.emplace(*std::move(opened));
    return {};
}

// --- DTLS ---

void Session::on_sealed(const stack::PathSealed& event) {
    console_.say(fmt::format("{}: {}", to_string(event.path.remote), agreed_text(event.agreed)));
}

void Session::on_unsealed(const stack::PathUnsealed& event) {
    for (const sctp::AssociationId association : event.associations)
        unsealed_.emplace(association, event.why);
    if (event.why.connected) return;
    never_sealed_ = event.why;
    if (role_ == Role::connects) return; // who connects is told as its own error
    console_.say(fmt::format("{}: the handshake failed: {}", to_string(event.path.remote),
                             closed_text(event.why)));
}

std::optional<dtls::Closed> Session::take_unsealed(sctp::AssociationId association) {
    const auto found = unsealed_.extract(association);
    return found ? std::optional{found.mapped()} : std::nullopt;
}

ExitCode Session::run(const Main& main) {
    Outcome<> outcome = open();
    if (outcome) {
        watch_signals();
        const auto ended = [this, &outcome](const std::exception_ptr& problem, Outcome<> result) {
            outcome = std::move(result);
            if (problem) outcome = failure(ExitCode::peer, "out of memory or of file handles");
            linger();
        };
        asio::co_spawn(io_, main(*this), ended);
        io_.run();
        if (endpoint_) endpoint_->close();
        for (const auto& action : end_actions_)
            action();
    }
    console_.end_progress();
    if (interrupted_) outcome = failure(ExitCode::interrupted, "aborted by Ctrl-C");
    if (auto closed = close_log(); !closed && outcome) outcome = std::move(closed);
    if (outcome) return ExitCode::ok;
    console_.say(fmt::format("hawser: {}", outcome.error().text));
    return outcome.error().code;
}

/// A peer whose association has ended may not have heard our last word: it is answered for a
/// moment.
void Session::linger() {
    const Duration rest = endpoint_ ? endpoint_->lingers_for() : Duration{};
    if (rest == Duration{}) return io_.stop();
    linger_timer_.expires_after(rest);
    linger_timer_.async_wait([this](const boost::system::error_code&) { io_.stop(); });
}

DiskThread& Session::disk() {
    if (!disk_) disk_.emplace();
    return *disk_;
}

asio::awaitable<Outcome<Connection>> Session::connect(HostList target) {
    if (auto opened = open_endpoint(target.hosts.front()); !opened) {
        co_return std::unexpected{opened.error()};
    }
    ConnectOptions options;
    options.peer_udp_port = options_.peer_udp_port.value_or(kSctpUdpPort);
    options.within = seconds(options_.timeout_seconds);
    auto found = co_await resolve(executor(), to_string(target), options.within);
    if (!found) co_return std::unexpected{explain_resolve(found.error(), target)};
    if (options_.dtls.enabled) options.peer_udp_port = std::exchange(found->port, kPortInsideDtls);
    auto connection = co_await endpoint_->connect(*found, options);
    if (!connection && stopping_) co_return failure(ExitCode::interrupted, "stopped by Ctrl-C");
    if (!connection && never_sealed_) {
        co_return std::unexpected{explain_handshake(*never_sealed_, target, options_)};
    }
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
    if (auto opened = open_endpoint(); !opened) return std::unexpected{opened.error()};
    const std::uint16_t port = options_.dtls.enabled ? kPortInsideDtls : listen_.port;
    auto listener = endpoint_->listen(port);
    if (!listener) return std::unexpected{explain_listen(listener.error(), port)};
    const Address udp = endpoint_->local_address();
    console_.say(fmt::format(
        "listening on SCTP port {} behind {}UDP {}", port, options_.dtls.enabled ? "DTLS on " : "",
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
            if (endpoint_) endpoint_->close();
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
    if (endpoint_) endpoint_->shutdown(kStopWithin, [](const Result<>&) {});
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
