// The options that every subcommand that talks to the network has.
#pragma once

#include "command/dtls_options.hpp"

#include <hawser/sctp/options.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hawser::command {

/// Who begins: decides what happens when the usual UDP port is taken.
enum class Role : std::uint8_t { connects, listens };

struct NetworkOptions {
    std::optional<std::uint16_t> udp_port;      ///< nullopt: 9899, or any other one when we connect
    std::optional<std::uint16_t> peer_udp_port; ///< nullopt: 9899
    bool raw_ip = false;                        ///< SCTP in IP packets, without UDP
    std::string local;
    std::string log;
    std::string status;     ///< where it can be asked how it is; empty: the usual place
    std::string subcommand; ///< "listen"
    std::string log_view;   ///< wire, clear, both; empty: what Wireshark needs
    std::string congestion = "modern";
    unsigned streams = 65'535;
    double timeout_seconds = 10;
    std::optional<double> idle_timeout_seconds;
    std::size_t packet_bytes = 1200;
    bool verbose = false;
    bool log_keys = false;
    DtlsOptions dtls;
    bool prints_messages = false;           ///< standard output is for them
    std::vector<std::string> files_to_send; ///< that are read

    /// `-`, or one of the names that the system has for it.
    bool logs_to_standard_output() const;
    /// What each is, and its path: "the file of --key" and "alpha.key".
    std::vector<std::pair<std::string, std::string>> files_read() const;
};

void add_network_options(Subcommand command, NetworkOptions& options, Role role);
/// --congestion, for what carries messages.
void add_congestion_option(Subcommand command, NetworkOptions& options);
sctp::Congestion congestion_of(const NetworkOptions& options);
/// --idle-timeout, for what may last for as long as the peer likes.
void add_idle_option(Subcommand command, NetworkOptions& options);
/// What one option can only say of itself in the light of others. Fails with `usage`.
Outcome<> check_network_options(const NetworkOptions& options);

} // namespace hawser::command
