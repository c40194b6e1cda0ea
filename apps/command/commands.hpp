// The subcommands: each adds itself to the command line.
#pragma once

#include "command/command_line.hpp"

namespace hawser::command {

void add_listen(CommandLine& line);
void add_connect(CommandLine& line);
void add_send(CommandLine& line);
void add_receive(CommandLine& line);
void add_ping(CommandLine& line);
void add_bench(CommandLine& line);
void add_keygen(CommandLine& line);
void add_log(CommandLine& line);
void add_status(CommandLine& line);

} // namespace hawser::command
