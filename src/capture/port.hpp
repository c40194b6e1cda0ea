// What an attachment and the writer share.
#pragma once

#include <hawser/capture/log.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "capture/record.hpp"

namespace hawser::capture::detail {

/// One attached endpoint.
struct Port : std::enable_shared_from_this<Port> {
    std::uint32_t number = 0;
    std::string name;
    LayerSet allowed; ///< what the log takes of it at most
    std::atomic<std::uint8_t> layers{0};
    std::atomic<Clear> clear{Clear::automatic};
    std::array<std::atomic<std::uint64_t>, kViews> lost{}; ///< frames that found no room

    std::atomic<std::uint64_t>& lost_in(View view) { return lost[static_cast<std::size_t>(view)]; }
};

} // namespace hawser::capture::detail
