// What there is for each stream.
#pragma once

#include "sctp/state/archive.hpp"
#include "sctp/stream_map.hpp"

#include <algorithm>
#include <vector>

namespace hawser::sctp {

/// In the order of the streams, whatever that of the map: equal states are equal bytes.
template <class T, class Describe>
void exchange_streams(Archive& archive, StreamMap<T>& streams, Describe&& describe) {
    constexpr std::size_t kStreamsMax = 65'536;
    std::vector<StreamId> used;
    streams.for_each([&used](StreamId stream, T&) { used.push_back(stream); });
    std::ranges::sort(used);
    archive.list(used, kStreamsMax);
    for (const StreamId stream : used)
        describe(streams[stream]);
}

} // namespace hawser::sctp
