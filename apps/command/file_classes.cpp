#include "command/file_classes.hpp"

#include <fmt/format.h>

#include <filesystem>

#include <fnmatch.h>

namespace hawser::command {
namespace {

/// Whether each set of characters in a pattern has its end; fnmatch takes one that has none for
/// what it is written with, which nobody means.
bool is_closed(std::string_view pattern) {
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] == '\\') {
            ++at; // what follows is itself
            continue;
        }
        if (pattern[at] != '[') continue;
        ++at;
        if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) ++at;
        for (const std::size_t first = at; at < pattern.size(); ++at) {
            if (pattern[at] == ']' && at != first) break; // in the first place it is of the set
            if (pattern[at] == '\\') ++at;
        }
        if (at >= pattern.size()) return false;
    }
    return true;
}

} // namespace

Outcome<FileClasses> FileClasses::parse(const std::vector<std::string>& rules) {
    FileClasses classes;
    for (const std::string& rule : rules) {
        const std::size_t equals = rule.rfind('=');
        if (equals == std::string::npos || equals == 0) {
            return failure(
                ExitCode::usage,
                fmt::format("--class {}: write PATTERN=CLASS, for example '*.log=cs1'", rule));
        }
        if (!is_closed(std::string_view{rule}.substr(0, equals))) {
            return failure(
                ExitCode::usage,
                fmt::format("--class {}: in the pattern \"{}\" a [ has no ]; write \\[ for "
                            "the character itself",
                            rule, rule.substr(0, equals)));
        }
        const auto marking = parse_class(std::string_view{rule}.substr(equals + 1));
        if (!marking) {
            return failure(ExitCode::usage,
                           fmt::format("--class {}: {}", rule, marking.error().text));
        }
        classes.rules_.push_back({rule.substr(0, equals), *marking});
    }
    return classes;
}

Marking FileClasses::of(std::string_view path) const {
    const std::string whole{path};
    const std::string name = std::filesystem::path{whole}.filename().string();
    for (const Rule& rule : rules_) {
        if (fnmatch(rule.pattern.c_str(), name.c_str(), 0) == 0 ||
            fnmatch(rule.pattern.c_str(), whole.c_str(), 0) == 0) {
            return rule.marking;
        }
    }
    return {};
}

} // namespace hawser::command
