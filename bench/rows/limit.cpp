// limit.*: the denominators, and whether they are honest.
#include "rows/rows.hpp"

#include "limit/limit.hpp"
#include "support/iperf3.hpp"
#include "support/rounds.hpp"

#include <fmt/format.h>

namespace hawser::bench {
namespace {

constexpr std::chrono::milliseconds kRun{700};
constexpr std::size_t kRounds = 3;
constexpr std::uint64_t kTcpBytes = 1'000'000'000;
/// A limit that TCP comes near is a badly written limit, and every ratio to it would flatter us.
constexpr double kHonest = 1.1;

} // namespace

Outcome<std::vector<Row>> run_limit_gso() {
    const auto tcp = Iperf3::start();
    if (!tcp) return std::unexpected{tcp.error()};
    const auto figures =
        medians(kRounds, {[] { return limit_bytes_per_second(Offload::gso, kRun); },
                          [&] { return tcp->bytes_per_second(kTcpBytes); }});
    if (!figures) return std::unexpected{figures.error()};
    Row row = faster_than("limit.gso.16k", (*figures)[0] / 1e6, "MB/s", "iperf3 TCP",
                          (*figures)[1] / 1e6);
    row.must = kHonest;
    if (!*row.met()) {
        return std::unexpected{fmt::format(
            "limit.gso.16k is {:.0f} MB/s beside {:.0f} MB/s of TCP, less than {} times as much: "
            "the machine is too busy, or the limit is written badly",
            row.value, *row.reference_value, kHonest)};
    }
    return std::vector{row};
}

Outcome<std::vector<Row>> run_limit_sealed_gso() {
    const auto figures = medians(
        kRounds, {[] { return limit_bytes_per_second(Offload::gso, kRun, Seal::aes_128_gcm); }});
    if (!figures) return std::unexpected{figures.error()};
    return std::vector{
        Row{.name = "limit.sealed.gso.16k", .value = (*figures)[0] / 1e6, .unit = "MB/s"}};
}

Outcome<std::vector<Row>> run_limit_no_gso() {
    const auto figures =
        medians(kRounds, {[] { return limit_bytes_per_second(Offload::none, kRun); }});
    if (!figures) return std::unexpected{figures.error()};
    return std::vector{
        Row{.name = "limit.nogso.16k", .value = (*figures)[0] / 1e6, .unit = "MB/s"}};
}

} // namespace hawser::bench
