// One DTLS connection between DtlsClient and DtlsServer that carries a run of marked records in
// either direction: see marking_plan.hpp. Each end checks all that arrives, and prints for each
// record that it sends what tshark is to tell of its packet. Exits 0 only when all was right.
#include "interop/marking_plan.hpp"

#include <hawser/endpoint/dtls_client.hpp>
#include <hawser/endpoint/dtls_server.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

#include <net/if.h>

namespace hawser::interop {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

struct MarksArguments {
    bool listens = false;
    std::string role;
    std::string address; ///< to listen on, or of the peer
    std::string from;    ///< to connect from; empty: every address of both families
    std::string version = "1.3";
    std::vector<std::string> devices;
    bool trains = false;
};

void say(std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

[[noreturn]] void die(std::string_view what) {
    say(fmt::format("error {}", what));
    std::_Exit(1);
}

template <class T>
T require(std::string_view what, Result<T> result) {
    if (!result) die(fmt::format("{}: {}", what, to_string(result.error())));
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

class MarksPeer {
public:
    MarksPeer(asio::io_context& io, const MarksArguments& arguments)
        : io_{io}, arguments_{arguments} {
        for (std::size_t i = 0; i < interfaces_.size(); ++i) {
            interfaces_[i] = if_nametoindex(arguments.devices.at(i).c_str());
            if (interfaces_[i] == 0) die(arguments.devices[i]);
        }
    }

    asio::awaitable<void> run();

private:
    asio::awaitable<void> connect(dtls::Options dtls);
    asio::awaitable<void> listen(dtls::Options dtls);
    asio::awaitable<void> send_run(DtlsConnection connection);
    asio::awaitable<void> take_run(DtlsConnection connection);
    void refuse_the_impossible(const DtlsConnection& connection);
    void take(const DtlsMessage& message);
    dtls::Options dtls_options() const;
    void make_plan(const DtlsConnection& connection);

    asio::io_context& io_;
    const MarksArguments& arguments_;
    Interfaces interfaces_{};
    Family wire_ = Family::ipv4;
    std::vector<MarkedRecord> plan_;
    std::set<std::size_t> right_;
    std::set<std::uint64_t> sequences_;
    std::set<ReceiveTime> arrivals_;
    unsigned wrong_ = 0;
};

dtls::Options MarksPeer::dtls_options() const {
    dtls::Options options;
    const Bytes key = as_bytes("one that only tests know");
    options.psks.push_back({.identity = "marks", .key = {key.begin(), key.end()}});
    const auto version = arguments_.version == "1.2" ? dtls::Version::v1_2 : dtls::Version::v1_3;
    options.version_min = options.version_max = version;
    options.issue_tickets = false; // every record of these keys is one of the run, or short
    return options;
}

void MarksPeer::make_plan(const DtlsConnection& connection) {
    wire_ = connection.path().remote.family();
    plan_ = arguments_.trains ? train_plan(wire_, interfaces_) : marking_plan(wire_, interfaces_);
    say(fmt::format("connected with {}", to_string(connection.path().remote)));
}

/// As `tshark -T fields` tells it: DSCP and ECN, hop limit, DF (IPv4), flow label (IPv6), length of
/// the UDP datagram, and the interface.
std::string on_the_wire(const MarkedRecord& record, Family wire, std::size_t udp_bytes) {
    const Ancillary& packet = record.expected;
    const unsigned octet =
        static_cast<unsigned>(*packet.dscp) << 2 | static_cast<unsigned>(*packet.ecn);
    const std::string ip = wire == Family::ipv4
                               ? fmt::format("0x{:02x}\t{}\t{:d}\t\t\t", octet, *packet.hop_limit,
                                             *packet.dont_fragment)
                               : fmt::format("\t\t\t0x{:08x}\t{}\t0x{:06x}", octet,
                                             *packet.hop_limit, *packet.flow_label);
    return fmt::format("{}\t{}\t{}", ip, udp_bytes, *packet.interface_index);
}

asio::awaitable<void> MarksPeer::send_run(DtlsConnection connection) {
    constexpr std::size_t kUdpHeaderBytes = 8;
    constexpr std::size_t kDatagramBytes = 1'400;
    const std::size_t around =
        kUdpHeaderBytes + kDatagramBytes - connection.payload_bytes_max(kDatagramBytes);
    for (const MarkedRecord& record : plan_) {
        if (number_of(record.text) == plan_.size() / 2) refuse_the_impossible(connection);
        const Bytes text = as_bytes(record.text);
        if (arguments_.trains) {
            require(record.text, connection.write(text, record.asked));
        } else {
            require(record.text, co_await connection.async_write(text, record.asked));
        }
        if (record.fragments) continue;
        say(fmt::format("wire\t{}", on_the_wire(record, wire_, around + record.text.size())));
    }
    // These leave us, and come to nothing in the kernel: on no other interface, and in no pieces.
    Ancillary nowhere;
    nowhere.interface_index = 0x7fff'fff0;
    require("nowhere", co_await connection.async_write(as_bytes("nowhere"), nowhere));
    const std::string above_mtu(1'600, '.');
    Ancillary whole;
    whole.dont_fragment = true;
    require("whole", co_await connection.async_write(as_bytes(above_mtu), whole));
}

void MarksPeer::refuse_the_impossible(const DtlsConnection& connection) {
    for (const Impossible& each : impossible_markings(wire_)) {
        const auto written = connection.write(as_bytes("impossible"), each.asked);
        if (!written && written.error().code == each.error) continue;
        ++wrong_;
        say(fmt::format("wrong: {} was {}", each.name,
                        written ? "taken" : to_string(written.error())));
    }
}

void MarksPeer::take(const DtlsMessage& message) {
    const auto number = number_of(message.text());
    if (!number || *number >= plan_.size()) {
        ++wrong_;
        return say(fmt::format("wrong: \"{}\" arrived", message.text().substr(0, 20)));
    }
    sequences_.insert(message.sequence);
    if (message.ancillary.received_at) arrivals_.insert(*message.ancillary.received_at);
    const std::string how = difference(plan_[*number], message.text(), message.ancillary);
    if (!how.empty()) {
        ++wrong_;
        return say(fmt::format("wrong: record {}:{}", *number, how));
    }
    right_.insert(*number);
}

asio::awaitable<void> MarksPeer::take_run(DtlsConnection connection) {
    const DtlsConnection patient = connection.within(5s);
    for (std::size_t i = 0; i < plan_.size(); ++i) {
        auto message = co_await patient.receive();
        if (!message) break;
        take(*message);
    }
    // Nothing that was refused has used up a number.
    const bool no_gap =
        !sequences_.empty() && *sequences_.rbegin() - *sequences_.begin() + 1 == plan_.size();
    if (!no_gap) ++wrong_;
    say(fmt::format("right {} of {} records, {} wrong, {} arrivals, {}", right_.size(),
                    plan_.size(), wrong_, arrivals_.size(), no_gap ? "no gap" : "a gap"));
    if (right_.size() != plan_.size()) ++wrong_;
}

asio::awaitable<void> MarksPeer::connect(dtls::Options dtls) {
    DtlsEndpointOptions options;
    if (!arguments_.from.empty()) options.local = require("from", Address::parse(arguments_.from));
    options.inbox_max = 10'000;
    DtlsClient client = require("open", DtlsClient::open(io_.get_executor(), options));
    const DtlsConnectOptions limits{.within = 5s};
    DtlsConnection connection =
        require("connect", co_await client.connect(arguments_.address, std::move(dtls), limits));
    make_plan(connection);
    co_await send_run(connection);
    co_await take_run(connection);
    if (connection.records_refused() != 2) {
        die(fmt::format("{} records were refused", connection.records_refused()));
    }
    connection.close();
}

asio::awaitable<void> MarksPeer::listen(dtls::Options dtls) {
    DtlsEndpointOptions options;
    const Address address = require("address", Address::parse(arguments_.address));
    options.local = address;
    options.udp_port = address.port();
    options.inbox_max = 10'000;
    DtlsServer server = require("open", DtlsServer::open(io_.get_executor(), options, dtls));
    say("listening");
    DtlsConnection connection = require("accept", co_await server.accept(10s));
    make_plan(connection);
    co_await take_run(connection);
    co_await send_run(connection);
    const DtlsConnection patient = connection.within(10s);
    const auto end = co_await patient.receive();
    if (end || end.error().code != Errc::closed) die("no end in good order");
    if (connection.records_refused() != 2) {
        die(fmt::format("{} records were refused", connection.records_refused()));
    }
}

asio::awaitable<void> MarksPeer::run() {
    dtls::Options dtls = dtls_options();
    if (arguments_.listens) {
        co_await listen(std::move(dtls));
    } else {
        co_await connect(std::move(dtls));
    }
    if (wrong_ > 0) die(fmt::format("{} things were wrong", wrong_));
}

MarksArguments parse(int argc, char** argv) {
    MarksArguments all;
    CLI::App app{"marked records over DTLS"};
    app.add_option("ROLE", all.role)->required()->check(CLI::IsMember({"listen", "connect"}));
    app.add_option("ADDRESS", all.address, "HOST:PORT")->required();
    app.add_option("--from", all.from);
    app.add_option("--version", all.version)->check(CLI::IsMember({"1.2", "1.3"}));
    app.add_option("--devices", all.devices, "two ways to the peer")->required()->expected(2);
    app.add_flag("--trains", all.trains, "rows of equal records");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error));
    }
    all.listens = all.role == "listen";
    return all;
}

} // namespace
} // namespace hawser::interop

int main(int argc, char** argv) {
    const auto arguments = hawser::interop::parse(argc, argv);
    boost::asio::io_context io{1};
    hawser::interop::MarksPeer peer{io, arguments};
    const auto ended = [&io](const std::exception_ptr& problem) {
        if (problem) std::rethrow_exception(problem);
        io.stop();
    };
    boost::asio::co_spawn(io, peer.run(), ended);
    io.run();
    return 0;
}
