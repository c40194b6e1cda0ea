// NR-SACK: the chunk's value.
#include "sctp_round_trips.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hawser::wire::sctp::round_trip_nr_sack(hawser::fuzz::input_of(data, size));
    return 0;
}
