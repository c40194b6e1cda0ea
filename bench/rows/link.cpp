// link.*: one association on a simulated link, in virtual time, so that a busy machine counts for
// nothing. usrsctp is carried over the same link.
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
    const auto ours = simulated_bytes_per_second(kLongLink, kDuration);
    if (!ours) return std::unexpected{ours.error()};
    const auto theirs = usrsctp_bytes_per_second(kLongLink);
    if (!theirs) return std::unexpected{theirs.error()};
    Row row = faster_than("link.100mbit_100ms", *ours / 1e6, "MB/s", "the link", kRate / 1e6);
    row.must = 0.9;
    return std::vector{row, faster_than("link.100mbit_100ms.usrsctp", *ours / 1e6, "MB/s",
                                        "usrsctp", *theirs / 1e6)};
}

Outcome<std::vector<Row>> run_link_loss_1pct() {
    LinkShape shape = kLongLink;
    shape.loss = 0.01;
    const auto ours = simulated_bytes_per_second(shape, kDuration);
    if (!ours) return std::unexpected{ours.error()};
    const auto theirs = usrsctp_bytes_per_second(shape);
    if (!theirs) return std::unexpected{theirs.error()};
    Row row = faster_than("link.loss_1pct", *ours / 1e6, "MB/s", "usrsctp", *theirs / 1e6);
    row.must = 5.0;
    return std::vector{row};
}

} // namespace hawser::bench
