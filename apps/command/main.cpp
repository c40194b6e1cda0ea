// hawser: messages, files and questions over SCTP, and what the network did to their markings.
#include "command/commands.hpp"
#include "command/console.hpp"
#include "command/standard_io.hpp"

#include <cstdio>
#include <utility>

namespace {

using hawser::command::ExitCode;

constexpr std::string_view kExamples = R"(Examples:
  hawser listen                                 on one host
  hawser connect alpha.example                  on another: lines both ways
  hawser ping alpha.example --dscp ef --ecn ect1
  hawser receive incoming/                      on one host
  hawser send a.iso b.log --class '*.log=cs1' alpha.example
  hawser listen --log talk.pcapng               every packet, for Wireshark
  hawser log talk.pcapng
  hawser status                                 of the hawser that runs: associations and paths
  hawser keygen a.crt a.key                     for --dtls, on whoever listens; prints AB:CD..
  hawser listen --dtls --cert a.crt --key a.key
  hawser connect alpha.example --dtls --fingerprint AB:CD..
ADDR is HOST:PORT with the SCTP port (4297 when left out), several hosts with / between them. SCTP
travels in UDP port 9899 unless --udp-port (ours) or --peer-udp-port says otherwise;
with --dtls, the port in ADDR is the UDP port.
`hawser SUBCOMMAND --help` has more examples.

Exit codes:
  0  all went well                          5  a file or the disk
  1  the command line makes no sense        6  this kernel cannot set a marking
  2  an address or port cannot be used      7  a message or stream beyond a limit
  3  the peer refused, was silent or left   8  nothing came or went (--idle-timeout)
  4  what arrived is not what was sent      130  Ctrl-C before the work was done;
                                            143, 129  SIGTERM, SIGHUP before that)";

int parse_and_run(int count, char** arguments) {
    hawser::command::CommandLine line{
        {.name = "hawser",
         .version = "hawser " HAWSER_VERSION,
         .help = "Messages between hosts over SCTP, each with its own markings, and every packet "
                 "visible.",
         .footer = std::string{kExamples}}};
    hawser::command::add_listen(line);
    hawser::command::add_connect(line);
    hawser::command::add_send(line);
    hawser::command::add_receive(line);
    hawser::command::add_ping(line);
    hawser::command::add_bench(line);
    hawser::command::add_keygen(line);
    hawser::command::add_log(line);
    hawser::command::add_status(line);
    return line.run(count, arguments);
}

} // namespace

int main(int count, char** arguments) {
    if (const auto held = hawser::command::hold_standard_descriptors(); !held) {
        return std::to_underlying(hawser::command::refuse(held.error()));
    }
    const int code = parse_and_run(count, arguments);
    // Reports go to standard output: one that did not get there is a failure, too.
    const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
    if (code != 0 || !lost) return code;
    return std::to_underlying(hawser::command::refuse(hawser::command::Failure{
        ExitCode::file, "standard output takes nothing: the disk is full, or it is closed"}));
}
