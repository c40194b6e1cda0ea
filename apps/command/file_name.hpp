// Names of files that came over the network.
#pragma once

#include <string>
#include <string_view>

namespace hawser::command {

/// A name that is safe to create in a folder of ours, from whatever a peer sent: the part after
/// the last slash, without control characters, not hidden, of at most 200 bytes; one that is longer
/// keeps its extension. "" when nothing is left of it.
std::string safe_file_name(std::string_view sent);
/// The same name with a number in front of its extension: "a-2.txt", "a-2.tar.gz".
std::string numbered_file_name(std::string_view safe_name, unsigned number);

} // namespace hawser::command
