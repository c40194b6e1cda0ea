// What an endpoint has dropped, by name.
#pragma once

#include <hawser/sctp/endpoint.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace hawser::sctp {

struct NamedCount {
    std::string_view name; ///< static text: "bad_tag"
    std::uint64_t count;

    friend bool operator==(const NamedCount&, const NamedCount&) = default;
};

/// Each reason for which packets, chunks, messages or answers of ours were dropped, counted or not
/// so far: packets under the name of their Verdict, the rest under that of the member of Counters.
std::vector<NamedCount> drops(const Counters& counters);

} // namespace hawser::sctp
