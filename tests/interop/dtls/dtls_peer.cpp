// hawser as a DTLS peer, over the driver alone. Prints one line for what was agreed on, sends or
// echoes, and exits 0 only when all that was asked for has happened.
#include "interop/dtls/dtls_arguments.hpp"

#include <hawser/core/match.hpp>
#include <hawser/driver/driver.hpp>
#include <hawser/dtls/endpoint.hpp>
#include <hawser/net/clock.hpp>
#include <hawser/net/system_random.hpp>
#include <hawser/net/udp_socket.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hawser::interop {
namespace {

using namespace std::chrono_literals;

void say(std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

[[noreturn]] void die(std::string_view what, const Error& error) {
    say(fmt::format("error {}: {}", what, to_string(error)));
    std::_Exit(1);
}

template <class T>
T require(std::string_view what, Result<T> result) {
    if (!result) die(what, result.error());
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

std::string hex(Bytes bytes) {
    std::string text;
    for (const std::byte byte : bytes)
        text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
    return text.empty() ? "-" : text;
}

std::string or_dash(std::string_view text) {
    return std::string{text.empty() ? "-" : text};
}

class KeyLog final : public Tap {
public:
    explicit KeyLog(const std::string& file) : out_{file, std::ios::app} {}
    void seen(const Sighting&) override {}
    void secret(std::string_view line) override { out_ << line << std::endl; }

private:
    std::ofstream out_;
};

class DtlsPeer {
public:
    explicit DtlsPeer(const DtlsArguments& arguments)
        : arguments_{arguments},
          address_{require("address", Address::parse(arguments.address))},
          endpoint_{{}, {random_, packets_, buffers_, net::Clock::wall_clock()}, net::Clock::now()},
          driver_{endpoint_, open_socket()} {
        if (arguments.key_log.empty()) return;
        key_log_.emplace(arguments.key_log);
        endpoint_.set_tap(&*key_log_);
    }

    /// True when all that was asked for has happened.
    bool run() {
        begin();
        const Instant until = driver_.now() + std::chrono::seconds{arguments_.timeout_s};
        while (ended_ < (arguments_.listens ? arguments_.connections : 1)) {
            if (driver_.now() >= until) {
                say("error timeout");
                return false;
            }
            driver_.wait(std::min(until, next_));
            while (auto event = endpoint_.poll_event())
                match(*event, [this](const auto& each) { take(each); });
            go_on();
            driver_.flush();
        }
        std::string epochs;
        for (const std::uint64_t epoch : epochs_)
            epochs += fmt::format("{}{}", epochs.empty() ? "" : ",", epoch);
        say(fmt::format("done good={} echoed={} epochs={}", good_, echoed_, or_dash(epochs)));
        return good_ == ended_ && (!arguments_.echoes || echoed_ > 0);
    }

private:
    std::vector<net::Socket> open_socket() const {
        net::UdpOptions options;
        options.local = arguments_.listens ? address_ : Address::any(address_.family());
        std::vector<net::Socket> sockets;
        sockets.push_back(require("socket", net::UdpSocket::open(options)));
        return sockets;
    }

    void begin() {
        if (arguments_.listens) {
            require("listen", endpoint_.listen(arguments_.options));
            say(fmt::format("listening {}", to_string(driver_.sockets()[0].local_address())));
            return;
        }
        const Path path{.local = driver_.sockets()[0].local_address(), .remote = address_};
        connection_ =
            require("connect", endpoint_.connect(path, arguments_.options, driver_.now()));
        driver_.flush();
    }

    void take(const dtls::Connected& up) {
        connection_ = up.connection;
        up_ = true;
        resumed_ = up.resumed;
        done_ = 0;
        got_.clear();
        next_ = Instant{};
        std::vector<std::byte> keys(arguments_.export_bytes);
        const bool wanted = !arguments_.export_label.empty();
        if (wanted)
            require("export",
                    endpoint_.export_keys(up.connection, arguments_.export_label, {}, keys));
        say(fmt::format(
            "connected version={} suite={} group={} alpn={} resumed={:d} srtp={} sni={} psk={} "
            "cid_in={} cid_out={:d} fingerprint={} export={}",
            up.version == dtls::Version::v1_3 ? "1.3" : "1.2", wire::dtls::name(up.cipher_suite),
            up.group ? wire::dtls::name(*up.group) : "-", or_dash(up.alpn), up.resumed,
            up.srtp_profile ? fmt::format("{}", std::to_underlying(*up.srtp_profile)) : "-",
            or_dash(up.server_name), or_dash(up.psk_identity), up.connection_id_bytes,
            up.peer_uses_connection_ids,
            up.peer_fingerprint ? dtls::to_string(*up.peer_fingerprint) : "-",
            wanted ? hex(keys) : "-"));
    }

    void take(const dtls::Received& record) {
        epochs_.insert(record.epoch);
        got_ += as_text(record.payload.bytes());
        if (!arguments_.echoes) return;
        require("echo",
                endpoint_.write(record.connection, record.payload.bytes(), {}, driver_.now()));
        ++echoed_;
    }

    void take(const dtls::Closed& closed) {
        const auto alert = [](const std::optional<dtls::AlertDescription>& description) {
            return description ? wire::dtls::name(*description) : "-";
        };
        say(fmt::format("closed reason={} connected={:d} alert_sent={} alert_received={}",
                        to_string(closed.reason), closed.connected, alert(closed.alert_sent),
                        alert(closed.alert_received)));
        ++ended_;
        up_ = false;
        if (closed.connected && closed.reason.code == Errc::closed && all_done()) ++good_;
    }

    void take(const dtls::TicketReceived& ticket) {
        ticketed_ = true;
        if (arguments_.session.empty()) return;
        const Bytes state{ticket.session.state};
        std::ofstream{arguments_.session, std::ios::binary} << as_text(state);
    }

    void take(const dtls::PathChanged& moved) {
        say(fmt::format("moved {}", to_string(moved.path.remote)));
    }

    void take(const auto&) {}

    /// Echoing ends when the peer ends it.
    bool all_done() const {
        if (arguments_.echoes) return true;
        const bool has_ticket =
            arguments_.session.empty() || arguments_.listens || ticketed_ || resumed_;
        return done_ == rounds() && has_ticket;
    }

    /// New keys count once the peer has said that it has them: the last round is under them.
    std::size_t rounds() const { return arguments_.repeat + (arguments_.updates_keys ? 2 : 0); }

    /// Sends, waits for the answer, and closes when there is nothing left to do.
    void go_on() {
        next_ = kNever;
        if (!up_ || arguments_.echoes) return;
        if (done_ < rounds()) {
            if (!asked_ || driver_.now() >= ask_again_at_) ask();
            if (!asked_ || got_.find(arguments_.expect) == got_.npos) {
                next_ = asked_ ? ask_again_at_ : driver_.now() + 10ms;
                return;
            }
            asked_ = false;
            got_.clear();
            ++done_;
            say(fmt::format("round {}", done_));
            if (rounds() > 1) again_at_ = driver_.now() + 100ms;
            next_ = Instant{};
            return;
        }
        if (!all_done()) return;
        require("close", endpoint_.close(*connection_, driver_.now()));
        next_ = Instant{};
    }

    void ask() {
        if (driver_.now() < again_at_) return;
        if (!asked_ && arguments_.updates_keys && done_ == arguments_.repeat) {
            const auto updated = endpoint_.update_keys(*connection_, true, driver_.now());
            if (!updated && updated.error().code == Errc::exhausted) return;
            require("key update", updated);
        }
        if (!arguments_.text.empty())
            require("send",
                    endpoint_.write(*connection_, as_bytes(arguments_.text), {}, driver_.now()));
        asked_ = true;
        if (arguments_.again_ms > 0)
            ask_again_at_ = driver_.now() + std::chrono::milliseconds{arguments_.again_ms};
    }

    const DtlsArguments& arguments_;
    Address address_;
    net::SystemRandom random_;
    PacketPool packets_;
    BufferPool buffers_;
    std::optional<KeyLog> key_log_;
    dtls::Endpoint endpoint_;
    Driver<dtls::Endpoint> driver_;

    std::optional<dtls::ConnectionHandle> connection_;
    Instant next_ = kNever;
    Instant again_at_{};
    Instant ask_again_at_ = kNever;
    std::string got_;
    std::set<std::uint64_t> epochs_;
    bool up_ = false;
    bool resumed_ = false;
    bool ticketed_ = false;
    bool asked_ = false;
    std::size_t done_ = 0;
    std::size_t ended_ = 0;
    std::size_t good_ = 0;
    std::size_t echoed_ = 0;
};

} // namespace
} // namespace hawser::interop

int main(int argc, char** argv) {
    namespace interop = hawser::interop;
    const auto arguments = interop::DtlsArguments::parse(argc, argv);
    interop::DtlsPeer peer{arguments};
    return peer.run() ? 0 : 1;
}
