// The subcommands: each adds itself to the command line.
#pragma once

#include "command/outcome.hpp"

#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace hawser::command {

/// What the command line asked for, to be run once it has been read.
using Chosen = std::function<ExitCode()>;

void add_listen(CLI::App& app, Chosen& chosen);
void add_connect(CLI::App& app, Chosen& chosen);
void add_send(CLI::App& app, Chosen& chosen);
void add_receive(CLI::App& app, Chosen& chosen);
void add_ping(CLI::App& app, Chosen& chosen);
void add_bench(CLI::App& app, Chosen& chosen);
void add_keygen(CLI::App& app, Chosen& chosen);
void add_log(CLI::App& app, Chosen& chosen);

} // namespace hawser::command
