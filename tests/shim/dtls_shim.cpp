// One end of DTLS under a conformance runner: it carries the datagrams, and it moves the clock.
#include "shim/flags.hpp"
#include "shim/frames.hpp"

#include <hawser/core/buffer.hpp>
#include <hawser/core/match.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/dtls/endpoint.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <random>
#include <string_view>

namespace hawser::shim {

namespace {

using namespace std::chrono_literals;

WallClock system_clock() {
    return {std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
}

class Shim {
public:
    explicit Shim(const Flags& flags)
        : flags_{flags},
          random_{std::random_device{}()},
          endpoint_{{}, {random_, packets_, buffers_, system_clock()}, now_} {}

    int run() {
        if (flags_.server) {
            if (auto listening = endpoint_.listen(flags_.options); !listening)
                return complain(listening.error().what);
        }
        for (std::uint32_t round = 0; round <= flags_.resumptions; ++round) {
            if (const int status = converse(round); status != 0) return status;
        }
        return 0;
    }

private:
    int complain(std::string_view what) {
        fmt::print(stderr, "{}\n", what);
        return 1;
    }

    /// One connection, from its hello to its end.
    int converse(std::uint32_t round) {
        const auto socket = Frames::connect(flags_.port, flags_.ipv6);
        if (!socket) return complain("the runner does not answer");
        Frames frames{*socket};
        frames_ = &frames;
        // Each from another port, so that none takes the place of the one before.
        path_ = {.local = Address::ipv4({10, 0, 0, 1}, 1),
                 .remote = Address::ipv4({10, 0, 0, 2}, static_cast<std::uint16_t>(1 + round))};
        connected_ = false;
        status_ = 0;
        if (!frames.send_id(flags_.shim_id)) return complain("the runner is gone");
        if (!flags_.server) {
            dtls::Options options = flags_.options;
            options.session = session_;
            const auto made = endpoint_.connect(path_, options, now_);
            if (!made) return complain(made.error().what);
            connection_ = *made;
        }
        drain();
        while (auto frame = frames.receive()) {
            if (!take(*frame)) return status_ == 0 ? 1 : status_;
            drain();
        }
        if (status_ != 0) return status_;
        return connected_ ? 0 : complain("the runner left before the handshake was done");
    }

    bool take(Frame& frame) {
        switch (frame.opcode) {
        case Opcode::packet: {
            Datagram datagram{PacketId{0}, path_, none_, frame.datagram};
            static_cast<void>(endpoint_.receive(datagram, now_));
            return true;
        }
        case Opcode::timeout:
            now_ += std::chrono::nanoseconds{frame.number};
            if (!frames_->send(Opcode::timeout_done)) return false;
            endpoint_.advance(now_);
            return true;
        case Opcode::mtu: {
            // The runner's number is what a datagram may carry; a path's MTU has headers.
            const std::uint64_t headers = path_.remote.is_ipv4() ? 28 : 48;
            endpoint_.path_event({.kind = PathEvent::Kind::too_big,
                                  .path = path_,
                                  .mtu_bytes = static_cast<std::uint32_t>(frame.number + headers)},
                                 now_);
            return true;
        }
        case Opcode::expect_timer: return check_timer(frame.number);
        case Opcode::first_timeout: status_ = kNotImplemented; return false;
        case Opcode::timeout_done: break;
        }
        return false;
    }

    /// Of retransmissions: what else the engine waits for is farther away.
    bool check_timer(std::uint64_t expected) {
        const auto left = endpoint_.deadline() - now_;
        const bool waits =
            endpoint_.deadline() != kNever && left <= flags_.options.retransmission_max;
        const bool as_expected =
            waits ? static_cast<std::uint64_t>(left.count()) / 1000 == expected / 1000
                  : expected == UINT64_MAX;
        if (!as_expected) status_ = complain("another timer than was expected");
        return as_expected;
    }

    void drain() {
        for (bool more = true; more;) {
            more = false;
            while (auto event = endpoint_.poll_event()) {
                match(std::move(*event), [this](auto&& one) { on(one); });
                more = true;
            }
            while (auto out = endpoint_.poll_transmit(now_, {.train_segments_max = 1})) {
                static_cast<void>(frames_->send(out->payload.bytes()));
                more = true;
            }
        }
    }

    void on(const dtls::Connected& up) {
        connected_ = true;
        connection_ = up.connection;
        if (!as_expected(up)) return;
        if (flags_.export_bytes != 0) {
            std::vector<std::byte> keys(flags_.export_bytes);
            const Bytes context = std::as_bytes(std::span{flags_.export_context});
            if (endpoint_.export_keys(connection_, flags_.export_label, context, keys)) write(keys);
        }
        if (flags_.updates_keys) static_cast<void>(endpoint_.update_keys(connection_, false, now_));
        if (flags_.writes_first) write(std::as_bytes(std::span{std::string_view{"hello"}}));
        if (flags_.shuts_down) static_cast<void>(endpoint_.close(connection_, now_));
    }

    bool as_expected(const dtls::Connected& up) {
        const auto is = [](const auto& wanted, const auto& got) {
            return !wanted || *wanted == got;
        };
        const auto group = up.group ? static_cast<std::uint16_t>(*up.group) : std::uint16_t{0};
        const bool all = is(flags_.expect_version, static_cast<std::uint16_t>(up.version)) &&
                         is(flags_.expect_cipher, static_cast<std::uint16_t>(up.cipher_suite)) &&
                         is(flags_.expect_group, group) && is(flags_.expect_alpn, up.alpn) &&
                         is(flags_.expect_server_name, up.server_name);
        if (!all) status_ = complain("something else was agreed on than was expected");
        return all;
    }

    /// What comes is sent back with every bit turned over, as runners expect it.
    void on(const dtls::Received& record) {
        const Bytes content = record.payload.bytes();
        std::vector<std::byte> answer{content.begin(), content.end()};
        for (std::byte& byte : answer)
            byte = ~byte;
        write(answer);
    }

    void on(const dtls::Closed& closed) {
        const auto renegotiations = endpoint_.counters().renegotiations_done;
        if (flags_.expect_renegotiations.value_or(renegotiations) != renegotiations)
            status_ = complain("another number of renegotiations than was expected");
        if (closed.connected && closed.reason.code == Errc::closed) return;
        status_ = complain(closed.reason.what);
    }

    void on(const dtls::TicketReceived& ticket) { session_ = ticket.session; }
    void on(const auto&) {}

    void write(Bytes content) {
        static_cast<void>(endpoint_.write(connection_, content, {}, now_));
    }

    const Flags& flags_;
    SeededRandom random_;
    PacketPool packets_;
    BufferPool buffers_;
    Instant now_{};
    dtls::Endpoint endpoint_;
    Frames* frames_ = nullptr;
    Path path_;
    const Ancillary none_;
    dtls::ConnectionHandle connection_{};
    std::optional<dtls::Session> session_;
    bool connected_ = false;
    int status_ = 0;
};

} // namespace

} // namespace hawser::shim

int main(int count, char** values) {
    const std::span<char* const> arguments{values + 1, static_cast<std::size_t>(count - 1)};
    for (const char* const argument : arguments) {
        if (std::string_view{argument} != "-is-handshaker-supported") continue;
        fmt::print("No\n");
        return 0;
    }
    const auto flags = hawser::shim::parse_flags(arguments);
    if (!flags) {
        fmt::print(stderr, "{}\n", flags.error().what);
        return hawser::shim::kNotImplemented;
    }
    return hawser::shim::Shim{*flags}.run();
}
