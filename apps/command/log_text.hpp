// What a summary of a capture says of every protocol.
#pragma once

#include <hawser/capture/reader.hpp>
#include <hawser/capture/tallies.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hawser::command {

/// "2026-01-01 00:00:00.000001 UTC".
std::string clock_time(capture::WallTime time);
/// "CS0/Not-ECT 4, EF/ECT(1) 2; hop limit 64".
std::string marking_counts(const std::vector<capture::MarkingTally>& markings,
                           const std::map<std::uint8_t, std::uint64_t>& hop_limits);

} // namespace hawser::command
