// From the bytes of a captured frame to what its headers say.
#pragma once

#include <hawser/capture/reader.hpp>
#include <hawser/wire/pcapng.hpp>

namespace hawser::capture::detail {

/// Fills in everything of `frame` that stands in its bytes. What cannot be read stays unset.
void decode_headers(Frame& frame, wire::pcapng::LinkType link, Bytes data, bool cut);

} // namespace hawser::capture::detail
