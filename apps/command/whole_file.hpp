// Small files, read and written in one go.
#pragma once

#include "command/outcome.hpp"

#include <string>
#include <string_view>

namespace hawser::command {

/// A file of at most a megabyte: certificates and keys. Fails with `file`.
Outcome<std::string> read_whole_file(const std::string& path);

struct NewFile {
    unsigned mode = 0644;
    bool replace = false; ///< else a file of that name is an error
};
/// Writes it so that there is the whole file or none. Fails with `file`.
Outcome<> write_whole_file(const std::string& path, std::string_view text, const NewFile& how);

} // namespace hawser::command
