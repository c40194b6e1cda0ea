#include "rows/rows.hpp"

#include <array>

namespace hawser::bench {

std::span<const Benchmark> benchmarks() {
    static constexpr std::array kAll{
        Benchmark{"limit.gso.16k", "the whole job without a protocol, in trains", run_limit_gso},
        Benchmark{"limit.nogso.16k", "the same, a datagram at a time", run_limit_no_gso},
        Benchmark{"sctp.memory.16k", "the engine alone, 16 KB messages", run_sctp_memory_16k},
        Benchmark{"sctp.memory.64", "the engine alone, 64 B messages", run_sctp_memory_64},
        Benchmark{"shards.two", "two shards, a core each, beside one", run_shards_two},
        Benchmark{"handshakes.sctp", "whole associations, both ends on one core",
                  run_sctp_handshakes},
        Benchmark{"associations.100k", "what a hundred thousand cost, beside a few",
                  run_associations_100k},
        Benchmark{"sctp.udp.gso.16k", "over UDP in trains, 16 KB messages", run_sctp_udp_gso},
        Benchmark{"sctp.udp.nogso.16k", "over UDP, a datagram at a time", run_sctp_udp_no_gso},
        Benchmark{"sctp.udp.gso.64", "over UDP in trains, 64 B messages", run_sctp_udp_gso_64},
        Benchmark{"endpoint.gso.16k", "the same as sctp.udp.gso.16k by the API for Asio",
                  run_endpoint_gso},
        Benchmark{"endpoint.64", "64 B messages by the API for Asio", run_endpoint_64},
        Benchmark{"log.on", "what a packet log in memory costs the sender", run_log_on},
        Benchmark{"log.filtered", "instructions of a packet log that wants nothing",
                  run_log_filtered},
        Benchmark{"limit.sealed.gso.16k", "the whole job with each packet sealed",
                  run_limit_sealed_gso},
        Benchmark{"sctp.dtls.gso.16k", "over DTLS in trains, 16 KB messages", run_sctp_dtls_gso},
        Benchmark{"sctp.dtls.nogso.16k", "over DTLS, a datagram at a time", run_sctp_dtls_no_gso},
        Benchmark{"dtls.seal.1200", "one record of 1200 B sealed", run_dtls_seal},
        Benchmark{"dtls.open.1200", "one record of 1200 B opened", run_dtls_open},
        Benchmark{"dtls.handshakes", "whole handshakes, both ends on one core",
                  run_dtls_handshakes},
        Benchmark{"memory.idle_dtls", "heap of a DTLS connection that does nothing",
                  run_memory_idle_dtls},
        Benchmark{"rtt.64", "a question and its answer, 64 B each", run_round_trip},
        Benchmark{"memory.idle_association", "heap of an association that does nothing",
                  run_memory_idle_association},
        Benchmark{"memory.65535_streams", "what 65535 streams cost that are not used",
                  run_memory_65535_streams},
        Benchmark{"allocations_per_packet", "heap allocations once all is warm", run_allocations},
        Benchmark{"link.100mbit_100ms", "a long link that loses nothing, simulated",
                  run_link_100mbit_100ms},
        Benchmark{"link.loss_1pct", "the same link, one of a hundred packets lost",
                  run_link_loss_1pct},
        Benchmark{"link.vs_tcp", "beside and against kernel TCP over a real link; 2 minutes",
                  run_link_vs_tcp},
        Benchmark{"multipath.two_equal", "two such links at once, simulated",
                  run_multipath_two_equal},
    };
    return kAll;
}

} // namespace hawser::bench
