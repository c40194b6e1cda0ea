// endpoint.*: the API for programs that use Asio, beside the driver that it stands on.
#include "engine/endpoint_run.hpp"
#include "rows/rows.hpp"
#include "rows/throughput.hpp"
#include "support/iperf3.hpp"
#include "support/rounds.hpp"

namespace hawser::bench {
namespace {

constexpr std::chrono::milliseconds kRun{400};
constexpr std::size_t kRounds = 3;
constexpr std::uint64_t kTcpBytes = 350'000'000;

Outcome<double> endpoint_bytes_per_second(std::size_t message_bytes) {
    const auto figures = run_endpoints(
        {.message_bytes = message_bytes, .duration = kRun, .pace = {}, .sender_tap = nullptr});
    if (!figures) return std::unexpected{figures.error()};
    return figures->bytes_per_second;
}

} // namespace

Outcome<std::vector<Row>> run_endpoint_gso() {
    const auto tcp = Iperf3::start();
    if (!tcp) return std::unexpected{tcp.error()};
    const auto figures =
        medians(kRounds, {[] { return endpoint_bytes_per_second(kLargeMessageBytes); },
                          [] { return sctp_bytes_per_second(Offload::gso); },
                          [&] { return tcp->bytes_per_second(kTcpBytes); }});
    if (!figures) return std::unexpected{figures.error()};
    const double ours = (*figures)[0] / 1e6;
    std::vector<Row> rows{
        faster_than("endpoint.gso.16k", ours, "MB/s", "sctp.udp.gso.16k", (*figures)[1] / 1e6),
        faster_than("endpoint.gso.16k.vs_tcp", ours, "MB/s", "iperf3 TCP", (*figures)[2] / 1e6)};
    rows[0].must = 0.85;
    rows[0].goal = 1.0;
    rows[1].must = 1.0;
    return rows;
}

Outcome<std::vector<Row>> run_endpoint_64() {
    constexpr std::size_t kBytes = 64;
    const auto figures =
        medians(kRounds, {[] { return endpoint_bytes_per_second(kBytes); },
                          [] { return sctp_bytes_per_second(Offload::gso, false, kBytes); }});
    if (!figures) return std::unexpected{figures.error()};
    Row row = faster_than("endpoint.64", (*figures)[0] / kBytes, "messages/s", "sctp.udp.gso.64",
                          (*figures)[1] / kBytes);
    row.must = 0.7;
    row.goal = 0.9;
    return std::vector{row};
}

} // namespace hawser::bench
