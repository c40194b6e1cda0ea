// hawser as a peer, over the driver alone: see peer_arguments.hpp. One thread, no event loop.
#include "interop/load.hpp"
#include "interop/peer_arguments.hpp"

#include <hawser/capture/log.hpp>
#include <hawser/core/match.hpp>
#include <hawser/driver/driver.hpp>
#include <hawser/net/raw_socket.hpp>
#include <hawser/net/system_random.hpp>
#include <hawser/net/udp_socket.hpp>
#include <hawser/sctp/endpoint.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <sstream>

namespace hawser::interop {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void die(std::string_view what, const Error& error) {
    say(fmt::format("error {}: {}", what, to_string(error)));
    std::_Exit(1);
}

template <class T>
T require(std::string_view what, Result<T> result) {
    if (!result) die(what, result.error());
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

Address address(const std::string& host, std::uint16_t port) {
    return require("address " + host, Address::parse(host)).with_port(port);
}

/// Of ours when it begins on raw IP, where nobody but this program chooses ports.
constexpr std::uint16_t kPortInIp = 50'000;

bool is_in_ip(const PeerArguments& arguments) {
    return arguments.udp_port == 0;
}

std::vector<Address> locals(const PeerArguments& arguments) {
    std::vector<Address> all;
    std::istringstream hosts{arguments.local};
    for (std::string host; std::getline(hosts, host, '/');)
        all.push_back(address(host, arguments.udp_port));
    return all;
}

std::vector<net::Socket> open_sockets(const PeerArguments& arguments) {
    std::vector<net::Socket> sockets;
    for (const Address& local : locals(arguments)) {
        if (is_in_ip(arguments)) {
            sockets.push_back(require("raw socket", net::RawSocket::open({.local = local})));
        } else {
            sockets.push_back(require("udp socket", net::UdpSocket::open({.local = local})));
        }
    }
    return sockets;
}

/// Of messages that name the marking they carry.
constexpr sctp::Ppid kMarkPpid{77};
constexpr unsigned kMarks = 64 * 4;
constexpr unsigned kMessagesOfFirstKey = 100;

/// Of the `index`th of all markings.
struct Mark {
    Ancillary ancillary;
    std::string name;
};

Mark mark(unsigned index) {
    const unsigned dscp = index / 4;
    const unsigned ecn = index % 4;
    return {.ancillary = {.dscp = static_cast<Dscp>(dscp), .ecn = static_cast<Ecn>(ecn)},
            .name = fmt::format("dscp={} ecn={}", dscp, ecn)};
}

/// Plays the role in its arguments until its one association has ended.
class HawserPeer {
public:
    explicit HawserPeer(const PeerArguments& arguments)
        : arguments_{arguments},
          load_{arguments.seed, arguments.bytes, arguments.streams, arguments.largest_bytes},
          endpoint_{options(arguments), {random_, packets_, buffers_}, net::Clock::now()},
          driver_{endpoint_, open_sockets(arguments)} {}

    /// Shows every datagram to `tap`, which outlives this peer.
    void set_tap(Tap* tap) { driver_.set_tap(tap, "peer"); }

    void run() {
        begin();
        while (!closed_)
            step();
        say(fmt::format("messages begun within others {}", begun_within_others_));
        say(fmt::format("messages given up {}", given_up_));
        sent_.report("sent");
        received_.report("received");
        say(fmt::format("closed reason={}", sctp::name(closed_->reason)));
    }

    void step() {
        driver_.wait(driver_.now() + 1s);
        while (auto event = endpoint_.poll_event())
            take(*event);
        if (!closed_) answer_resets();
        send_some();
        driver_.flush();
    }

private:
    static sctp::Options options(const PeerArguments& arguments) {
        sctp::Options options;
        options.outbound_streams = arguments.streams;
        options.local_addresses = locals(arguments);
        if (options.local_addresses.size() == 1) options.local_addresses.clear();
        options.interleaving = arguments.interleaving;
        options.nr_sack = arguments.nr_sack;
        options.forward_tsn = true;
        options.reconfiguration = true;
        options.zero_checksum = arguments.zero_checksum;
        if (arguments.authentication) options.authentication = authentication();
        return options;
    }

    static sctp::Authentication authentication() {
        sctp::Authentication wanted;
        for (const std::uint8_t type : kAuthenticated)
            wanted.chunks.push_back(sctp::ChunkType{type});
        std::uint16_t number = 0;
        for (const std::string_view secret : kSharedKeys) {
            const Bytes bytes = as_bytes(secret);
            wanted.keys.push_back(
                {.id = sctp::KeyId{++number}, .secret{bytes.begin(), bytes.end()}});
        }
        wanted.active_key = sctp::KeyId{1};
        return wanted;
    }

    void begin() {
        if (is_in_ip(arguments_)) {
            require("hear", driver_.hear({arguments_.listens ? arguments_.sctp_port : kPortInIp}));
        }
        if (arguments_.listens) {
            require("listen", endpoint_.listen(arguments_.sctp_port));
            say("listening");
            return;
        }
        const bool in_ip = is_in_ip(arguments_);
        const std::uint16_t theirs = in_ip ? std::uint16_t{0} : arguments_.peer_udp_port;
        const Path path{.protocol = in_ip ? Protocol::ip : Protocol::udp,
                        .local = driver_.sockets()[0].local_address(),
                        .remote = address(arguments_.remote, theirs)};
        sctp::ConnectOptions how;
        if (in_ip) how.local_port = kPortInIp;
        association_ =
            require("connect", endpoint_.connect(path, arguments_.sctp_port, how, driver_.now()));
        driver_.flush();
    }

    void take(const sctp::Event& event) {
        match(
            event, [this](const sctp::Connected& up) { take(up); },
            [this](const sctp::Message& message) { take(message); },
            [](const sctp::PeerShutdown&) { say("event peer_shutdown"); },
            [](const sctp::PeerError& error) {
                say(fmt::format("event remote_error cause={}", error.cause));
            },
            [this](const sctp::SendFailed& failed) {
                const bool for_that =
                    (arguments_.give_up && failed.why == sctp::SendFailed::Why::retransmissions) ||
                    (arguments_.lifetime_ms > 0 && failed.why == sctp::SendFailed::Why::lifetime);
                if (for_that) return void(++given_up_);
                say(fmt::format("event send_failed stream={}", std::to_underlying(failed.stream)));
            },
            [this](const sctp::StreamsReset& reset) {
                if (reset.direction == sctp::StreamDirection::incoming && arguments_.echoes &&
                    arguments_.answers_resets)
                    return void(answers_.push_back(reset.streams));
                heard(reset.direction == sctp::StreamDirection::outgoing ? "streams_reset outgoing"
                                                                         : "streams_reset incoming",
                      reset.outcome);
            },
            [this](const sctp::AuthenticationChanged& changed) { take(changed); },
            [this](const sctp::AssociationReset& reset) {
                heard("association_reset", reset.outcome);
            },
            [this](const sctp::StreamsAdded& added) {
                heard(fmt::format("streams_added outbound={} inbound={}", added.outbound_streams,
                                  added.inbound_streams),
                      added.outcome);
            },
            [this](const sctp::Closed& closed) {
                closed_.emplace(closed.reason);
                say(fmt::format("event {}", closed.reason == sctp::CloseReason::shutdown
                                                ? "shutdown_complete"
                                                : "lost"));
            },
            [](const auto&) {});
    }

    /// What was asked for, by either end.
    void heard(std::string_view what, sctp::ReconfigurationOutcome outcome) {
        const bool done = outcome == sctp::ReconfigurationOutcome::performed;
        say(fmt::format("event {}{}", what, done ? "" : " refused"));
        if (!std::exchange(asked_, false)) return;
        ++wishes_done_;
        load_ = Load{arguments_.seed, arguments_.load_after(wishes_done_),
                     arguments_.streams_after(wishes_done_), arguments_.largest_bytes};
    }

    std::vector<sctp::StreamId> all_streams() const {
        std::vector<sctp::StreamId> all;
        for (std::uint16_t i = 0; i < arguments_.streams; ++i)
            all.push_back(sctp::StreamId{i});
        return all;
    }

    /// Our half of what the other end has reset, one request after the other.
    void answer_resets() {
        while (!answers_.empty() && !asked_) {
            const auto begun = endpoint_.reset_streams(*association_, {.streams = answers_.front()},
                                                       driver_.now());
            if (!begun && begun.error().code == Errc::exhausted) return;
            if (!begun) die("answer a reset", begun.error());
            answers_.pop_front();
        }
    }

    /// The next wish, once all that was sent has come back. False when there is none.
    bool asks() {
        if (wishes_done_ == arguments_.wishes.size()) return false;
        if (asked_ || received_.bytes() < arguments_.bytes_before(wishes_done_ + 1)) return true;
        asked_ = true;
        const sctp::AssociationId id = *association_;
        const Instant now = driver_.now();
        const auto direction = [](bool ours) {
            return ours ? sctp::StreamDirection::outgoing : sctp::StreamDirection::incoming;
        };
        switch (const Wish wish = arguments_.wishes[wishes_done_]) {
        case Wish::reset_outgoing:
        case Wish::reset_incoming:
            require("reset streams",
                    endpoint_.reset_streams(id,
                                            {.direction = direction(wish == Wish::reset_outgoing),
                                             .streams = arguments_.answers_resets
                                                            ? all_streams()
                                                            : std::vector<sctp::StreamId>{}},
                                            now));
            break;
        case Wish::reset_all:
            require("reset association", endpoint_.reset_association(id, now));
            break;
        case Wish::add_outgoing:
        case Wish::add_incoming:
            require("add streams",
                    endpoint_.add_streams(id,
                                          {.direction = direction(wish == Wish::add_outgoing),
                                           .count = kStreamsAdded},
                                          now));
            break;
        }
        return true;
    }

    void take(const sctp::Connected& up) {
        association_ = up.association;
        up_ = true;
        say(fmt::format("event up outbound_streams={} inbound_streams={}", up.outbound_streams,
                        up.inbound_streams));
        if (endpoint_.status(up.association)->interleaving) say("interleaving agreed");
        if (endpoint_.status(up.association)->nr_sack) say("nr-sack agreed");
        if (endpoint_.status(up.association)->authentication) say("authentication agreed");
    }

    static void take(const sctp::AuthenticationChanged& changed) {
        using What = sctp::AuthenticationChanged::What;
        const int key = std::to_underlying(changed.key);
        switch (changed.what) {
        case What::peer_uses_key: return say(fmt::format("peer uses key {}", key));
        case What::key_is_free: return say(fmt::format("key {} is free", key));
        case What::peer_without: return say("no authentication");
        }
    }

    void take(const sctp::Message& message) {
        const auto stream = std::to_underlying(message.stream);
        const auto ppid = std::to_underlying(message.ppid);
        if (message.ppid == kMarkPpid) {
            const Ancillary& beside = message.ancillary;
            say(fmt::format("mark {} arrived dscp={} ecn={}", as_text(message.payload.bytes()),
                            beside.dscp ? int{std::to_underlying(*beside.dscp)} : -1,
                            beside.ecn ? int{std::to_underlying(*beside.ecn)} : -1));
            return;
        }
        received_.add(stream, message.payload.bytes(), true);
        if (message.tsn.precedes(last_complete_)) ++begun_within_others_;
        last_complete_ = message.cumulative_tsn;
        if (arguments_.verbose) {
            say(fmt::format("message stream={} ssn={} ppid={} tsn={} cumtsn={} unordered={:d} "
                            "bytes={} marking={}",
                            stream, message.ssn.value, ppid, message.tsn.value,
                            message.cumulative_tsn.value, message.unordered, message.payload.size(),
                            to_string(message.ancillary)));
        }
        if (!arguments_.echoes) return;
        const Bytes payload = message.payload.bytes();
        Load::Message back;
        back.stream = stream;
        back.ppid = ppid;
        back.payload.assign(payload.begin(), payload.end());
        waiting_.push_back(std::move(back));
    }

    /// Sends until the engine takes no more, then ends the association if it is this side's turn.
    void send_some() {
        if (!up_ || closed_ || !send_marks()) return;
        for (;;) {
            if (waiting_.empty() && !arguments_.echoes && !load_.done()) {
                waiting_.push_back(load_.next());
            }
            if (waiting_.empty()) break;
            const Load::Message& message = waiting_.front();
            sctp::SendOptions beside{.stream = static_cast<sctp::StreamId>(message.stream),
                                     .ppid = static_cast<sctp::Ppid>(message.ppid)};
            beside.unordered = arguments_.unordered;
            if (arguments_.give_up) beside.retransmissions_max = std::uint8_t{0};
            if (arguments_.lifetime_ms > 0)
                beside.lifetime = std::chrono::milliseconds{arguments_.lifetime_ms};
            const auto sent = endpoint_.send(*association_, message.payload, beside, driver_.now());
            if (!sent && sent.error().code == Errc::exhausted) return;
            if (!sent && sent.error().code == Errc::closed) return;
            if (!sent) die("send", sent.error());
            sent_.add(message.stream, message.payload, true);
            waiting_.pop_front();
            if (arguments_.authentication && ++sent_messages_ == kMessagesOfFirstKey) change_key();
        }
        if (arguments_.listens || arguments_.echoes || ending_ || asks()) return;
        if (received_.bytes() < arguments_.expect) return;
        ending_ = true;
        require("shutdown", endpoint_.shutdown(*association_, driver_.now()));
    }

    void change_key() {
        require("activate", endpoint_.activate_key(*association_, sctp::KeyId{2}, driver_.now()));
        require("deactivate",
                endpoint_.deactivate_key(*association_, sctp::KeyId{1}, driver_.now()));
    }

    /// True when all have been sent, or none are wanted.
    bool send_marks() {
        for (; arguments_.marks && marks_sent_ < kMarks; ++marks_sent_) {
            const Mark next = mark(marks_sent_);
            const auto sent =
                endpoint_.send(*association_, as_bytes(next.name),
                               {.ppid = kMarkPpid, .ancillary = next.ancillary}, driver_.now());
            if (!sent && sent.error().code == Errc::exhausted) return false;
            if (!sent) die("send", sent.error());
        }
        return true;
    }

    struct End {
        sctp::CloseReason reason;
    };

    const PeerArguments& arguments_;
    Load load_;
    net::SystemRandom random_;
    PacketPool packets_;
    BufferPool buffers_;
    sctp::Endpoint endpoint_;
    Driver<sctp::Endpoint> driver_;

    std::optional<sctp::AssociationId> association_;
    std::deque<Load::Message> waiting_;
    std::deque<std::vector<sctp::StreamId>> answers_;
    Tally sent_{!arguments_.unordered};
    Tally received_{!arguments_.unordered};
    sctp::Tsn last_complete_{};
    std::uint64_t begun_within_others_ = 0; ///< before the one that was complete before
    std::uint64_t given_up_ = 0;
    unsigned marks_sent_ = 0;
    std::size_t wishes_done_ = 0;
    unsigned sent_messages_ = 0;
    bool asked_ = false;
    bool up_ = false;
    bool ending_ = false;
    std::optional<End> closed_;
};

} // namespace
} // namespace hawser::interop

int main(int argc, char** argv) {
    namespace interop = hawser::interop;
    const auto arguments = interop::PeerArguments::parse({argv + 1, argv + argc});
    if (!arguments) {
        fmt::print(stderr, "hawser_peer: {}\nusage: hawser_peer {}\n", arguments.error(),
                   interop::PeerArguments::kUsage);
        return 2;
    }
    std::optional<hawser::capture::Log> log;
    std::shared_ptr<hawser::capture::Attachment> tap;
    if (!arguments->log.empty()) {
        log.emplace(interop::require("log", hawser::capture::Log::open(arguments->log)));
        tap = log->attach("peer");
    }
    interop::HawserPeer peer{*arguments};
    if (tap) peer.set_tap(tap.get());
    peer.run();
    while (arguments->stay)
        peer.step();
    return 0;
}
