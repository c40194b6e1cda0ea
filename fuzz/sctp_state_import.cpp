// States of associations, as they are and changed under a seal that fits: what was changed without
// the key is refused, what is refused leaves nothing, and what is taken gives the same state again
// and goes on.
#include "fuzzing.hpp"

#include "engine/sealed_state.hpp"

#include <hawser/sctp/endpoint.hpp>
#include <hawser/wire/reader.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace hawser::sctp {
namespace {

using namespace std::chrono_literals;
using State = std::vector<std::byte>;

constexpr StateKey kKey{std::byte{5}};
constexpr std::uint8_t kVersion = 1; // of the whole
constexpr WallTime kWall{24h};

struct Side {
    Side(std::uint64_t seed, const Options& options)
        : random{seed}, endpoint{options, {random, packets, buffers}, Instant{}} {}
    SeededRandom random;
    PacketPool packets;
    BufferPool buffers;
    Endpoint endpoint;
};

Options options_of(std::uint8_t which) {
    Options options = (which & 1) != 0 ? Options::rfc9260() : Options::modern();
    options.receive_window_bytes = 100'000;
    options.message_bytes_max = 100'000;
    options.interleaving = (which & 2) != 0;
    if ((which & 4) == 0) return options;
    options.forward_tsn = options.reconfiguration = options.ecn = true;
    options.path_mtu_discovery = true;
    options.authentication.emplace();
    options.authentication->chunks = {ChunkType::data, ChunkType::i_data};
    options.scheduler = StreamScheduler::weighted_fair_queueing;
    return options;
}

const Path& path() {
    static const Path path{.local = Address::ipv4({10, 0, 0, 1}, 1),
                           .remote = Address::ipv4({10, 0, 0, 2}, 2)};
    return path;
}

/// Every seventh packet is lost once it is up, so that something of everything is in the state.
void carry(Side& from, Side& to, const Path& as_seen, int& sent, Instant now) {
    while (auto transmit = from.endpoint.poll_transmit(now, {.train_segments_max = 1})) {
        if (++sent > 20 && sent % 7 == 0) continue;
        Datagram datagram{PacketId{0}, as_seen, transmit->ancillary, transmit->payload.bytes()};
        static_cast<void>(to.endpoint.receive(datagram, now));
    }
}

/// Of one that is busy.
State real_state(std::uint8_t which) {
    const Options options = options_of(which);
    Side client{1, options};
    Side server{2, options};
    HAWSER_ASSERT(server.endpoint.listen(9));
    Instant now{1h};
    const auto made = client.endpoint.connect(path(), 9, {}, now);
    HAWSER_ASSERT(made);
    const Path back{.local = path().remote, .remote = path().local};
    int sent = 0;
    for (int i = 0; i < 40; ++i, now += 11ms) {
        carry(client, server, back, sent, now);
        carry(server, client, path(), sent, now);
        if (i < 5) continue;
        const auto size = static_cast<std::size_t>(i) * 150;
        const std::string text(size, static_cast<char>(i));
        static_cast<void>(client.endpoint.send(
            *made, as_bytes(text), {.stream = StreamId{static_cast<std::uint16_t>(i % 4)}}, now));
        while (const auto event = server.endpoint.poll_event()) {
            const auto* const up = std::get_if<Connected>(&*event);
            if (up != nullptr && (which & 8) != 0) // both send
                static_cast<void>(server.endpoint.send(up->association, as_bytes(text), {}, now));
        }
    }
    auto state = client.endpoint.export_association(*made, {.key = kKey, .now = kWall}, now);
    HAWSER_ASSERT(state);
    return *state;
}

const State& known_state(std::uint8_t which) {
    static std::array<std::unique_ptr<State>, 16> states;
    auto& state = states[which % states.size()];
    if (!state) state = std::make_unique<State>(real_state(which % states.size()));
    return *state;
}

State content_of(const State& state) {
    auto opened = open_state(StateKind::sctp_association, kVersion, state,
                             {.key = kKey, .now = kWall, .path = {}});
    HAWSER_ASSERT(opened);
    return std::move(opened->content);
}

/// Lets it live for a while, with whatever comes.
void live(Side& side, AssociationId id, Bytes noise) {
    Instant now{2h};
    for (int i = 0; i < 8; ++i, now += 3s) {
        side.endpoint.advance(now);
        while (side.endpoint.poll_transmit(now, {})) {
        }
        static_cast<void>(side.endpoint.send(id, noise, {}, now));
        while (side.endpoint.poll_event()) {
        }
    }
    static_cast<void>(side.endpoint.status(id));
    static_cast<void>(side.endpoint.abort(id, {}, now));
}

void import(const State& state, std::uint8_t which, bool unchanged) {
    const StateImport how{.key = kKey, .now = kWall, .path = {}};
    Side side{3, options_of(which)};
    const auto taken = side.endpoint.import_association(state, how, Instant{2h});
    HAWSER_ASSERT(side.endpoint.association_count() == (taken ? 1u : 0u));
    HAWSER_ASSERT(taken || side.buffers.in_use() == 0);
    HAWSER_ASSERT(taken || !unchanged);
    if (!taken) return;
    HAWSER_ASSERT(!side.endpoint.import_association(state, how, Instant{2h}));
    const auto again =
        side.endpoint.export_association(*taken, {.key = kKey, .now = kWall}, Instant{2h});
    HAWSER_ASSERT(again);
    HAWSER_ASSERT(!unchanged || content_of(*again) == content_of(state));
    Side next{4, options_of(which)};
    const auto once_more = next.endpoint.import_association(*again, how, Instant{2h});
    HAWSER_ASSERT(once_more);
    live(next, *once_more, Bytes{state}.first(40));
}

/// What is sealed in a state and whatever is done to it, sealed again.
State changed(const State& state, wire::Reader& script) {
    State content = content_of(state);
    while (script.remaining() >= 4) {
        const std::size_t at = script.u32() >> 8;
        content[at % content.size()] ^= static_cast<std::byte>((at >> 16) + 1);
    }
    SeededRandom random{9};
    return seal_state(StateKind::sctp_association, kVersion, content, {.key = kKey, .now = kWall},
                      random);
}

/// A mode, which state, and then the places that change.
void play(Bytes input) {
    wire::Reader script{input};
    const std::uint8_t mode = script.u8();
    const std::uint8_t which = script.u8();
    State state = known_state(which);
    if (mode % 4 == 0) return import(state, which, true);
    if (mode % 4 == 1) return import(changed(state, script), which, false);
    if (mode % 4 == 2) { // without the key
        const State before = state;
        while (script.remaining() >= 3) {
            const std::size_t at = script.u16();
            state[at % state.size()] = static_cast<std::byte>(script.u8());
        }
        if (state == before) return;
    } else {
        const Bytes rest = script.rest();
        state.assign(rest.begin(), rest.end());
    }
    Side side{3, options_of(which)};
    HAWSER_ASSERT(!side.endpoint.import_association(state, {.key = kKey, .now = kWall, .path = {}},
                                                    Instant{2h}));
}

} // namespace
} // namespace hawser::sctp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size != 0) hawser::sctp::play(hawser::fuzz::input_of(data, size));
    return 0;
}
