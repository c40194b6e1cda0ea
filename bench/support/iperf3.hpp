// Kernel TCP of the same machine in the same minute, as iperf3 measures it.
#pragma once

#include "row.hpp"
#include "support/delay_box.hpp"
#include "support/process.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace hawser::bench {

/// An iperf3 server on 127.0.0.1 that lives as long as this object.
class Iperf3 {
public:
    static Outcome<Iperf3> start();

    /// Bytes a second of one TCP stream with 128 KB writes, client and server on a core each;
    /// `total_bytes` are sent.
    Outcome<double> bytes_per_second(std::uint64_t total_bytes) const;

private:
    Iperf3(Process server, std::string port) : server_{std::move(server)}, port_{std::move(port)} {}

    Process server_;
    std::string port_;
};

/// One TCP stream from `from` to `to`.
struct TcpRun {
    std::string congestion;          ///< as the kernel calls it: "cubic"
    std::chrono::seconds warm_up{0}; ///< not counted
    std::chrono::seconds duration;
};

/// Bytes a second that arrived.
Outcome<double> tcp_bytes_per_second(const Site& from, const Site& to, const TcpRun& run);

} // namespace hawser::bench
