// A DTLS connection in bytes: what was agreed on, for whoever asks, and the engine's part.
#pragma once

#include <hawser/dtls/events.hpp>

#include <optional>
#include <vector>

namespace hawser::detail {

struct DtlsState {
    /// Without `connection` and `path`, which are those of the endpoint that goes on with it.
    dtls::Connected agreed{};
    std::vector<std::byte> engine;
};

std::vector<std::byte> write_state(const DtlsState& state);
/// nullopt for what `write_state` did not write.
std::optional<DtlsState> read_state(Bytes bytes);

} // namespace hawser::detail
