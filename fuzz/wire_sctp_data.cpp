// DATA: flags, then the chunk's value.
#include "sctp_round_trips.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    hawser::wire::sctp::round_trip_data(data[0], hawser::fuzz::input_of(data + 1, size - 1));
    return 0;
}
