// What one run of a networking subcommand stands on: the loop, the endpoint, the packet log,
// Ctrl-C.
#pragma once

#include "command/asio.hpp"
#include "command/console.hpp"
#include "command/explain_connect.hpp"
#include "command/idle_limit.hpp"
#include "command/network_options.hpp"
#include "command/outcome.hpp"
#include "command/overheard.hpp"
#include "command/packet_log.hpp"
#include "command/status_server.hpp"
#include "command/target.hpp"

#include <hawser/endpoint/sctp_endpoint.hpp>
#include <hawser/net/clock.hpp>

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::command {

class DiskThread;

class Session {
public:
    using Main = std::function<asio::awaitable<Outcome<>>(Session&)>;

    /// `listen` is looked at when the role is to listen.
    Session(const NetworkOptions& options, Role role, ListenAddress listen = {});
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Opens everything, runs `main` to its end, closes everything and says what failed.
    ExitCode run(const Main& main);

    const NetworkOptions& options() const { return options_; }
    Console& console() { return console_; }
    /// Only once `connect` or `listen` was asked for.
    SctpEndpoint& endpoint() { return *endpoint_; }
    asio::any_io_executor executor() { return io_.get_executor(); }
    /// A thread for what waits for disks; made when it is first asked for.
    DiskThread& disk();

    /// Where packets are shown: to the log, and for a listener to who looks for peers that speak
    /// something else. nullptr: nowhere.
    Tap* tap();
    TapViews tap_views() { return {.clear = log_.tap() != nullptr}; }
    /// A listener has taken its first peer: what others speak is their own fault. Packets are shown
    /// to the log alone from now on; `tap` says so.
    void somebody_came();
    /// All is right with what was asked for, and packets may come: they are logged from now on.
    Outcome<> begin_log() { return log_.begin(); }

    /// What ends the run when nothing moves. It is started by `connect` and `listen`, else by
    /// `limit_idling`; whoever sees something move touches it.
    IdleLimit& idle() { return idle_; }
    void limit_idling();

    /// Opens an association with ADDR, or says in words why that is not possible.
    asio::awaitable<Outcome<Connection>> connect(HostList target);
    /// Takes associations on the port that was given.
    Outcome<Listener> listen();
    const ListenAddress& listen_address() const { return listen_; }
    /// Why DTLS ended under an association; nullopt when it did not. Answered once.
    std::optional<dtls::Closed> take_unsealed(sctp::AssociationId association);

    /// Ctrl-C was pressed, or another signal came; what waits for the network ends by itself.
    bool stopping() const { return stopping_; }
    /// What that left undone, which is no fault of the peer; `undone` begins with "before".
    Failure stopped(std::string_view undone) const;
    /// Called at Ctrl-C, for what waits for something else.
    void on_stop(std::function<void()> action) { stop_actions_.push_back(std::move(action)); }
    /// Called when `main` has ended, while the packet log is still open.
    void on_end(std::function<void()> action) { end_actions_.push_back(std::move(action)); }

private:
    Outcome<> open();
    std::vector<std::string> our_hosts() const;
    /// `host`: of the peer that we are about to call.
    Outcome<> open_endpoint(const std::string& host = {});
    /// From now on it can be asked how it is.
    Outcome<> open_status();
    StatusFacts status() const;
    /// What is sent to an address of this host must not come back to our own UDP port.
    Outcome<> keep_apart(const std::string& host, const SctpAddress& target);
    Outcome<SctpEndpointOptions> endpoint_options(const std::string& host);
    void on_sealed(const stack::PathSealed& event);
    void on_unsealed(const stack::PathUnsealed& event);
    void watch_signals();
    void take_signal(int signal);
    std::string_view signal_name() const;
    ExitCode exit_code(ExitCode code) const;
    void stop();
    void linger();
    Outcome<> conclude(Outcome<> outcome) const;

    NetworkOptions options_;
    Role role_;
    ListenAddress listen_;
    Console console_;
    asio::io_context io_{1};
    class Signals;
    std::unique_ptr<Signals> signals_;
    asio::steady_timer linger_timer_{io_};
    std::vector<std::function<void()>> stop_actions_, end_actions_;
    int signal_ = 0; ///< that came last
    bool stopping_ = false;
    bool stopped_midway_ = false; ///< `main` had not ended
    bool interrupted_ = false;
    PacketLog log_;
    Overheard overheard_;
    bool overhears_;
    IdleLimit idle_;
    std::optional<SctpEndpoint> endpoint_;
    const Instant started_ = net::Clock::now();
    StatusServer status_;
    Heard heard_;
    std::map<sctp::AssociationId, dtls::Closed> unsealed_;
    std::unique_ptr<DiskThread> disk_;
};

} // namespace hawser::command
