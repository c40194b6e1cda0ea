// INIT and INIT ACK with all of their parameters: the chunk's value.
#include "sctp_round_trips.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace sctp = hawser::wire::sctp;
    const hawser::Bytes value = hawser::fuzz::input_of(data, size);
    sctp::round_trip_init(sctp::ChunkType::init, value);
    sctp::round_trip_init(sctp::ChunkType::init_ack, value);
    return 0;
}
