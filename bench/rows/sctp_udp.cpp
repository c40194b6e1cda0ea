// sctp.udp.*: the whole way over UDP on loopback, one core for each end.
#include "engine/udp_run.hpp"
#include "rows/rows.hpp"
#include "rows/throughput.hpp"
#include "support/iperf3.hpp"
#include "support/machine.hpp"
#include "support/process.hpp"
#include "support/rounds.hpp"

namespace hawser::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kRun{400};
constexpr std::size_t kRounds = 3;
constexpr std::uint64_t kTcpBytes = 350'000'000;

} // namespace

Outcome<double> sctp_bytes_per_second(Offload offload, bool sealed, std::size_t message_bytes) {
    auto listener = UdpEnd::open(offload, sealed);
    auto connector = UdpEnd::open(offload, sealed);
    if (!listener) return std::unexpected{listener.error()};
    if (!connector) return std::unexpected{connector.error()};
    return udp_bytes_per_second(*std::move(listener), *std::move(connector), message_bytes,
                                {.duration = kRun});
}

namespace {

Outcome<double> usrsctp_bytes_per_second() {
    const auto from = free_udp_port();
    const auto to = free_udp_port();
    if (!from) return std::unexpected{from.error()};
    if (!to) return std::unexpected{to.error()};
    return run_peer("usrsctp_udp",
                    {std::to_string(kLargeMessageBytes), std::to_string(kRun.count()),
                     std::to_string(sender_cpu()), std::to_string(receiver_cpu()),
                     std::to_string(*from), std::to_string(*to)});
}

struct Requirements {
    double must, goal;
    std::optional<double> must_of_usrsctp, goal_of_tcp, must_of_tcp;
};

Outcome<std::vector<Row>> compare(const std::string& name, const std::string& limit,
                                  Offload offload, const Requirements& required) {
    const auto tcp = Iperf3::start();
    if (!tcp) return std::unexpected{tcp.error()};
    const auto figures = medians(kRounds, {[=] { return sctp_bytes_per_second(offload); },
                                           [=] { return limit_bytes_per_second(offload, kRun); },
                                           [] { return usrsctp_bytes_per_second(); },
                                           [&] { return tcp->bytes_per_second(kTcpBytes); }});
    if (!figures) return std::unexpected{figures.error()};
    const double ours = (*figures)[0] / 1e6;
    const auto beside = [&](std::string suffix, std::string reference, std::size_t which) {
        return faster_than(name + suffix, ours, "MB/s", std::move(reference),
                           (*figures)[which] / 1e6);
    };
    std::vector<Row> rows{beside("", limit, 1), beside(".vs_usrsctp", "usrsctp over UDP", 2),
                          beside(".vs_tcp", "iperf3 TCP", 3)};
    rows[0].must = required.must;
    rows[0].goal = required.goal;
    rows[1].must = required.must_of_usrsctp;
    rows[2].goal = required.goal_of_tcp;
    return rows;
}

Outcome<std::vector<Row>> compare_sealed(const std::string& name, const std::string& limit,
                                         Offload offload, const Requirements& required) {
    const auto tcp = Iperf3::start();
    if (!tcp) return std::unexpected{tcp.error()};
    const auto figures =
        medians(kRounds, {[=] { return sctp_bytes_per_second(offload, true); },
                          [=] { return limit_bytes_per_second(offload, kRun, Seal::aes_128_gcm); },
                          [&] { return tcp->bytes_per_second(kTcpBytes); }});
    if (!figures) return std::unexpected{figures.error()};
    const double ours = (*figures)[0] / 1e6;
    std::vector<Row> rows{
        faster_than(name, ours, "MB/s", limit, (*figures)[1] / 1e6),
        faster_than(name + ".vs_tcp", ours, "MB/s", "iperf3 TCP", (*figures)[2] / 1e6)};
    rows[0].must = required.must;
    rows[0].goal = required.goal;
    rows[1].must = required.must_of_tcp;
    return rows;
}

} // namespace

Outcome<std::vector<Row>> run_sctp_dtls_gso() {
    return compare_sealed("sctp.dtls.gso.16k", "limit.sealed.gso.16k", Offload::gso,
                          {.must = 0.80, .goal = 0.90, .must_of_tcp = 0.22});
}

Outcome<std::vector<Row>> run_sctp_dtls_no_gso() {
    return compare_sealed("sctp.dtls.nogso.16k", "limit.sealed.nogso.16k", Offload::none,
                          {.must = 0.60, .goal = 0.85});
}

Outcome<std::vector<Row>> run_sctp_udp_gso() {
    return compare("sctp.udp.gso.16k", "limit.gso.16k", Offload::gso,
                   {.must = 0.75, .goal = 0.90, .must_of_usrsctp = 6.0, .goal_of_tcp = 1.0});
}

Outcome<std::vector<Row>> run_sctp_udp_no_gso() {
    return compare("sctp.udp.nogso.16k", "limit.nogso.16k", Offload::none,
                   {.must = 0.80, .goal = 0.90});
}

Outcome<std::vector<Row>> run_sctp_udp_gso_64() {
    constexpr std::size_t kSmallBytes = 64;
    const auto figures =
        medians(kRounds, {[=] { return sctp_bytes_per_second(Offload::gso, false, kSmallBytes); },
                          [=] {
                              return on_cpu(sender_cpu(), [=] {
                                  return memory_messages_per_second(kSmallBytes);
                              });
                          }});
    if (!figures) return std::unexpected{figures.error()};
    Row row = faster_than("sctp.udp.gso.64", (*figures)[0] / kSmallBytes, "messages/s",
                          "sctp.memory.64", (*figures)[1]);
    row.must = 0.5;
    row.goal = 0.8;
    return std::vector{row};
}

} // namespace hawser::bench
