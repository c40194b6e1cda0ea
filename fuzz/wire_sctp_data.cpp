// DATA, and the same as I-DATA: flags, then the chunk's value.
#include "sctp_round_trips.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto value = hawser::fuzz::input_of(data + 1, size - 1);
    hawser::wire::sctp::round_trip_data(data[0], value);
    hawser::wire::sctp::round_trip_i_data(data[0], value);
    return 0;
}
