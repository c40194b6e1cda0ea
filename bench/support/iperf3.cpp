#include "support/iperf3.hpp"

#include "support/machine.hpp"

#include <charconv>
#include <thread>

namespace hawser::bench {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr int kAttempts = 40; // the server needs some milliseconds before it listens
constexpr std::chrono::milliseconds kBetweenAttempts{25};

/// The receiver's rate out of the report `iperf3 --json` prints.
Outcome<double> received_bytes_per_second(const Outcome<std::string>& report) {
    if (!report) return std::unexpected{"iperf3: " + report.error()};
    constexpr std::string_view kRate = "\"bits_per_second\":";
    const std::size_t sum = report->find("\"sum_received\"");
    const std::size_t rate = sum == std::string::npos ? sum : report->find(kRate, sum);
    if (rate == std::string::npos) return std::unexpected{"iperf3 said: " + *report};
    const std::size_t digits = report->find_first_not_of(" \t", rate + kRate.size());
    double value = 0;
    const auto [end, failure] =
        std::from_chars(report->data() + digits, report->data() + report->size(), value);
    if (failure != std::errc{}) return std::unexpected{"iperf3 said: " + *report};
    return value / 8;
}

} // namespace

Outcome<Iperf3> Iperf3::start() {
    const auto port = free_tcp_port();
    if (!port) return std::unexpected{port.error()};
    const std::string text = std::to_string(*port);
    auto server = Process::start({"iperf3", "--server", "--bind", "127.0.0.1", "--port", text});
    if (!server) return std::unexpected{server.error()};
    return Iperf3{*std::move(server), text};
}

Outcome<double> Iperf3::bytes_per_second(std::uint64_t total_bytes) const {
    const std::string cores = std::to_string(sender_cpu()) + "," + std::to_string(receiver_cpu());
    Outcome<std::string> report;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        auto client = Process::start({"iperf3", "--client", "127.0.0.1", "--port", port_, "--json",
                                      "--affinity", cores, "--bytes", std::to_string(total_bytes)});
        if (!client) return std::unexpected{client.error()};
        report = client->output(kPatience);
        if (report) break;
        std::this_thread::sleep_for(kBetweenAttempts);
    }
    return received_bytes_per_second(report);
}

Outcome<double> tcp_bytes_per_second(const Site& from, const Site& to, const TcpRun& run) {
    auto server = Process::start(to.command({"iperf3", "--server", "--one-off", "--forceflush"}));
    if (!server) return std::unexpected{server.error()};
    if (const auto listening = server->line(kPatience); !listening)
        return std::unexpected{listening.error()};
    auto client = Process::start(from.command(
        {"iperf3", "--client", to.host, "--json", "--congestion", run.congestion, "--omit",
         std::to_string(run.warm_up.count()), "--time", std::to_string(run.duration.count())}));
    if (!client) return std::unexpected{client.error()};
    return received_bytes_per_second(client->output(run.warm_up + run.duration + kPatience));
}

} // namespace hawser::bench
