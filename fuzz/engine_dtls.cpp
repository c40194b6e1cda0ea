// Both state machines of DTLS against a network that a script directs: it loses, repeats, changes
// and invents datagrams. Nothing crashes, nothing grows, and a connection that is up on both sides
// outlives all of it.
#include "fuzzing.hpp"

#include <hawser/dtls/endpoint.hpp>
#include <hawser/wire/reader.hpp>

#include <array>
#include <deque>
#include <optional>
#include <vector>

namespace hawser::dtls {
namespace {

using namespace std::chrono_literals;

const Identity& identity() {
    static const Identity made = [] {
        SeededRandom random{5};
        const std::array<std::string, 1> names{"server.example"};
        const auto from = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
        return *Identity::self_signed(KeyKind::ed25519, "server.example", names, from,
                                      from + std::chrono::days{3650}, random);
    }();
    return made;
}

/// What the first two bytes of the script decide.
struct Settings {
    explicit Settings(std::uint8_t kind, std::uint8_t more) {
        const Version version = (kind & 1) != 0 ? Version::v1_3 : Version::v1_2;
        for (Options* options : {&client, &server}) {
            options->version_max = Version::v1_3;
            options->version_min = (kind & 2) != 0 ? Version::v1_2 : version;
            if ((kind & 2) == 0) options->version_max = version;
            if ((kind & 4) != 0) {
                options->psks = {Psk{"rope", std::vector<std::byte>(16, std::byte{1})}};
            } else {
                options->identity = identity();
                options->verification.anyone = true;
            }
            if ((kind & 8) != 0) options->connection_id_bytes = more & 15;
            options->handshake_datagram_bytes = 256 + 8 * std::size_t{more};
        }
        server.cookie_exchange = (kind & 16) != 0;
        client.raw_public_key = server.raw_public_key = (kind & 32) != 0;
        if ((kind & 64) != 0) client.record_size_limit = 64;
        if ((kind & 128) != 0 && server.identity) {
            client.ask_ocsp = true;
            server.identity = identity().stapling(std::as_bytes(std::span{kResponse}));
        }
    }
    static constexpr std::array<std::uint8_t, 5> kResponse{0x30, 3, 0x0a, 1, 0};
    Options client, server;
};

struct Side {
    Side(std::uint64_t seed, Address its_address)
        : random{seed},
          endpoint{{.connections_max = kConnectionsMax},
                   {random, packets, buffers,
                    WallClock{std::chrono::sys_days{std::chrono::year{2026} / 6 / 1}}},
                   Instant{}},
          address{its_address} {}

    static constexpr std::size_t kConnectionsMax = 8;
    SeededRandom random;
    PacketPool packets;
    BufferPool buffers;
    Endpoint endpoint;
    Address address;
    std::optional<ConnectionHandle> up;
    std::deque<std::vector<std::byte>> on_way; ///< what it has sent and the other end not got
    std::vector<std::byte> last;
};

class Director {
public:
    explicit Director(wire::Reader script)
        : script_{script}, settings_{script_.u8(), script_.u8()} {
        HAWSER_ASSERT(server_.endpoint.listen(settings_.server));
        const auto made = client_.endpoint.connect(
            Path{.local = client_.address, .remote = server_.address}, settings_.client, now_);
        HAWSER_ASSERT(made);
        drain();
    }
    void run() {
        while (script_.remaining() != 0) {
            step(script_.u8());
            drain();
        }
    }

private:
    static constexpr std::size_t kOnWayMax = 256;

