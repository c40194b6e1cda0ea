#include "command/network_options.hpp"

#include "command/contradictions.hpp"

#include <fmt/format.h>

#include <string_view>

namespace hawser::command {

namespace {

void add_port_options(Subcommand network, NetworkOptions& options, Role role) {
    if (role == Role::listens) {
        network
            .option("--udp-port", &options.udp_port,
                    "UDP port of ours (RFC 6951); 9899, or 0 for any free one")
            .type_name("PORT")
            .range(0, 65'535);
        return;
    }
    network
        .option("--udp-port", &options.udp_port,
                "UDP port of ours (RFC 6951); 9899 or, when that is taken, any")
        .type_name("PORT")
        .range(0, 65'535);
    network.option("--peer-udp-port", &options.peer_udp_port, "the peer's UDP port; 9899")
        .type_name("PORT")
        .range(1, 65'535);
    network
        .option("--local", &options.local,
                "the address of ours to send from, or several, HOST/HOST, by which the peer finds "
                "us when one fails")
        .type_name("HOST")
        .not_empty();
    network
        .option("--timeout", &options.timeout_seconds,
                "seconds for connecting, names and all addresses included; once connected it does "
                "not count")
        .type_name("SECONDS")
        .shows_default()
        .range(0.001, 86'400.0);
}

} // namespace

void add_network_options(Subcommand command, NetworkOptions& options, Role role) {
    Subcommand network = command.group("Network");
    add_port_options(network, options, role);
    network.flag("--raw-ip", &options.raw_ip,
                 "SCTP in IP packets (protocol 132), as other stacks speak it, in place of UDP; "
                 "needs CAP_NET_RAW");
    network.option("--streams", &options.streams, "streams to ask for and to grant")
        .type_name("COUNT")
        .shows_default()
        .range(1, 65'535);
    network
        .option("--packet-bytes", &options.packet_bytes,
                "of a full SCTP packet, with plain DTLS of a datagram; 1444 fills Ethernet frames")
        .type_name("BYTES")
        .shows_default()
        .range(512, 65'000);
    const Option log = network
                           .option("--log", &options.log,
                                   "writes every packet into a file for Wireshark (pcapng); - is "
                                   "standard output")
                           .type_name("FILE.pcapng")
                           .not_empty();
    network
        .option(
            "--log-view", &options.log_view,
            "packets as the network carries them (which tcpdump reads too), what is in them, or "
            "both; what Wireshark needs")
        .one_of({"wire", "clear", "both"})
        .needs(log);
    network
        .flag("--log-keys", &options.log_keys,
              "and the keys of DTLS, so that Wireshark reads what was sealed")
        .needs(log);
    options.subcommand = command.name();
    network
        .option("--status", &options.status,
                "a socket to be made, where `hawser status PATH` asks; none: nowhere; by process "
                "in XDG_RUNTIME_DIR")
        .type_name("PATH")
        .not_empty();
    network.flag("-v,--verbose", &options.verbose, "tells what happens, on standard error");
    add_dtls_options(command, options.dtls, role);
}

void add_congestion_option(Subcommand command, NetworkOptions& options) {
    command.group("Network")
        .option("--congestion", &options.congestion,
                "how much may be under way: modern is CUBIC; bbr goes by the path's rate and keeps "
                "it where packets are lost by chance; rfc9260 is the RFC's own")
        .shows_default()
        .one_of({"modern", "bbr", "rfc9260"});
}

sctp::Congestion congestion_of(const NetworkOptions& options) {
    if (options.congestion == "bbr") return sctp::Congestion::bbr;
    if (options.congestion == "rfc9260") return sctp::Congestion::rfc9260;
    return sctp::Congestion::modern;
}

void add_idle_option(Subcommand command, NetworkOptions& options) {
    command.group("Network")
        .option("--idle-timeout", &options.idle_timeout_seconds,
                "ends (exit code 8) when nothing came or went for so long, and (3) when the peer "
                "gives no sign of life for three quarters of it; without, it waits")
        .type_name("SECONDS")
        .range(1.0, 86'400.0);
}

bool NetworkOptions::logs_to_standard_output() const {
    return log == "-" || log == "/dev/stdout" || log == "/dev/fd/1" || log == "/proc/self/fd/1";
}

std::vector<std::pair<std::string, std::string>> NetworkOptions::files_read() const {
    std::vector<std::pair<std::string, std::string>> files{{"the file of --cert", dtls.certificate},
                                                           {"the file of --key", dtls.key},
                                                           {"the file of --ca", dtls.authorities}};
    for (const std::string& path : files_to_send)
        files.emplace_back("a file to be sent", path);
    std::erase_if(files, [](const auto& file) { return file.second.empty(); });
    return files;
}

namespace {

bool is_standard_error(std::string_view path) {
    return path == "/dev/stderr" || path == "/dev/fd/2" || path == "/proc/self/fd/2";
}

} // namespace

Outcome<> check_network_options(const NetworkOptions& options) {
    if (options.logs_to_standard_output() && options.prints_messages) {
        return failure(ExitCode::usage,
                       fmt::format("--log {}: standard output carries the messages that arrive; "
                                   "give the log a file or a FIFO",
                                   options.log));
    }
    if (is_standard_error(options.log)) {
        return failure(ExitCode::usage,
                       fmt::format("--log {}: standard error has what is said to people; give the "
                                   "log a file or a FIFO, or - for standard output",
                                   options.log));
    }
    if (auto fitting = check_raw_ip(options); !fitting) return fitting;
    if (auto fitting = check_dtls(options); !fitting) return fitting;
    if (!options.dtls.enabled) return {};
    if (options.udp_port) {
        return failure(ExitCode::usage, "--udp-port does not apply with --dtls: a listener's ADDR "
                                        "has the UDP port, a connecting command takes any");
    }
    if (options.peer_udp_port) {
        return failure(ExitCode::usage, "--peer-udp-port does not apply with --dtls: the port in "
                                        "ADDR is the peer's UDP port");
    }
    return {};
}

} // namespace hawser::command
