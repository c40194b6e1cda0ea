#include "command/datagrams.hpp"

#include "command/contradictions.hpp"
#include "command/explain.hpp"
#include "command/locals.hpp"
#include "command/text.hpp"

#include <fmt/format.h>

namespace hawser::command {

Outcome<> check_datagram_options(const Subcommand& command) {
    auto fitting = keep_apart(command, "--dtls", {"--status"}, "it tells of associations");
    if (!fitting) return fitting;
    return keep_apart(command, "--dtls",
                      {"--stream", "--ppid", "--unordered", "--streams", "--congestion"},
                      fmt::format("`hawser {}` then speaks DTLS alone, whose datagrams have no "
                                  "streams, no PPID, no order and no congestion control",
                                  command.name()));
}

Outcome<DtlsEndpointOptions> datagram_endpoint(Session& session,
                                               const std::vector<std::string>& hosts) {
    DtlsEndpointOptions options;
    options.name = "hawser";
    options.tap = session.tap();
    options.tap_views = session.tap_views(); // handshakes and, when asked for, keys
    options.on_unreachable = [&session](const dtls::PathUnreachable& event) {
        session.console().say(fmt::format("the network says of {}: {}; what is sent there may be "
                                          "lost",
                                          to_string(event.path.remote), os_text(event.os_errno)));
    };
    const auto local = local_addresses(hosts, true);
    if (!local) return std::unexpected{local.error()};
    if (!local->empty()) options.local = local->front();
    return options;
}

std::size_t datagram_room(const DtlsConnection& connection, const NetworkOptions& options) {
    return connection.payload_bytes_max(options.packet_bytes);
}

Failure explain_write(const Error& error, const DtlsConnection& connection,
                      const NetworkOptions& options, std::size_t message_bytes) {
    const std::string why{error.what};
    switch (error.code) {
    case Errc::too_large:
        return {ExitCode::limit,
                fmt::format("a message of {} is above the limit of {} for one datagram "
                            "(--packet-bytes); send it in parts (--raw does)",
                            counted(message_bytes, "byte"),
                            counted(datagram_room(connection, options), "byte"))};
    case Errc::unsupported:
        return {ExitCode::marking,
                fmt::format("this kernel cannot mark a packet so ({}); nothing was sent", why)};
    default: return {ExitCode::peer, fmt::format("cannot send: {}", why)};
    }
}

Outcome<> explain_end(const DtlsConnection& connection, const DtlsOptions& options) {
    if (const auto refused = connection.records_refused(); refused > 0) {
        return failure(ExitCode::marking,
                       fmt::format("the kernel refused {}, of which nothing was sent: it cannot "
                                   "mark them as asked, or they are too large for the interface "
                                   "(--packet-bytes)",
                                   counted(refused, "datagram")));
    }
    if (const auto nobody = connection.unreachable()) {
        return failure(ExitCode::peer,
                       fmt::format("the peer went away ({}): what was sent last may "
                                   "be lost",
                                   os_text(*nobody)));
    }
    const auto closed = connection.closed();
    if (!closed || closed->reason.code == Errc::closed) return {};
    return failure(ExitCode::peer,
                   fmt::format("DTLS has ended: {}", closed_text(*closed, options)));
}

} // namespace hawser::command
