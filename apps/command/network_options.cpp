#include "command/network_options.hpp"

#include <CLI/CLI.hpp>

namespace hawser::command {

void add_network_options(CLI::App& command, NetworkOptions& options, Role role) {
    const auto group = [](CLI::Option* option) { option->group("Network"); };
    if (role == Role::connects) {
        group(command
                  .add_option("--udp-port", options.udp_port,
                              "UDP port of ours that carries SCTP (RFC 6951); without this option "
                              "9899, or any free one when that is taken")
                  ->type_name("PORT"));
        group(command.add_option("--peer-udp-port", options.peer_udp_port, "the peer's UDP port")
                  ->type_name("PORT")
                  ->capture_default_str()
                  ->check(CLI::Range(1, 65'535)));
        group(command.add_option("--local", options.local, "the address of ours to send from")
                  ->type_name("HOST"));
        group(command
                  .add_option("--timeout", options.timeout_seconds,
                              "seconds to wait for a silent peer")
                  ->type_name("SECONDS")
                  ->capture_default_str()
                  ->check(CLI::Range(0.001, 86'400.0)));
    } else {
        group(command
                  .add_option("--udp-port", options.udp_port,
                              "UDP port of ours that carries SCTP (RFC 6951); 9899 without this "
                              "option, 0 for any free one")
                  ->type_name("PORT"));
    }
    group(command.add_option("--streams", options.streams, "streams to ask for and to grant")
              ->type_name("COUNT")
              ->capture_default_str()
              ->check(CLI::Range(1, 65'535)));
    group(command
              .add_option("--packet-bytes", options.packet_bytes,
                          "size of a full SCTP packet, without IP and UDP headers; at most 1444 "
                          "fits Ethernet under both IPv4 and IPv6")
              ->type_name("BYTES")
              ->capture_default_str()
              ->check(CLI::Range(512, 65'000)));
    group(command
              .add_option("--log", options.log,
                          "writes every packet into a file for Wireshark (pcapng)")
              ->type_name("FILE.pcapng"));
    group(
        command.add_flag("-v,--verbose", options.verbose, "tells what happens, on standard error"));
}

} // namespace hawser::command
