#include "support/delay_box/relay.hpp"

#include "support/delay_box/ecn.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <system_error>
#include <time.h>
#include <unistd.h>

namespace hawser::test {
namespace {

constexpr std::size_t kPacketBytesMax = 65'535;
/// Packets of one way that are taken before the other one has its turn.
constexpr int kBatch = 64;

SimulatedLink::Time now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

int checked(int fd, const char* what) {
    if (fd < 0) throw std::system_error{errno, std::generic_category(), what};
    return fd;
}

void watch(int events, int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    checked(::epoll_ctl(events, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

} // namespace

Relay::Relay(Tun& a, Tun& b, const LinkShape& forth, const LinkShape& back)
    : ways_{Way{.from = a, .to = b, .link = SimulatedLink{forth}, .counts = {}},
            Way{.from = b, .to = a, .link = SimulatedLink{back}, .counts = {}}} {
    sigset_t ends{};
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    events_ = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    timer_ =
        checked(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create");
    signals_ = checked(::signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd");
    for (const int fd : {timer_, signals_, a.descriptor(), b.descriptor()})
        watch(events_, fd);
}

Relay::~Relay() {
    for (const int fd : {events_, timer_, signals_})
        ::close(fd);
}

void Relay::run() {
    for (;;) {
        std::array<epoll_event, 4> ready{};
        const int count = ::epoll_wait(events_, ready.data(), ready.size(), -1);
        for (int i = 0; i < count; ++i) {
            if (ready.at(static_cast<std::size_t>(i)).data.fd == signals_) return;
        }
        for (Way& way : ways_) {
            take_in(way);
            hand_on(way);
        }
        set_timer();
    }
}

void Relay::take_in(Way& way) {
    static std::array<std::byte, kPacketBytesMax> room;
    for (int i = 0; i < kBatch; ++i) {
        const std::span packet = way.from.read(room);
        if (packet.empty()) return;
        switch (way.link.send(packet.data(), packet.size(), now(), can_be_marked(packet))) {
            using enum SimulatedLink::Fate;
        case lost: ++way.counts.lost; break;
        case no_room: ++way.counts.no_room; break;
        case marked: ++way.counts.marked; [[fallthrough]];
        case carried: ++way.counts.carried; break;
        }
    }
}

void Relay::hand_on(Way& way) {
    while (auto packet = way.link.arrival(now())) {
        if (packet->marked) mark_congestion(packet->bytes);
        if (!way.to.write(packet->bytes)) ++way.counts.refused;
    }
}

void Relay::set_timer() {
    std::optional<SimulatedLink::Time> next = ways_[0].link.next();
    if (const auto other = ways_[1].link.next(); other && (!next || *other < *next)) next = other;
    itimerspec at{}; // of zeros: never
    if (next) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(*next);
        at.it_value = {.tv_sec = seconds.count(), .tv_nsec = (*next - seconds).count()};
    }
    ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
}

} // namespace hawser::test
