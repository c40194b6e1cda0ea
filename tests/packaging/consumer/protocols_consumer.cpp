// Uses the SCTP engine alone, with sockets and a clock of one's own: here, none.
#include <hawser/sctp/endpoint.hpp>

#include <cstdio>

int main() {
    hawser::SeededRandom random{1};
    hawser::PacketPool packets;
    hawser::BufferPool buffers;
    const hawser::Instant now{};
    hawser::sctp::Endpoint endpoint{{}, {random, packets, buffers}, now};

    const auto remote = hawser::Address::parse("192.0.2.1:9899");
    if (!remote) return 1;
    if (!endpoint.connect({.local = {}, .remote = *remote}, 2904, {}, now)) return 1;

    const auto init = endpoint.poll_transmit(now, {});
    if (!init) return 1;
    std::printf("an INIT of %zu bytes\n", init->payload.size());
    return 0;
}
