#include "command/paths.hpp"

#include "command/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hawser::command {
namespace {

std::string_view name(sctp::PathStatus::State state) {
    switch (state) {
    case sctp::PathStatus::State::unconfirmed: return "not confirmed";
    case sctp::PathStatus::State::active: return "active";
    case sctp::PathStatus::State::potentially_failed: return "no answer of late";
    case sctp::PathStatus::State::inactive: return "no answer for long";
    }
    std::unreachable();
}

} // namespace

std::string state_text(const sctp::PathStatus& path) {
    return fmt::format("{}{}", name(path.state), path.current ? ", in use" : "");
}

std::string paths_text(const Connection& connection) {
    const auto paths = connection.paths();
    if (!paths || paths->size() < 2) return "";
    return fmt::format("; {}", counted(paths->size(), "path"));
}

std::optional<std::string> PathCount::look(const Connection& connection) {
    const auto paths = connection.paths();
    if (!paths) return std::nullopt;
    const auto confirmed = std::ranges::count_if(*paths, [](const sctp::PathStatus& path) {
        return path.state != sctp::PathStatus::State::unconfirmed;
    });
    most_ = std::max(most_, static_cast<std::size_t>(confirmed));
    const Path path = connection.path();
    const auto before = std::exchange(used_, path.remote);
    if (!before || before->is_same_host(path.remote)) return std::nullopt;
    ++changes_;
    return fmt::format("messages go to {} now", peer_text(path));
}

std::string PathCount::summary() const {
    if (most_ < 2) return "";
    std::string text = fmt::format("{} to the peer", counted(most_, "path"));
    if (changes_ > 0) text += fmt::format("; messages changed over {}", counted(changes_, "time"));
    return text + "\n";
}

} // namespace hawser::command
