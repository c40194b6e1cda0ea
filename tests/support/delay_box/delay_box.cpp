// A link between two network namespaces, where the system has no netem: a rate, a delay, a queue,
// loss and reordering by a seed, ECN marks.
#include "support/delay_box/relay.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <sched.h>

namespace {

using hawser::test::LinkShape;
using hawser::test::Relay;
using hawser::test::Tun;

struct Arguments {
    std::string ns_a, ns_b;
    std::string device = "box";
    double mbit = 100;
    double delay_ms = 20;
    std::size_t queue_bytes = 500'000;
    std::size_t queue_packets = LinkShape::kNoLimit;
    std::size_t mark_bytes = LinkShape::kNoLimit;
    double loss = 0, loss_back = 0;
    double held_back = 0;
    double hold_back_ms = 5;
    std::uint64_t seed = 1;
};

void declare(CLI::App& app, Arguments& to) {
    app.add_option("NS_A", to.ns_a, "a namespace that ip netns knows")->required();
    app.add_option("NS_B", to.ns_b, "another one")->required();
    app.add_option("--device", to.device, "the name of the TUN device in each")
        ->capture_default_str();
    const CLI::Range chance{0.0, 1.0};
    app.add_option("--mbit", to.mbit, "Mbit/s of IP packets, each way")->capture_default_str();
    app.add_option("--delay-ms", to.delay_ms, "each way")->capture_default_str();
    app.add_option("--queue-bytes", to.queue_bytes, "what may wait, each way")
        ->capture_default_str();
    app.add_option("--queue-packets", to.queue_packets, "the same in packets");
    app.add_option("--mark-bytes", to.mark_bytes, "packets that find more waiting are marked CE");
    app.add_option("--loss", to.loss, "the chance of a packet from A to B")->check(chance);
    app.add_option("--loss-back", to.loss_back, "the chance of a packet from B to A")
        ->check(chance);
    app.add_option("--held-back", to.held_back, "the chance of a packet to be overtaken")
        ->check(chance);
    app.add_option("--hold-back-ms", to.hold_back_ms, "how late it is then")->capture_default_str();
    app.add_option("--seed", to.seed, "of chance; not 0")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
}

std::chrono::nanoseconds milliseconds(double count) {
    return std::chrono::nanoseconds{static_cast<std::int64_t>(count * 1e6)};
}

LinkShape shape(const Arguments& arguments) {
    return {.bytes_per_second = arguments.mbit * 1e6 / 8,
            .delay = milliseconds(arguments.delay_ms),
            .queue_bytes = arguments.queue_bytes,
            .loss = arguments.loss,
            .queue_packets_max = arguments.queue_packets,
            .mark_bytes = arguments.mark_bytes,
            .held_back = arguments.held_back,
            .hold_back = milliseconds(arguments.hold_back_ms),
            .header_bytes = 0, // it carries whole packets
            .seed = arguments.seed};
}

void print(const char* way, const Relay::Counts& counts) {
    const auto number = [](std::uint64_t count) { return static_cast<unsigned long long>(count); };
    std::printf("%s carried %llu marked %llu lost %llu no-room %llu refused %llu\n", way,
                number(counts.carried), number(counts.marked), number(counts.lost),
                number(counts.no_room), number(counts.refused));
}

/// Before others, if that is allowed: a box that gets its turn late is a link that stutters.
void hurry() {
    const sched_param first{.sched_priority = 1};
    ::sched_setscheduler(0, SCHED_FIFO, &first);
}

void run(const Arguments& arguments) {
    sigset_t ends{};
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    ::sigprocmask(SIG_BLOCK, &ends, nullptr);
    Tun a{arguments.ns_a, arguments.device};
    Tun b{arguments.ns_b, arguments.device};
    const LinkShape forth = shape(arguments);
    LinkShape back = forth;
    back.loss = arguments.loss_back;
    back.seed = ~forth.seed;
    Relay relay{a, b, forth, back};
    hurry();
    std::printf("ready\n");
    std::fflush(stdout);
    relay.run();
    print("forth", relay.forth());
    print("back", relay.back());
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app{"Joins two network namespaces by a link that is as bad as you like. Needs root.\n"
                 "Says \"ready\" once both devices are there, which are then given addresses and\n"
                 "set up; at SIGTERM, what became of the packets."};
    Arguments arguments;
    declare(app, arguments);
    CLI11_PARSE(app, argc, argv);
    try {
        run(arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "delay_box: %s\n", error.what());
        return 1;
    }
    return 0;
}
