#include "support/delay_box/tun.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <system_error>
#include <unistd.h>

namespace hawser::test {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error{errno, std::generic_category(), what};
}

void enter(const std::string& network_namespace) {
    const std::string path = "/run/netns/" + network_namespace;
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail(path);
    const int entered = ::setns(fd, CLONE_NEWNET);
    ::close(fd);
    if (entered != 0) fail("setns " + path);
}

} // namespace

Tun::Tun(const std::string& network_namespace, const std::string& name) {
    enter(network_namespace);
    fd_ = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd_ < 0) fail("/dev/net/tun");
    ifreq request{};
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    if (::ioctl(fd_, TUNSETIFF, &request) == 0) return;
    const int reason = errno;
    ::close(fd_);
    errno = reason;
    fail("TUNSETIFF " + name);
}

Tun::~Tun() {
    ::close(fd_);
}

std::span<std::byte> Tun::read(std::span<std::byte> room) {
    const ssize_t got = ::read(fd_, room.data(), room.size());
    return room.first(got > 0 ? static_cast<std::size_t>(got) : 0);
}

bool Tun::write(std::span<const std::byte> packet) {
    return ::write(fd_, packet.data(), packet.size()) > 0;
}

} // namespace hawser::test
