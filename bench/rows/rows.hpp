// The benchmarks, one function for each name.
#pragma once

#include "row.hpp"

namespace hawser::bench {

Outcome<std::vector<Row>> run_limit_gso();
Outcome<std::vector<Row>> run_limit_no_gso();
Outcome<std::vector<Row>> run_limit_sealed_gso();
Outcome<std::vector<Row>> run_sctp_memory_16k();
Outcome<std::vector<Row>> run_sctp_memory_64();
Outcome<std::vector<Row>> run_sctp_handshakes();
Outcome<std::vector<Row>> run_shards_two();
Outcome<std::vector<Row>> run_associations_100k();
Outcome<std::vector<Row>> run_sctp_udp_gso();
Outcome<std::vector<Row>> run_sctp_udp_no_gso();
Outcome<std::vector<Row>> run_sctp_udp_gso_64();
Outcome<std::vector<Row>> run_endpoint_gso();
Outcome<std::vector<Row>> run_endpoint_64();
Outcome<std::vector<Row>> run_log_on();
Outcome<std::vector<Row>> run_log_filtered();
Outcome<std::vector<Row>> run_sctp_dtls_gso();
Outcome<std::vector<Row>> run_sctp_dtls_no_gso();
Outcome<std::vector<Row>> run_dtls_seal();
Outcome<std::vector<Row>> run_dtls_open();
Outcome<std::vector<Row>> run_dtls_handshakes();
Outcome<std::vector<Row>> run_memory_idle_dtls();
Outcome<std::vector<Row>> run_round_trip();
Outcome<std::vector<Row>> run_memory_idle_association();
Outcome<std::vector<Row>> run_memory_65535_streams();
Outcome<std::vector<Row>> run_allocations();
Outcome<std::vector<Row>> run_link_100mbit_100ms();
Outcome<std::vector<Row>> run_link_loss_1pct();
Outcome<std::vector<Row>> run_link_vs_tcp();
Outcome<std::vector<Row>> run_multipath_two_equal();

} // namespace hawser::bench
