// A transfer over UDP on loopback, to be counted by callgrind: both ends in turn, in virtual time,
// so that each run does the same.
//
//   tapped_transfer none|filtered     without a packet log, or with one that wants none of it
#include <hawser/capture/log.hpp>
#include <hawser/driver/driver.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/net/clock.hpp>
#include <hawser/net/udp_socket.hpp>
#include <hawser/stack/sctp_stack.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace hawser::bench {
namespace {

constexpr std::uint16_t kPort = 5001;
constexpr std::size_t kMessages = 400;
constexpr std::size_t kMessageBytes = 16 * 1024;
constexpr int kRoundsMax = 100'000;

[[noreturn]] void die(const char* what) {
    std::fprintf(stderr, "tapped_transfer: %s\n", what);
    std::exit(1);
}

template <class T>
T must(Result<T> result, const char* what) {
    if (!result) die(what);
    return *std::move(result);
}

std::vector<net::Socket> one_socket() {
    std::vector<net::Socket> sockets;
    sockets.push_back(
        must(net::UdpSocket::open({.local = Address::loopback(Family::ipv4)}), "socket"));
    return sockets;
}

struct End {
    explicit End(std::uint64_t seed) : random{seed} {}

    void pump(Instant now) {
        driver.pump(now);
        while (auto event = stack.poll_event()) {
            if (const auto* up = std::get_if<sctp::Connected>(&*event))
                association = up->association;
            if (std::holds_alternative<sctp::Message>(*event)) ++messages;
        }
    }

    SeededRandom random;
    PacketPool packets;
    BufferPool buffers;
    stack::SctpStack stack{{}, {}, {random, packets, buffers, net::Clock::wall_clock()}, Instant{}};
    Driver<stack::SctpStack> driver{stack, one_socket()};
    std::optional<sctp::AssociationId> association;
    std::size_t messages = 0;
};

} // namespace

/// What is counted.
extern "C" [[gnu::noinline]] void hawser_bench_transfer(End& sender, End& receiver, Instant now) {
    const std::vector<std::byte> message(kMessageBytes, std::byte{'m'});
    std::size_t sent = 0;
    for (int round = 0; receiver.messages < kMessages; ++round) {
        if (round == kRoundsMax) die("it does not end");
        while (sent < kMessages && sender.stack.sctp().send(*sender.association, message, {}, now))
            ++sent;
        sender.driver.flush(now);
        receiver.pump(now);
        sender.pump(now);
        now += std::chrono::milliseconds{1};
    }
}

namespace {

capture::Log log_of_another() {
    const int file = ::memfd_create("log", MFD_CLOEXEC);
    auto sink = must(capture::open_descriptor_sink(file), "a file in memory");
    ::close(file); // the sink has its own
    capture::LogOptions options;
    options.endpoints = {"another"};
    return must(capture::Log::open(std::move(sink), options), "log");
}

void run(bool with_log) {
    End sender{1}, receiver{2};
    std::optional<capture::Log> log;
    std::vector<std::shared_ptr<capture::Attachment>> taps;
    if (with_log) {
        log.emplace(log_of_another());
        for (End* end : {&sender, &receiver}) {
            taps.push_back(log->attach("end"));
            end->driver.set_tap(taps.back().get(), "end");
            end->stack.set_tap(taps.back().get());
        }
    }
    if (!receiver.stack.sctp().listen(kPort)) die("listen");
    const Path path{.local = sender.driver.sockets()[0].local_address(),
                    .remote = receiver.driver.sockets()[0].local_address()};
    Instant now{std::chrono::hours{1}};
    must(sender.stack.connect(path, kPort, {}, now), "connect");
    for (int round = 0; !sender.association; ++round) {
        if (round == kRoundsMax) die("it does not connect");
        sender.pump(now);
        receiver.pump(now);
        now += std::chrono::milliseconds{1};
    }
    hawser_bench_transfer(sender, receiver, now);
}

} // namespace
} // namespace hawser::bench

int main(int argc, char** argv) {
    const std::string_view log = argc == 2 ? argv[1] : "";
    if (log != "none" && log != "filtered") {
        std::fprintf(stderr, "usage: tapped_transfer none|filtered\n");
        return 2;
    }
    hawser::bench::run(log == "filtered");
    return 0;
}
