// Which marking each file is sent with: `--class '*.log=cs1'`.
#pragma once

#include "command/marking.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hawser::command {

class FileClasses {
public:
    /// Reads rules `PATTERN=CLASS`; a class is `ef`, `af41/ect0` or `/ect1`. Fails with `usage`.
    static Outcome<FileClasses> parse(const std::vector<std::string>& rules);

    /// What the first rule that matches the file's name, or its path, says; else nothing.
    Marking of(std::string_view path) const;

private:
    struct Rule {
        std::string pattern;
        Marking marking;
    };
    std::vector<Rule> rules_;
};

} // namespace hawser::command
