// Captures that gzip has packed.
#pragma once

#include <hawser/capture/source.hpp>

#include <memory>

namespace hawser::command {

/// What `packed` gives, unpacked when it is gzip (RFC 1952), one member or several; else as it is.
std::unique_ptr<capture::Source> unpacked(std::unique_ptr<capture::Source> packed);

} // namespace hawser::command
