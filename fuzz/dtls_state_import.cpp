// States of connections, as they are and changed under a check that fits: what is refused leaves
// nothing behind, and what is taken goes on, and gives a state that is taken again.
#include "fuzzing.hpp"

#include <hawser/dtls/endpoint.hpp>
#include <hawser/wire/reader.hpp>

#include "crypto/hash.hpp"

#include <array>
#include <vector>

namespace hawser::dtls {
namespace {

struct Side {
    explicit Side(std::uint64_t seed) : random{seed} {}
    SeededRandom random;
    PacketPool packets;
    BufferPool buffers;
    Endpoint endpoint{{}, {random, packets, buffers, WallClock{}}, Instant{}};
};

const Path& path() {
    static const Path path{.local = Address::ipv4({10, 0, 0, 1}, 1),
                           .remote = Address::ipv4({10, 0, 0, 2}, 2)};
    return path;
}

Options options_of(bool is_1_3) {
    Options options;
    options.psks = {Psk{"rope", std::vector<std::byte>(16, std::byte{1})}};
    options.version_min = options.version_max = is_1_3 ? Version::v1_3 : Version::v1_2;
    options.connection_id_bytes = 4;
    return options;
}

void carry(Side& from, Side& to, const Path& as_seen) {
    while (auto transmit = from.endpoint.poll_transmit(Instant{}, {.train_segments_max = 1})) {
        Datagram datagram{PacketId{0}, as_seen, transmit->ancillary, transmit->payload.bytes()};
        static_cast<void>(to.endpoint.receive(datagram, Instant{}));
    }
}

/// The state of a client or a server that is up.
std::vector<std::byte> real_state(bool is_1_3, bool of_server) {
    Side client{1};
    Side server{2};
    const Options options = options_of(is_1_3);
    HAWSER_ASSERT(server.endpoint.listen(options));
    const auto made = client.endpoint.connect(path(), options, Instant{});
    HAWSER_ASSERT(made);
    const Path back{.local = path().remote, .remote = path().local};
    for (int i = 0; i < 12; ++i) {
        carry(client, server, back);
        carry(server, client, path());
    }
    Side& side = of_server ? server : client;
    while (const auto event = side.endpoint.poll_event()) {
        const auto* const up = std::get_if<Connected>(&*event);
        if (up == nullptr) continue;
        auto state = side.endpoint.export_state(up->connection);
        HAWSER_ASSERT(state);
        return *state;
    }
    HAWSER_ASSERT(false);
    return {};
}

const std::vector<std::byte>& known_state(std::uint8_t which) {
    static const std::array<std::vector<std::byte>, 4> states{
        real_state(false, false), real_state(false, true), real_state(true, false),
        real_state(true, true)};
    return states[which % states.size()];
}

void put_check(std::vector<std::byte>& state) {
    constexpr std::size_t kCheckBytes = 32;
    if (state.size() < kCheckBytes) return;
    const MutableBytes all{state};
    const crypto::Digest check =
        crypto::digest(crypto::Hash::sha256, {all.first(all.size() - kCheckBytes)});
    std::ranges::copy(check.bytes(), all.last(kCheckBytes).begin());
}

void import(const std::vector<std::byte>& state, bool is_1_3) {
    Side side{3};
    const Options options = options_of(is_1_3);
    const auto taken = side.endpoint.import_state(state, path(), options, Instant{});
    HAWSER_ASSERT(side.endpoint.connection_count() == (taken ? 1u : 0u));
    if (!taken) return;
    static_cast<void>(side.endpoint.write(*taken, state, {}, Instant{}));
    static_cast<void>(side.endpoint.update_keys(*taken, true, Instant{}));
    std::vector<std::byte> noise = state;
    const Ancillary none;
    Datagram datagram{PacketId{0}, path(), none, noise};
    static_cast<void>(side.endpoint.receive(datagram, Instant{}));
    side.endpoint.advance(Instant{std::chrono::hours{1}});
    while (side.endpoint.poll_transmit(Instant{}, {})) {
    }
    std::array<std::byte, 16> exported{};
    static_cast<void>(side.endpoint.export_keys(*taken, "label", {}, exported));
    const auto again = side.endpoint.export_state(*taken);
    if (!again) return; // a key update is under way
    Side next{4};
    HAWSER_ASSERT(next.endpoint.import_state(*again, path(), options, Instant{}) ||
                  again->size() != state.size());
}

/// A mode, and then a state itself or changes of a real one.
void play(Bytes input) {
    wire::Reader script{input};
    const std::uint8_t mode = script.u8();
    if ((mode & 1) != 0) { // the bytes themselves
        const Bytes rest = script.bytes(script.remaining());
        std::vector<std::byte> state{rest.begin(), rest.end()};
        if ((mode & 2) != 0) put_check(state);
        import(state, (mode & 4) != 0);
        return;
    }
    std::vector<std::byte> state = known_state(mode >> 1);
    while (script.remaining() >= 3) { // changes of a real one
        const std::size_t at = script.u16() % state.size();
        state[at] = static_cast<std::byte>(script.u8());
    }
    if ((mode & 64) != 0) state.resize(script.remaining() == 0 ? state.size() / 2 : state.size());
    put_check(state);
    import(state, (mode & 128) != 0);
}

} // namespace
} // namespace hawser::dtls

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size != 0) hawser::dtls::play(hawser::fuzz::input_of(data, size));
    return 0;
}