    void step(std::uint8_t operation) {
        Side& from = (operation & 0x80) != 0 ? server_ : client_;
        switch (operation & 15) {
        case 0: return deliver(from, 1);
        case 1: return deliver(from, 16);
        case 2: // lost
            if (!from.on_way.empty()) from.on_way.pop_front();
            return;
        case 3: // out of order
            if (from.on_way.size() > 1) std::swap(from.on_way.front(), from.on_way.back());
            return;
        case 4: return change(from);
        case 5: return give(from, from.last); // again
        case 6: return invent(from);
        case 7: return write(from);
        case 8: return pass(std::chrono::milliseconds{10 * script_.u8()});
        case 9: return pass(std::chrono::seconds{script_.u8()});
        case 10: return update_keys(from);
        case 11: return exchange();
        case 12: return move();
        case 13:
            return from.endpoint.path_event({.kind = PathEvent::Kind::too_big,
                                             .path = path_to(from),
                                             .mtu_bytes = script_.u8()},
                                            now_);
        case 14: return cut(from);
        default: return close(from);
        }
    }
    Side& other(const Side& side) { return &side == &client_ ? server_ : client_; }
    Path path_to(const Side& to) {
        const Address& source = &to == &server_ ? outside_ : server_.address;
        return {.local = to.address, .remote = source};
    }
    void give(Side& from, std::vector<std::byte> bytes) {
        Side& to = other(from);
        const Path path = path_to(to);
        const Ancillary none;
        Datagram datagram{PacketId{1}, path, none, bytes};
        static_cast<void>(to.endpoint.receive(datagram, now_));
    }
    void deliver(Side& from, std::size_t most) {
        for (; most > 0 && !from.on_way.empty(); --most) {
            from.last = std::move(from.on_way.front());
            from.on_way.pop_front();
            give(from, from.last);
        }
    }
    void exchange() {
        for (int i = 0; i < 12; ++i) {
            deliver(client_, kOnWayMax);
            drain();
            deliver(server_, kOnWayMax);
            drain();
        }
    }
    void change(Side& from) {
        if (from.on_way.empty()) return;
        std::vector<std::byte> changed = from.on_way.front();
        const std::size_t at = script_.u16();
        const auto mask = static_cast<std::byte>(script_.u8());
        if (!changed.empty()) changed[at % changed.size()] ^= mask;
        give(from, std::move(changed));
    }
    void cut(Side& from) {
        if (from.on_way.empty()) return;
        std::vector<std::byte> shorter = from.on_way.front();
        shorter.resize(script_.u16() % (shorter.size() + 1));
        give(from, std::move(shorter));
    }
    void invent(Side& from) {
        const std::size_t wanted = script_.u8();
        const Bytes bytes = script_.bytes(std::min(wanted, script_.remaining()));
        give(from, {bytes.begin(), bytes.end()});
    }
    void write(Side& from) {
        const std::vector<std::byte> payload(script_.u8(), std::byte{'x'});
        if (from.up) static_cast<void>(from.endpoint.write(*from.up, payload, {}, now_));
    }
    void update_keys(Side& from) {
        if (from.up) static_cast<void>(from.endpoint.update_keys(*from.up, true, now_));
    }
    void move() {
        outside_ = Address::ipv4({10, 0, 0, 1}, static_cast<std::uint16_t>(1 + script_.u8()));
    }
    void close(Side& from) {
        if (!from.up) return;
        closed_by_us_ = true;
        static_cast<void>(from.endpoint.close(*from.up, now_));
    }
    void pass(Duration duration) {
        now_ += duration;
        for (Side* side : {&client_, &server_}) {
            if (side->endpoint.deadline() <= now_) side->endpoint.advance(now_);
            HAWSER_ASSERT(side->endpoint.deadline() > now_ || side->endpoint.deadline() == kNever);
        }
    }
    void drain() {
        for (Side* side : {&client_, &server_}) {
            while (const auto event = side->endpoint.poll_event())
                on_event(*side, *event);
            while (auto transmit = side->endpoint.poll_transmit(now_, {})) {
                for (std::size_t i = 0; i < transmit->segment_count(); ++i) {
                    const Bytes bytes = std::as_const(*transmit).segment(i);
                    if (side->on_way.size() < kOnWayMax)
                        side->on_way.emplace_back(bytes.begin(), bytes.end());
                }
            }
            HAWSER_ASSERT(side->endpoint.connection_count() <= Side::kConnectionsMax);
        }
    }
    void on_event(Side& side, const Event& event) {
        if (const auto* const up = std::get_if<Connected>(&event)) side.up = up->connection;
        if (const auto* const received = std::get_if<Received>(&event)) {
            // Only what the other end wrote is ever handed out.
            for (const std::byte byte : received->payload.bytes())
                HAWSER_ASSERT(byte == std::byte{'x'});
        }
        const auto* const closed = std::get_if<Closed>(&event);
        if (closed == nullptr || side.up != closed->connection) return;
        HAWSER_ASSERT(closed_by_us_ || !other(side).up);
        side.up.reset();
    }

    wire::Reader script_;
    Settings settings_;
    Instant now_{};
    Side client_{1, Address::ipv4({10, 0, 0, 1}, 4000)};
    Side server_{2, Address::ipv4({10, 0, 0, 2}, 4433)};
    Address outside_ = client_.address;
    bool closed_by_us_ = false;
};

} // namespace
} // namespace hawser::dtls

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kScriptMax = 2048;
    if (size < 2 || size > kScriptMax) return 0;
    hawser::dtls::Director{hawser::wire::Reader{hawser::fuzz::input_of(data, size)}}.run();
    return 0;
}
