// A message whose end has not come.
#pragma once

#include <hawser/sctp/events.hpp>
#include <hawser/wire/sctp/types.hpp>

namespace hawser::sctp {

/// The message that is being put together at the Cumulative TSN.
struct PartialMessage {
    Message message;
    Tsn next_tsn{};

    void recycle() { message = {}; }
};

} // namespace hawser::sctp
