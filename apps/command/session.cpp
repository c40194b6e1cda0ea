#include "command/session.hpp"

#include "command/disk_thread.hpp"
#include "command/explain.hpp"
#include "command/locals.hpp"
#include "command/paths.hpp"
#include "command/text.hpp"

#include <hawser/net/route.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <utility>

#include <unistd.h>

namespace hawser::command {
namespace {

/// How long a graceful end may take after Ctrl-C.
constexpr auto kStopWithin = std::chrono::seconds{5};
/// 4 MiB of window carry 300 Mbit/s over 100 ms.
constexpr std::uint32_t kReceiveWindowBytes = 4 * 1024 * 1024;

/// From now until the process is gone the exit code is known: no signal makes it another one.
void keep_exit_code() {
    sigset_t late;
    sigemptyset(&late);
    sigaddset(&late, SIGINT);
    sigaddset(&late, SIGTERM);
    sigaddset(&late, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &late, nullptr);
}

} // namespace

class Session::Signals {
public:
    explicit Signals(asio::io_context& io) : set(io, SIGINT, SIGTERM) {
        struct sigaction hangup{};
        const bool is_known = ::sigaction(SIGHUP, nullptr, &hangup) == 0;
        // Under nohup it is ignored, and that is to stay so.
        if (is_known && hangup.sa_handler != SIG_IGN) set.add(SIGHUP);
    }
    asio::signal_set set;
};

Session::Session(const NetworkOptions& options, Role role, ListenAddress listen)
    : options_(options),
      role_(role),
      listen_(std::move(listen)),
      console_({.verbose = options.verbose, .results_beside = options.logs_to_standard_output()}),
      log_(io_.get_executor(), console_, options_),
      overheard_(console_, options_.dtls.enabled, log_.tap()),
      overhears_(role == Role::listens),
      idle_(io_.get_executor(), options_.idle_timeout_seconds
                                    ? std::optional{seconds(*options_.idle_timeout_seconds)}
                                    : std::nullopt),
      status_(io_.get_executor(), [this] { return status(); }) {}

Session::~Session() = default;

Outcome<> Session::open() {
    // A reader of ours that goes away is an error of write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    if (auto fitting = check_network_options(options_); !fitting) return fitting;
    return log_.open();
}

Outcome<SctpEndpointOptions> Session::endpoint_options(const std::string& host) {
    SctpEndpointOptions options;
    options.name = "hawser";
    options.udp_port = options_.udp_port.value_or(kSctpUdpPort);
    if (options_.raw_ip) options.carrier = Carrier::raw_ip;
    options.tap = tap();
    options.tap_views = tap_views(); // the log takes what Wireshark would not see
    options.sctp.outbound_streams = static_cast<std::uint16_t>(options_.streams);
    options.sctp.inbound_streams_max = static_cast<std::uint16_t>(options_.streams);
    options.sctp.congestion = congestion_of(options_);
    options.sctp.packet_bytes_max = options_.packet_bytes / 4 * 4;
    options.sctp.receive_window_bytes = kReceiveWindowBytes;
    options.on_not_opened = [this](const Closed& closed) {
        if (closed.reason != sctp::CloseReason::refused &&
            closed.reason != sctp::CloseReason::protocol_violation)
            return;
        heard_.answer = {closed.reason, cause_text(closed)};
    };
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

Tap* Session::tap() {
    return overhears_ ? &overheard_ : log_.tap();
}

void Session::somebody_came() {
    if (!overhears_) return;
    overheard_.stop();
    overhears_ = log_.tap() != nullptr; // which it goes on passing packets to
    if (endpoint_ && !overhears_) endpoint_->set_tap(nullptr);
}

std::vector<std::string> Session::our_hosts() const {
    return role_ == Role::listens ? listen_.hosts : split_hosts(options_.local);
}

Outcome<> Session::open_endpoint(const std::string& host) {
    auto made = endpoint_options(host);
    if (!made) return std::unexpected{made.error()};
    SctpEndpointOptions& options = *made;
    const auto hosts = our_hosts();
    const auto local = local_addresses(hosts, options_.dtls.enabled);
    if (!local) return std::unexpected{local.error()};
    if (!local->empty()) {
        options.local = local->front();
        options.more_locals.assign(local->begin() + 1, local->end());
    }
    auto opened = SctpEndpoint::open(executor(), options);
    const bool may_move =
        role_ == Role::connects && !options_.raw_ip && !options_.udp_port && options.udp_port != 0;
    if (!opened && opened.error().code == Errc::in_use && may_move) {
        options.udp_port = 0;
        opened = SctpEndpoint::open(executor(), options);
        if (opened) {
            console_.detail(fmt::format("UDP port {} is taken on this host: sending from port {}",
                                        kSctpUdpPort, opened->local_address().port()));
        }
    }
    if (!opened) {
        const auto [at, why] =
            who_is_not_bound(hosts, opened.error(),
                             options_.raw_ip ? std::nullopt : std::optional{options.udp_port});
        return std::unexpected{explain_open(why, options.udp_port, options_, at)};
    }
    endpoint_.emplace(*std::move(opened));
    return open_status();
}

/// Where nobody said where, it does without.
Outcome<> Session::open_status() {
    if (status_.is_open() || options_.status == "none") return {};
    if (!options_.status.empty()) {
        auto opened = status_.open(options_.status);
        if (opened) return {};
        return failure(opened.error().code, fmt::format("--status {}", opened.error().text));
    }
    const auto place = own_status_path();
    if (!place) return {};
    if (const auto opened = status_.open(*place); !opened)
        console_.detail(fmt::format("no status: {}", opened.error().text));
    return {};
}

StatusFacts Session::status() const {
    StatusFacts facts = status_of(endpoint_ ? &*endpoint_ : nullptr, options_.dtls.enabled);
    facts.command = options_.subcommand;
    facts.process = ::getpid();
    facts.up = net::Clock::now() - started_;
    return facts;
}

namespace {

/// Whether a socket that is bound so gets what is sent there.
bool is_ours(const Address& bound, const Address& host) {
    return bound.is_unspecified() ? net::is_of_this_host(host) : bound.is_same_host(host);
}

} // namespace

Outcome<> Session::keep_apart(const std::string& host, const SctpAddress& target) {
    const std::uint16_t theirs = options_.peer_udp_port.value_or(kSctpUdpPort);
    const auto bound = endpoint_->local_addresses();
    if (options_.dtls.enabled || options_.raw_ip || bound.front().port() != theirs) return {};
    const auto ours = [&bound](const Address& theirs_at) {
        return std::ranges::any_of(bound,
                                   [&](const Address& one) { return is_ours(one, theirs_at); });
    };
    if (std::ranges::none_of(target.hosts, ours)) return {};
    if (options_.udp_port) {
        return failure(ExitCode::usage,
                       fmt::format("UDP port {} of this host would be the peer's and, by "
                                   "--udp-port, our own; leave out --udp-port",
                                   theirs));
    }
    endpoint_.reset();
    options_.udp_port = 0;
    return open_endpoint(host);
}

// --- DTLS ---

void Session::on_sealed(const stack::PathSealed& event) {
    heard_.sealed = true;
    console_.say(fmt::format("{}: {}", to_string(event.path.remote), agreed_text(event.agreed)));
}

void Session::on_unsealed(const stack::PathUnsealed& event) {
    for (const sctp::AssociationId association : event.associations)
        unsealed_.emplace(association, event.why);
    if (event.why.connected) {
        heard_.unsealed = event.why;
        return;
    }
    heard_.failed_handshake = event.why;
    if (role_ == Role::connects) return; // who connects is told as its own error
    console_.say(fmt::format("{}: the handshake failed: {}", to_string(event.path.remote),
                             handshake_text(event.why, options_.dtls)));
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
            stopped_midway_ = stopping_;
            if (problem) outcome = failure(ExitCode::peer, "out of memory or of file handles");
            linger();
        };
        asio::co_spawn(io_, main(*this), ended);
        io_.run();
        status_.close();
        if (endpoint_) endpoint_->close();
        for (const auto& action : end_actions_)
            action();
    }
    console_.end_progress();
    outcome = conclude(std::move(outcome));
    const auto logged = log_.close();
    keep_exit_code();
    if (!outcome) console_.say(fmt::format("hawser: {}", outcome.error().text));
    if (!logged && !log_.is_told()) console_.say(fmt::format("hawser: {}", logged.error().text));
    const auto& worst = outcome ? logged : outcome;
    return worst ? ExitCode::ok : exit_code(worst.error().code);
}

