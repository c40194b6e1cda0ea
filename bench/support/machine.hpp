// The clock, the processors and the sockets of this machine.
#pragma once

#include "row.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace hawser::bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The processors that the two ends of a run stand on; the same one on a machine that has one.
unsigned sender_cpu();
unsigned receiver_cpu();

/// Keeps the calling thread on one processor.
void pin_thread(unsigned cpu);

/// Runs `work` on a thread of its own that stands on one processor, and answers what it answered.
template <class Work>
auto on_cpu(unsigned cpu, Work work) {
    std::optional<decltype(work())> answer;
    std::thread{[&] {
        pin_thread(cpu);
        answer.emplace(work());
    }}.join();
    return *std::move(answer);
}

/// "what: what the system said of errno".
std::string system_error(const std::string& what);

/// A descriptor that closes itself.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_{fd} {}
    Descriptor(Descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();
    int get() const { return fd_; }

private:
    int fd_ = -1;
};

/// Two UDP sockets on 127.0.0.1, connected to each other, with buffers for `buffer_bytes`.
Outcome<std::pair<Descriptor, Descriptor>> udp_pair(int buffer_bytes);

/// A port of 127.0.0.1 that nobody had a moment ago.
Outcome<std::uint16_t> free_tcp_port();
Outcome<std::uint16_t> free_udp_port();

} // namespace hawser::bench
