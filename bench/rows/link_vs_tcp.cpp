// link.vs_tcp: over the delay box, a link of 100 Mbit/s and 40 ms there and back whose queue holds
// a round trip: beside the kernel's TCP and usrsctp, one after the other, and against TCP at once.
#include "engine/udp_run.hpp"
#include "rows/rows.hpp"
#include "rows/throughput.hpp"
#include "support/delay_box.hpp"
#include "support/iperf3.hpp"
#include "support/machine.hpp"
#include "support/process.hpp"

#include <cstdio>
#include <future>

namespace hawser::bench {
namespace {

constexpr double kRate = 100e6 / 8;
constexpr std::chrono::seconds kAlone{10};
/// Long enough for CUBIC to have forgotten who came first.
constexpr std::chrono::seconds kTogetherWarmUp{10};
constexpr std::chrono::seconds kTogether{20};
constexpr const char* kUsrsctpWindowBytes = "4194304";

Outcome<DelayBox> start_box(const std::string& loss) {
    return DelayBox::start({"--mbit", "100", "--delay-ms", "20", "--queue-bytes", "500000",
                            "--loss", loss, "--seed", "7"});
}

Outcome<std::unique_ptr<UdpEnd>> open_at(const Site& site) {
    return on_cpu(sender_cpu(), [&]() -> Outcome<std::unique_ptr<UdpEnd>> {
        if (const auto there = site.enter(); !there) return std::unexpected{there.error()};
        return UdpEnd::open(Offload::gso, false, site.address());
    });
}

Outcome<double> ours(const DelayBox& box, const RunTime& time) {
    auto connector = open_at(box.a());
    if (!connector) return std::unexpected{connector.error()};
    auto listener = open_at(box.b());
    if (!listener) return std::unexpected{listener.error()};
    return udp_bytes_per_second(*std::move(listener), *std::move(connector), kLargeMessageBytes,
                                time);
}

Outcome<double> tcp(const DelayBox& box, const std::string& congestion) {
    return tcp_bytes_per_second(box.a(), box.b(), {.congestion = congestion, .duration = kAlone});
}

Outcome<double> usrsctp(const DelayBox& box) {
    const std::chrono::milliseconds duration = kAlone;
    return run_peer("usrsctp_udp",
                    {std::to_string(kLargeMessageBytes), std::to_string(duration.count()),
                     std::to_string(sender_cpu()), std::to_string(receiver_cpu()), "9899", "9899",
                     kUsrsctpWindowBytes, box.a().name, box.b().name, box.b().host});
}

/// Each alone, in turn. A TCP that this kernel lacks, and usrsctp where it fails, has no row.
Outcome<std::vector<Row>> one_by_one(const std::string& name, const std::string& loss) {
    const auto box = start_box(loss);
    if (!box) return std::unexpected{box.error()};
    const auto own = ours(*box, {.duration = kAlone});
    if (!own) return std::unexpected{own.error()};
    const auto cubic = tcp(*box, "cubic");
    if (!cubic) return std::unexpected{cubic.error()};
    std::vector<Row> rows;
    const auto beside = [&](const std::string& whom, const std::string& suffix, double figure) {
        rows.push_back(faster_than(name + suffix, *own / 1e6, "MB/s", whom, figure / 1e6));
    };
    beside("TCP CUBIC", "", *cubic);
    rows.back().must = 0.95;
    if (const auto bbr = tcp(*box, "bbr")) beside("TCP BBR", ".bbr", *bbr);
    if (const auto theirs = usrsctp(*box)) beside("usrsctp", ".usrsctp", *theirs);
    return rows;
}

/// Both at once: each has between 0.4 and 0.6 of the link, so neither has less than 0.4.
Outcome<std::vector<Row>> together() {
    const auto box = start_box("0");
    if (!box) return std::unexpected{box.error()};
    auto cubic = std::async(std::launch::async, [&box] {
        return tcp_bytes_per_second(
            box->a(), box->b(),
            {.congestion = "cubic", .warm_up = kTogetherWarmUp, .duration = kTogether});
    });
    const auto own = ours(*box, {.warm_up = kTogetherWarmUp, .duration = kTogether});
    const auto theirs = cubic.get();
    if (!own) return std::unexpected{own.error()};
    if (!theirs) return std::unexpected{theirs.error()};
    std::vector rows{
        faster_than("link.vs_tcp.together", *own / 1e6, "MB/s", "the link", kRate / 1e6),
        faster_than("link.vs_tcp.together.tcp", *theirs / 1e6, "MB/s", "the link", kRate / 1e6)};
    for (Row& row : rows)
        row.must = 0.4;
    return rows;
}

} // namespace

Outcome<std::vector<Row>> run_link_vs_tcp() {
    if (const auto reason = no_delay_box()) {
        std::fprintf(stderr, "hawser_bench: link.vs_tcp SKIPPED: %s\n", reason->c_str());
        return std::vector<Row>{};
    }
    std::vector<Row> all;
    for (const auto& rows : {one_by_one("link.vs_tcp", "0"),
                             one_by_one("link.vs_tcp.loss_1pct", "0.01"), together()}) {
        if (!rows) return rows;
        all.insert(all.end(), rows->begin(), rows->end());
    }
    return all;
}

} // namespace hawser::bench
