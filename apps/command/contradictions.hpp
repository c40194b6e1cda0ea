// Options that contradict each other: told before anything begins.
#pragma once

#include "command/command_line.hpp"
#include "command/network_options.hpp"
#include "command/outcome.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hawser::command {

/// Fails with `usage` for one of `options` that stands beside `beside`, where it says nothing;
/// `why`: that is so.
Outcome<> keep_apart(const Subcommand& command, const std::string& beside,
                     const std::vector<std::string>& options, std::string_view why);

/// The same for the number of a stream that --streams does not ask for.
Outcome<> check_stream(unsigned stream, const NetworkOptions& options);
/// The same for an option that takes so many streams.
Outcome<> check_stream_count(std::string_view what, unsigned needed, const NetworkOptions& options);

/// The same for what UDP has and IP has not.
Outcome<> check_raw_ip(const NetworkOptions& options);

/// The same for ways of knowing the right peer of DTLS, and for the keys of a log.
Outcome<> check_dtls(const NetworkOptions& options);

} // namespace hawser::command
