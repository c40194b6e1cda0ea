// INIT and INIT ACK with all of their parameters: the chunk's value.
#include "sctp_round_trips.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hawser::fuzz;
    round_trip_init(ChunkType::init, input_of(data, size));
    round_trip_init(ChunkType::init_ack, input_of(data, size));
    return 0;
}
