// link.*, multipath.*: one association on simulated links, in virtual time, so that a busy machine
// counts for nothing. usrsctp is carried over the same link.
#include "engine/link_run.hpp"
#include "rows/rows.hpp"
#include "support/process.hpp"

namespace hawser::bench {
namespace {

constexpr std::chrono::seconds kDuration{30};
constexpr double kRate = 100e6 / 8;
/// 100 Mbit/s, 100 ms there and back, and a queue for as much as is on its way.
constexpr LinkShape kLongLink{.bytes_per_second = kRate,
                              .delay = std::chrono::milliseconds{50},
                              .queue_bytes = static_cast<std::size_t>(kRate / 10)};

Outcome<double> usrsctp_bytes_per_second(const LinkShape& shape) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(shape.delay);
    return run_peer("usrsctp_link",
                    {std::to_string(shape.bytes_per_second), std::to_string(milliseconds.count()),
                     std::to_string(shape.queue_bytes), std::to_string(shape.loss),
                     std::to_string(kDuration.count())});
}

} // namespace

/// Message bytes of the link's rate: of a full packet 95 in a hundred.
Outcome<std::vector<Row>> run_link_100mbit_100ms() {
    const auto ours = simulated_bytes_per_second(kLongLink, kDuration, sctp::Congestion::modern);
    if (!ours) return std::unexpected{ours.error()};
    const auto bbr = simulated_bytes_per_second(kLongLink, kDuration, sctp::Congestion::bbr);
    if (!bbr) return std::unexpected{bbr.error()};
    const auto theirs = usrsctp_bytes_per_second(kLongLink);
    if (!theirs) return std::unexpected{theirs.error()};
    const std::string name = "link.100mbit_100ms";
    Row row = faster_than(name, *ours / 1e6, "MB/s", "the link", kRate / 1e6);
    Row with_bbr = faster_than(name + ".bbr", *bbr / 1e6, "MB/s", "the link", kRate / 1e6);
    row.must = with_bbr.must = 0.9;
    return std::vector{
        row, with_bbr,
        faster_than(name + ".usrsctp", *ours / 1e6, "MB/s", "usrsctp", *theirs / 1e6)};
}

/// By Congestion::bbr: losses by chance look like a full queue to what the others go by.
Outcome<std::vector<Row>> run_link_loss_1pct() {
    LinkShape shape = kLongLink;
    shape.loss = 0.01;
    const auto bbr = simulated_bytes_per_second(shape, kDuration, sctp::Congestion::bbr);
    if (!bbr) return std::unexpected{bbr.error()};
    const auto modern = simulated_bytes_per_second(shape, kDuration, sctp::Congestion::modern);
    if (!modern) return std::unexpected{modern.error()};
    const auto theirs = usrsctp_bytes_per_second(shape);
    if (!theirs) return std::unexpected{theirs.error()};
    const std::string name = "link.loss_1pct";
    Row row = faster_than(name, *bbr / 1e6, "MB/s", "usrsctp", *theirs / 1e6);
    row.must = 5.0;
    return std::vector{
        row, faster_than(name + ".modern", *modern / 1e6, "MB/s", "usrsctp", *theirs / 1e6)};
}

/// Two links that share nothing, under the control that also suits those that do.
Outcome<std::vector<Row>> run_multipath_two_equal() {
    const auto one = simulated_bytes_per_second(kLongLink, kDuration, sctp::Multipath::off);
    if (!one) return std::unexpected{one.error()};
    const auto two = simulated_bytes_per_second(kLongLink, kDuration, sctp::Multipath::coupled);
    if (!two) return std::unexpected{two.error()};
    Row row = faster_than("multipath.two_equal", *two / 1e6, "MB/s", "one path", *one / 1e6);
    row.must = 1.8;
    return std::vector{row};
}

} // namespace hawser::bench
