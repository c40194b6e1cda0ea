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
#include <memory>
#include <random>
#include <string_view>

namespace hawser::shim {

namespace {

using namespace std::chrono_literals;

WallClock system_clock() {
    return {std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
}

/// Counts what the end does not tell otherwise.
struct Watch final : Tap {
    void seen(const Sighting& sighting) override {
        server_hellos += sighting.note == "server_hello" ? 1 : 0;
    }
    int server_hellos = 0;
};

class Shim {
public:
    /// `resumed`: the flags of every connection after the first.
    Shim(const Flags& first, const Flags& resumed)
        : first_{first},
          resumed_{resumed},
          random_{std::random_device{}()},
          endpoint_{{}, {random_, packets_, buffers_, system_clock()}, now_} {
        endpoint_.set_tap(&watch_);
    }

    int run() {
        for (std::uint32_t round = 0; round <= first_.resumptions; ++round) {
            flags_ = round == 0 ? &first_ : &resumed_;
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
        const auto socket = Frames::connect(flags_->port, flags_->ipv6);
        if (!socket) return complain("the runner does not answer");
        Frames frames{*socket};
        frames_ = &frames;
        // Each from another port, so that none takes the place of the one before.
        path_ = {.local = Address::ipv4({10, 0, 0, 1}, 1),
                 .remote = Address::ipv4({10, 0, 0, 2}, static_cast<std::uint16_t>(1 + round))};
        connected_ = owes_update_ = false;
        tickets_ = 0;
        offers_session_ = round != 0;
        watch_.server_hellos = 0;
        status_ = 0;
        if (!frames.send_id(flags_->shim_id)) return complain("the runner is gone");
        if (const auto begun = begin(); !begun) {
            complain(begun.error().what);
            const dtls::Options& asked = flags_->options;
            const bool no_version = asked.version_min < asked.version_max;
            // A group that libcrypto has not, say, or an empty name of a key.
            const bool not_here = begun.error().code == Errc::invalid_argument && !no_version;
            return not_here ? kNotImplemented : 1;
        }
        drain();
        while (auto frame = frames.receive()) {
            if (!take(*frame)) return status_ == 0 ? 1 : status_;
            drain();
        }
        if (status_ != 0) return status_;
        return connected_ ? 0 : complain("the runner left before the handshake was done");
    }

    Result<> begin() {
        dtls::Options options = flags_->options;
        if (flags_->server) {
            options.on_hello = [this](const dtls::HelloSeen& seen) { return look_at(seen); };
            return endpoint_.listen(options);
        }
        options.session = session_;
        const auto made = endpoint_.connect(path_, options, now_);
        if (!made) return std::unexpected{made.error()};
        connection_ = *made;
        return {};
    }

    dtls::HelloAnswer look_at(const dtls::HelloSeen& seen) {
        const auto& wanted = flags_->expect.advertised_alpn;
        const auto value = seen.hello.extensions.find(wire::dtls::ExtensionType::alpn);
        constexpr std::size_t kListLength = 2;
        const std::string_view offered =
            value && value->size() > kListLength
                ? std::string_view{reinterpret_cast<const char*>(value->data()), value->size()}
                      .substr(kListLength)
                : std::string_view{};
        if (wanted && *wanted != offered) status_ = complain("another ALPN offer than expected");
        const bool asks = seen.hello.extensions.contains(wire::dtls::ExtensionType::status_request);
        return asks && flags_->status_callback.asked ? decide_status() : dtls::HelloAnswer{};
    }

    /// Of the one identity that such a server has.
    dtls::HelloAnswer decide_status() const {
        const StatusCallback& decided = flags_->status_callback;
        if (decided.fails)
            return {.kind = dtls::HelloAnswer::Kind::refuse,
                    .options = nullptr,
                    .alert = dtls::AlertDescription::internal_error};
        auto options = std::make_shared<dtls::Options>(flags_->options);
        if (decided.declines) options->identity = options->identity->stapling({});
        if (decided.sets)
            options->identity = options->identity->stapling(flags_->last_credential.ocsp_response);
        return {.options = std::move(options)};
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
            endpoint_.deadline() != kNever && left <= flags_->options.retransmission_max;
        const bool as_expected =
            waits ? static_cast<std::uint64_t>(left.count()) / 1000 == expected / 1000
                  : expected == UINT64_MAX;
        if (!as_expected) status_ = complain("another timer than was expected");
        return as_expected;
    }

    void drain() {
        for (bool more = true; more;) {
            more = false;
            if (owes_update_) update_keys();
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
        if (!as_expected(up)) {
            status_ = complain("something else was agreed on than was expected");
            return;
        }
        if (flags_->export_bytes != 0) export_keys(up.version);
        if (flags_->updates_keys_first) update_keys();
        if (flags_->writes_first) write(std::as_bytes(std::span{std::string_view{"hello"}}));
        if (flags_->shuts_down) static_cast<void>(endpoint_.close(connection_, now_));
    }

    bool as_expected(const dtls::Connected& up) {
        const auto is = [](const auto& wanted, const auto& got) {
            return !wanted || *wanted == got;
        };
        const auto group = up.group ? static_cast<std::uint16_t>(*up.group) : std::uint16_t{0};
        const bool resumes = offers_session_ && !flags_->expect.session_miss;
        const Expectations& expect = flags_->expect;
        const auto number = static_cast<int>(up.shown_identity.value_or(SIZE_MAX));
        const bool listed = number < static_cast<int>(flags_->credentials.size());
        return is(expect.version, static_cast<std::uint16_t>(up.version)) &&
               is(expect.cipher, static_cast<std::uint16_t>(up.cipher_suite)) &&
               is(expect.group, group) && is(expect.credential, listed ? number : -1) &&
               is(expect.ocsp_response, up.ocsp_response) && is(expect.alpn, up.alpn) &&
               is(expect.server_name, up.server_name) &&
               is(expect.retried, watch_.server_hellos > 1) && up.resumed == resumes;
    }

    void export_keys(dtls::Version version) {
        const Bytes context = std::as_bytes(std::span{flags_->export_context});
        // In 1.2 an empty context is another one than none; it cannot be asked for here.
        if (version == dtls::Version::v1_2 && flags_->has_export_context && context.empty()) {
            status_ = kNotImplemented;
            return;
        }
        std::vector<std::byte> keys(flags_->export_bytes);
        if (endpoint_.export_keys(connection_, flags_->export_label, context, keys)) write(keys);
    }

    /// Now, or once what is under way is acknowledged.
    void update_keys() {
        owes_update_ = !endpoint_.update_keys(connection_, false, now_).has_value();
    }

    /// What comes is sent back with every bit turned over, as runners expect it.
    void on(const dtls::Received& record) {
        const Bytes content = record.payload.bytes();
        if (content.empty()) return;
        std::vector<std::byte> answer{content.begin(), content.end()};
        for (std::byte& byte : answer)
            byte = ~byte;
        if (flags_->updates_keys) update_keys();
        write(answer);
        if (flags_->updates_keys_first) update_keys();
    }

    void on(const dtls::Closed& closed) {
        const auto renegotiations = endpoint_.counters().renegotiations_done;
        if (flags_->expect.renegotiations.value_or(renegotiations) != renegotiations)
            status_ = complain("another number of renegotiations than was expected");
        const bool renewed = tickets_ != 0 || !offers_session_;
        if ((flags_->expect.ticket_renewal && !renewed) ||
            (flags_->expect.no_session && tickets_ != 0))
            status_ = complain("another number of tickets than was expected");
        if (closed.connected && closed.reason.code == Errc::closed) return;
        status_ = complain(closed.reason.what);
    }

    void on(const dtls::TicketReceived& ticket) {
        session_ = ticket.session;
        ++tickets_;
    }
    void on(const auto&) {}

    void write(Bytes content) {
        static_cast<void>(endpoint_.write(connection_, content, {}, now_));
    }

    const Flags& first_;
    const Flags& resumed_;
    const Flags* flags_ = nullptr; ///< of the connection at hand
    SeededRandom random_;
    PacketPool packets_;
    BufferPool buffers_;
    Instant now_{};
    dtls::Endpoint endpoint_;
    Watch watch_;
    Frames* frames_ = nullptr;
    Path path_;
    const Ancillary none_;
    dtls::ConnectionHandle connection_{};
    std::optional<dtls::Session> session_;
    bool offers_session_ = false;
    int tickets_ = 0;
    bool owes_update_ = false;
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
    const auto first = hawser::shim::parse_flags(arguments);
    const auto resumed = hawser::shim::parse_flags(arguments, hawser::shim::Round::resumed);
    for (const auto* flags : {&first, &resumed}) {
        if (*flags) continue;
        fmt::print(stderr, "{}\n", flags->error().what);
        return hawser::shim::kNotImplemented;
    }
    return hawser::shim::Shim{*first, *resumed}.run();
}
