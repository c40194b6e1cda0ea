// Numbers and names as people read them.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/core/path.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace hawser::command {

/// "12.3 MB": powers of ten, as disks and networks are sold.
std::string human_bytes(std::uint64_t bytes);
/// "345.6 MB/s"; "-" when no time has passed.
std::string human_rate(std::uint64_t bytes, Duration time);
/// "12.3 ms".
std::string human_duration(Duration time);
/// Seconds from the command line.
Duration seconds(double count);
/// What came over the network, safe to show on a terminal and in a line of ours: control characters
/// but the tab become `\x1b`, newlines too, so that nobody writes lines in our name.
std::string escaped(std::string_view text);
/// The same, but lines stay lines: for a message that is shown as it is.
std::string escaped_lines(std::string_view text);
/// A path as errors name it: one that is empty would not be seen.
std::string shown(const std::string& path);
/// "1 file", "2 files".
std::string counted(std::uint64_t count, std::string_view thing);
/// Where a peer is: its address, and the UDP port where there is one.
std::string peer_text(const Path& path);
/// What the system says of an errno.
std::string os_text(int number);

} // namespace hawser::command
