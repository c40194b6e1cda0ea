#include "command/file_classes.hpp"

#include <fmt/format.h>

#include <filesystem>

#include <fnmatch.h>

namespace hawser::command {

Outcome<FileClasses> FileClasses::parse(const std::vector<std::string>& rules) {
    FileClasses classes;
    for (const std::string& rule : rules) {
        const std::size_t equals = rule.rfind('=');
        if (equals == std::string::npos || equals == 0) {
            return failure(
                ExitCode::usage,
                fmt::format("--class {}: write PATTERN=CLASS, for example '*.log=cs1'", rule));
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
