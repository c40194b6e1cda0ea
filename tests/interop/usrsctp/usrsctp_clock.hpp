// The time and the random numbers of libusrsctp in this process.
#pragma once

#include <chrono>
#include <cstdint>

namespace hawser::test {

/// Since any beginning; it must not go back.
void set_usrsctp_time(std::chrono::nanoseconds time);
std::chrono::nanoseconds usrsctp_time();
void seed_usrsctp(std::uint64_t seed);

} // namespace hawser::test
