// The other chunks: type, flags, then the chunk's value.
#include "sctp_round_trips.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    namespace sctp = hawser::wire::sctp;
    sctp::round_trip_chunk(sctp::ChunkType{data[0]}, data[1],
                           hawser::fuzz::input_of(data + 2, size - 2));
    return 0;
}