/// What ended the run from outside says more than what that did to it.
Outcome<> Session::conclude(Outcome<> outcome) const {
    if (interrupted_) {
        return failure(ExitCode::interrupted, fmt::format("aborted by {}", signal_name()));
    }
    const bool is_told = !outcome && outcome.error().code != ExitCode::peer &&
                         outcome.error().code != ExitCode::interrupted;
    if (is_told) return outcome;
    if (!idle_.exceeded()) {
        // A listener may have met its failure long before Ctrl-C, and gone on.
        const bool by_us = role_ == Role::connects && stopped_midway_;
        if (!by_us || outcome || outcome.error().code == ExitCode::interrupted) return outcome;
        return std::unexpected{stopped("before all was done: " + outcome.error().text)};
    }
    return failure(ExitCode::idle, fmt::format("nothing came or went for {} s (--idle-timeout)",
                                               *options_.idle_timeout_seconds));
}

Failure Session::stopped(std::string_view undone) const {
    return {ExitCode::interrupted,
            fmt::format("stopped by {} {}", idle_.exceeded() ? "--idle-timeout" : signal_name(),
                        undone)};
}

void Session::limit_idling() {
    idle_.start([this] {
        if (!stopping_) stop();
    });
}

/// A peer whose association has ended may not have heard our last word: it is answered for a
/// moment.
void Session::linger() {
    idle_.stop();
    const Duration rest = endpoint_ ? endpoint_->lingers_for() : Duration{};
    if (rest == Duration{}) return io_.stop();
    linger_timer_.expires_after(rest);
    linger_timer_.async_wait([this](const boost::system::error_code&) { io_.stop(); });
}

