// What people are told of the ways to a peer that has several.
#pragma once

#include <hawser/endpoint/connection.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::command {

/// "active, in use", "no answer of late".
std::string state_text(const sctp::PathStatus& path);

/// "; 2 paths", for the end of a line; nothing where there is one.
std::string paths_text(const Connection& connection);

/// Follows one association over its paths.
class PathCount {
public:
    /// Looks again, after something has happened to one. Says what that means for messages; nothing
    /// when they go on as before.
    std::optional<std::string> look(const Connection& connection);

    /// "2 paths to the peer; messages changed over to another once": a line for the end, also of an
    /// association that has ended. Nothing where there was one all the time.
    std::string summary() const;

private:
    std::size_t most_ = 0;
    unsigned changes_ = 0;
    std::optional<Address> used_;
};

} // namespace hawser::command
