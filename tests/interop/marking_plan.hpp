// What a run of records carries beside them: every field of Ancillary, and what must come of it.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/ancillary.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::interop {

/// One record of a run.
struct MarkedRecord {
    std::string text;       ///< begins with its number in the run
    Ancillary asked;        ///< what is sent beside it
    Ancillary expected;     ///< what stands in the packet: dscp, ecn, hop_limit, interface_index,
                            ///< dont_fragment, and on IPv6 flow_label, all set
    bool fragments = false; ///< above the MTU: allowed to arrive in pieces
};

/// The two interfaces that lead to the peer; packets that ask for nothing take the first.
using Interfaces = std::array<std::uint32_t, 2>;

/// A packet with mark m, or one without a traffic class with priority p, is given this hop limit by
/// a rule of the firewall on its way: that is how the network sees them.
constexpr unsigned kMarks = 8;
constexpr unsigned kPriorities = 6;
constexpr std::uint8_t hop_limit_of_mark(unsigned mark) {
    return static_cast<std::uint8_t>(100 + mark);
}
constexpr std::uint8_t hop_limit_of_priority(unsigned priority) {
    return static_cast<std::uint8_t>(200 + priority);
}

/// 256 records that differ in every field from their neighbours, then each field alone, with an
/// unmarked record after each. No two have the same length, so that a capture, which cannot look
/// into them, tells them apart. The last one is larger than a packet.
std::vector<MarkedRecord> marking_plan(Family wire, const Interfaces& interfaces);

/// Rows of records of equal length and markings, which differ from row to row.
std::vector<MarkedRecord> train_plan(Family wire, const Interfaces& interfaces);
constexpr std::size_t kTrains = 16;
constexpr std::size_t kRecordsOfTrain = 10;

/// What no record can ask for on such a path: a write must answer so, and send nothing.
struct Impossible {
    std::string_view name;
    Ancillary asked;
    Errc error;
};
std::vector<Impossible> impossible_markings(Family wire);

/// The number that its text begins with.
std::optional<std::size_t> number_of(std::string_view text);
/// How `arrived` differs from what was expected; empty: it does not.
std::string difference(const MarkedRecord& record, std::string_view text, const Ancillary& arrived);

} // namespace hawser::interop