DiskThread& Session::disk() {
    if (!disk_) disk_ = std::make_unique<DiskThread>();
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
    if (auto fitting = check_same_family(split_hosts(options_.local), *found); !fitting) {
        co_return std::unexpected{fitting.error()};
    }
    if (auto apart = keep_apart(target.hosts.front(), *found); !apart) {
        co_return std::unexpected{apart.error()};
    }
    if (auto begun = log_.begin(); !begun) co_return std::unexpected{begun.error()};
    if (options_.dtls.enabled) options.peer_udp_port = std::exchange(found->port, kPortInsideDtls);
    auto connection = co_await endpoint_->connect(*found, options);
    if (!connection && stopping_) co_return std::unexpected{stopped("before it was connected")};
    if (!connection) {
        heard_.sctp = endpoint_->counters();
        heard_.dtls = endpoint_->dtls_counters();
        co_return std::unexpected{explain_connect(connection.error(), target, options_, heard_)};
    }
    limit_idling();
    const std::string where = peer_text(connection->path());
    console_.detail(
        fmt::format("connected to SCTP port {} {}; {} out, {} in{}", connection->remote_port(),
                    options_.raw_ip ? fmt::format("of {} in IP", where)
                                    : fmt::format("behind UDP {} from UDP port {}", where,
                                                  endpoint_->local_address().port()),
                    counted(connection->outbound_streams(), "stream"),
                    connection->inbound_streams(), paths_text(*connection)));
    co_return *std::move(connection);
}

namespace {

/// ` in IP`, ` in IP at 10.0.0.1/10.0.1.1`.
std::string place_in_ip(const std::vector<Address>& bound) {
    std::string text;
    if (!bound.front().is_unspecified()) {
        for (const Address& one : bound)
            text += (text.empty() ? " at " : "/") + host_to_string(one);
    }
    return " in IP" + text;
}

/// `port 9899`, `10.0.0.1:9899`, `10.0.0.1/10.0.1.1:9899`.
std::string place(const std::vector<Address>& bound) {
    const std::uint16_t port = bound.front().port();
    if (bound.front().is_unspecified()) return fmt::format("port {}", port);
    HostList list{.port = port};
    for (const Address& one : bound)
        list.hosts.push_back(host_to_string(one));
    return to_string(list);
}

} // namespace

Outcome<Listener> Session::listen() {
    if (auto opened = open_endpoint(); !opened) return std::unexpected{opened.error()};
    const std::uint16_t port = options_.dtls.enabled ? kPortInsideDtls : listen_.port;
    auto listener = endpoint_->listen(port);
    if (!listener) return std::unexpected{explain_listen(listener.error(), port)};
    if (auto begun = log_.begin(); !begun) return std::unexpected{begun.error()};
    limit_idling();
    if (options_.raw_ip) {
        console_.say(fmt::format("listening on SCTP port {}{}", port,
                                 place_in_ip(endpoint_->local_addresses())));
        return *std::move(listener);
    }
    console_.say(fmt::format("listening on SCTP port {} behind {}UDP {}", port,
                             options_.dtls.enabled ? "DTLS on " : "",
                             place(endpoint_->local_addresses())));
    return *std::move(listener);
}

// --- Ctrl-C, and what else ends a run from outside ---

void Session::watch_signals() {
    if (!signals_) signals_ = std::make_unique<Signals>(io_);
    signals_->set.async_wait([this](const boost::system::error_code& error, int signal) {
        if (!error) take_signal(signal);
    });
}

void Session::take_signal(int signal) {
    signal_ = signal;
    if (stopping_) {
        interrupted_ = true;
        if (endpoint_) endpoint_->close();
        io_.stop();
        return;
    }
    stop();
    watch_signals();
}

std::string_view Session::signal_name() const {
    switch (signal_) {
    case SIGTERM: return "SIGTERM";
    case SIGHUP: return "SIGHUP";
    default: return "Ctrl-C";
    }
}

/// What was stopped ends as shells and supervisors expect of the signal that did it.
ExitCode Session::exit_code(ExitCode code) const {
    if (code != ExitCode::interrupted) return code;
    switch (signal_) {
    case SIGTERM: return ExitCode::terminated;
    case SIGHUP: return ExitCode::hung_up;
    default: return ExitCode::interrupted;
    }
}

void Session::stop() {
    stopping_ = true;
    console_.detail(signal_ == SIGINT || signal_ == 0
                        ? "stopping; Ctrl-C again aborts"
                        : fmt::format("stopping: {}; a second signal aborts", signal_name()));
    for (const auto& action : stop_actions_)
        action();
    if (endpoint_) endpoint_->shutdown(kStopWithin, [](const Result<>&) {});
}

} // namespace hawser::command
