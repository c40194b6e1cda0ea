// What libusrsctp asks the system for: the time, and random numbers. Both are ours here, so that a
// seed repeats itself.
#include "interop/usrsctp/usrsctp_clock.hpp"

#include <hawser/engine/random.hpp>

#include <cstdarg>
#include <cstring>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace hawser::test {
namespace {

std::chrono::nanoseconds time_of_day = std::chrono::hours{24};
SeededRandom numbers{1};
int random_device = -1;

} // namespace

void set_usrsctp_time(std::chrono::nanoseconds time) {
    time_of_day = time;
}

std::chrono::nanoseconds usrsctp_time() {
    return time_of_day;
}

void seed_usrsctp(std::uint64_t seed) {
    numbers = SeededRandom{seed};
}

} // namespace hawser::test

/// usrsctp is who asks.
extern "C" int gettimeofday(timeval* time, void*) noexcept {
    const auto now = hawser::test::time_of_day.count();
    time->tv_sec = now / 1'000'000'000;
    time->tv_usec = now / 1000 % 1'000'000;
    return 0;
}

extern "C" int open(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const int mode = (flags & O_CREAT) != 0 ? va_arg(more, int) : 0;
    va_end(more);
    const auto fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
    if (std::strcmp(path, "/dev/urandom") == 0) hawser::test::random_device = fd;
    return fd;
}

extern "C" ssize_t read(int fd, void* room, std::size_t size) {
    if (fd < 0 || fd != hawser::test::random_device) return ::syscall(SYS_read, fd, room, size);
    hawser::test::numbers.fill({static_cast<std::byte*>(room), size});
    return static_cast<ssize_t>(size);
}
