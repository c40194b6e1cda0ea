// What the user has chosen for one path.
#pragma once

#include <hawser/core/result.hpp>
#include <hawser/sctp/options.hpp>
#include <hawser/sctp/path_options.hpp>

#include <cstdint>

namespace hawser::sctp {

/// Made for a path that has something otherwise than its endpoint.
struct OwnOptions {
    enum class Whose : std::uint8_t { association, path };

    PathOptions now;            ///< those of the path, over those of the association
    PathOptions of_association; ///< ConnectOptions::paths, which other paths have, too
};

/// What is not set is as below it.
PathOptions lay_over(const PathOptions& wanted, const PathOptions& below);

/// Whether they hold together, and with the endpoint's where they say nothing; the reason if not.
Result<> check(const PathOptions& wanted, const Options& endpoints);

} // namespace hawser::sctp
