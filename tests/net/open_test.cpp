#include "net/wire.hpp"

#include <netinet/in.h>
#include <sys/wait.h>

namespace hawser::net::test {
namespace {

Errc error_of(const UdpOptions& options) {
    const auto socket = UdpSocket::open(options);
    EXPECT_FALSE(socket.has_value());
    return socket ? Errc::io : socket.error().code;
}

/// Runs `body` as a user without privileges, in a process of its own; answers what it answers.
bool holds_for_nobody(const std::function<bool()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        constexpr uid_t kNobody = 65534;
        const bool dropped = setgid(kNobody) == 0 && setuid(kNobody) == 0;
        _exit(dropped && body() ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Open, BindsWhatWasAskedAndSaysWhichPortItGot) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        const UdpSocket socket = open(family);
        EXPECT_EQ(socket.local_address().host(), Address::loopback(family));
        EXPECT_NE(socket.local_address().port(), 0);
        EXPECT_GE(socket.fd(), 0);
        const UdpSocket wildcard = open({.local = Address::any(family)});
        EXPECT_TRUE(wildcard.local_address().is_unspecified());
        EXPECT_EQ(wildcard.local_address().family(), family);
    }
}

TEST(Open, SaysThatThePortIsTaken) {
    const UdpSocket first = open(Family::ipv4);
    const auto second = UdpSocket::open({.local = first.local_address()});
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, Errc::in_use);
    EXPECT_EQ(second.error().os_errno, EADDRINUSE);
}

TEST(Open, SharesAPortWhenAsked) {
    const UdpSocket first = open({.local = Address::loopback(Family::ipv4), .reuse_port = true});
    EXPECT_TRUE(UdpSocket::open({.local = first.local_address(), .reuse_port = true}).has_value());
}

TEST(Open, FreesThePortWhenItIsClosed) {
    const Address address = open(Family::ipv4).local_address();
    EXPECT_TRUE(UdpSocket::open({.local = address}).has_value());
}

TEST(Open, RefusesAnAddressThatIsNotOurs) {
    EXPECT_EQ(error_of({.local = Address::ipv4({192, 0, 2, 1})}), Errc::invalid_argument);
}

TEST(Open, RefusesDefaultsThatCannotBeOnes) {
    UdpOptions options{.local = Address::loopback(Family::ipv4)};
    options.defaults.flow_label = 1;
    EXPECT_EQ(error_of(options), Errc::invalid_argument);
    options.defaults = {};
    options.defaults.hop_limit = 0;
    EXPECT_EQ(error_of(options), Errc::invalid_argument);
    options.defaults = {};
    options.defaults.dscp = static_cast<Dscp>(64);
    EXPECT_EQ(error_of(options), Errc::invalid_argument);
}

TEST(Open, LeavesIpv4ToOthersWhenAskedForIpv6Only) {
    const UdpSocket six = open({.local = Address::any(Family::ipv6), .v6_only = true});
    EXPECT_FALSE(six.capabilities().sends_ipv4);
    EXPECT_TRUE(six.capabilities().sends_ipv6);
    const Address same_port = Address::any(Family::ipv4, six.local_address().port());
    EXPECT_TRUE(UdpSocket::open({.local = same_port}).has_value());
}

TEST(Open, NeedsAPrivilegeForALowPort) {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
    EXPECT_TRUE(holds_for_nobody([] {
        const auto socket = UdpSocket::open({.local = Address::loopback(Family::ipv4, 7)});
        return !socket && socket.error().code == Errc::permission;
    }));
}

TEST(Capability, OfAMarkIsFoundByTrying) {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
    EXPECT_TRUE(open(Family::ipv4).capabilities().ipv4.mark);
    EXPECT_TRUE(holds_for_nobody([] {
        auto socket = UdpSocket::open({.local = Address::any(Family::ipv6)});
        if (!socket) return false;
        Ancillary marked, urgent, plain;
        marked.mark = 1;
        urgent.priority = 7;
        plain.dscp = Dscp::ef;
        for (const Family family : {Family::ipv4, Family::ipv6}) {
            const Path path = path_to(*socket, family);
            const auto mark = socket->check(marked, path);
            const auto priority = socket->check(urgent, path);
            if (mark || mark.error().code != Errc::unsupported) return false;
            if (priority || priority.error().code != Errc::unsupported) return false;
            if (!socket->check(plain, path)) return false;
        }
        return socket->counters().send_calls == 0; // and nothing was sent
    }));
}

TEST(Capability, IsProbedWithoutALoopbackInterfaceToo) {
    std::thread{[] {
        if (unshare(CLONE_NEWNET) != 0) return; // the privilege is asked for by others
        const UdpSocket socket = open({.local = Address::any(Family::ipv4)});
        EXPECT_TRUE(socket.capabilities().ipv4.traffic_class);
        EXPECT_TRUE(socket.capabilities().ipv4.hop_limit);
        EXPECT_TRUE(socket.capabilities().ipv4.interface_index);
    }}.join();
}

TEST(Capability, OfAMachineThatHasEverything) {
    const UdpSocket socket = open({.local = Address::any(Family::ipv6)});
    const Settable common{
        .traffic_class = true, .hop_limit = true, .dont_fragment = true, .interface_index = true};
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        Settable can = socket.capabilities().of(family);
        EXPECT_EQ(can.flow_label, family == Family::ipv6);
        can.flow_label = can.mark = can.priority = can.priority_above_6 = false;
        EXPECT_EQ(can, common);
    }
}

TEST(Open, GetsTheBuffersItAsksFor) {
    if (geteuid() != 0) GTEST_SKIP() << "without the privilege the kernel grants less";
    const UdpSocket socket = open(Family::ipv4);
    for (const int option : {SO_RCVBUF, SO_SNDBUF}) {
        int bytes = 0;
        socklen_t length = sizeof bytes;
        ASSERT_EQ(getsockopt(socket.fd(), SOL_SOCKET, option, &bytes, &length), 0);
        EXPECT_GE(bytes, 4 * 1024 * 1024);
    }
}

} // namespace
} // namespace hawser::net::test
