// Plain DTLS datagrams between standard input and output: what listen and connect do with --dtls.
#pragma once

#include "command/session.hpp"
#include "command/talk.hpp"

#include <hawser/endpoint/dtls_connection.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace hawser::command {

/// Fails with `usage` when an option was given that only SCTP has a meaning for.
Outcome<> check_datagram_options(const Subcommand& command);

ExitCode connect_for_datagrams(const TalkOptions& options, const std::string& address);
/// `sink`: prints nothing of what arrives.
ExitCode listen_for_datagrams(const TalkOptions& options, bool sink, const ListenAddress& listen);

/// What a DtlsClient or DtlsServer of this run is opened with; `hosts` has the address of ours to
/// bind, or none for all of them.
Outcome<DtlsEndpointOptions> datagram_endpoint(Session& session,
                                               const std::vector<std::string>& hosts);
/// Bytes of a message that fit into a datagram of --packet-bytes; 0 once the connection has ended.
std::size_t datagram_room(const DtlsConnection& connection, const NetworkOptions& options);

Failure explain_write(const Error& error, const DtlsConnection& connection,
                      const NetworkOptions& options, std::size_t message_bytes);
/// How a connection ended; no failure when it was in good order. A marking that the kernel refused
/// comes first.
Outcome<> explain_end(const DtlsConnection& connection, const DtlsOptions& options);

} // namespace hawser::command
