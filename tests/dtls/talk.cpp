#include "dtls/talk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace hawser::dtls::test {

using namespace std::chrono_literals;

namespace {

Identity make(KeyKind kind, std::uint64_t seed) {
    SeededRandom random{seed};
    const std::array<std::string, 2> names{"server.example", "10.0.0.2"};
    const auto from = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
    const auto to = std::chrono::sys_days{std::chrono::year{2036} / 1 / 1};
    auto identity = Identity::self_signed(kind, "server.example", names, from, to, random);
    return *identity;
}

} // namespace

const Identity& ecdsa_identity() {
    static const Identity identity = make(KeyKind::ecdsa_p256, 11);
    return identity;
}

const Identity& ed25519_identity() {
    static const Identity identity = make(KeyKind::ed25519, 12);
    return identity;
}

const Identity& rsa_identity() {
    static const Identity identity = make(KeyKind::rsa, 13);
    return identity;
}

WallClock wall() {
    return {std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};
}

Options server_options() {
    Options options;
    options.identity = ecdsa_identity();
    return options;
}

Options client_options() {
    Options options;
    options.verification.anyone = true;
    return options;
}

Psk some_psk() {
    return {"rope", std::vector<std::byte>(16, std::byte{0x5a})};
}

Options psk_options() {
    Options options;
    options.psks = {some_psk()};
    return options;
}

void TapLog::seen(const Sighting& sighting) {
    notes.push_back(std::string{sighting.direction == Direction::in ? "< " : "> "} +
                    std::string{sighting.note});
    ids.push_back(sighting.packet_id);
}

End::End(const EndpointOptions& options, std::uint64_t seed, Address where)
    : random{seed},
      endpoint{options, {random, packets, buffers, wall()}, Instant{}},
      address{where} {}

std::vector<std::string> End::texts() const {
    std::vector<std::string> texts;
    for (const Event& event : events) {
        if (const auto* const received = std::get_if<Received>(&event))
            texts.push_back(text_of(received->payload.bytes()));
    }
    return texts;
}

Talk::Talk(std::uint64_t seed, EndpointOptions options)
    : chance{seed * 7919},
      client{options, seed * 2, Address::ipv4({10, 0, 0, 1}, 4000)},
      server{options, seed * 2 + 1, Address::ipv4({10, 0, 0, 2}, 4433)} {}

bool Talk::connect(const Options& client_options, const Options& server_options, Duration within) {
    if (!server.endpoint.listen(server_options)) return false;
    const auto handle = client.endpoint.connect(
        Path{.local = client.address, .remote = server.address}, client_options, now);
    if (!handle) return false;
    client_handle = *handle;
    const std::size_t before = server.count<Connected>();
    const std::size_t client_before = client.count<Connected>();
    run_until(now + within, [&] {
        return (client.count<Connected>() > client_before && server.count<Connected>() > before) ||
               client.last<Closed>() != nullptr;
    });
    if (server.last<Connected>() != nullptr) server_handle = server.last<Connected>()->connection;
    return client.count<Connected>() > client_before && server.count<Connected>() > before;
}

Result<> Talk::write(End& from, std::string_view text, const Ancillary& ancillary) {
    auto result = from.endpoint.write(handle_of(from), bytes_of(text), ancillary, now);
    drain(from);
    return result;
}

Talk::Epochs Talk::exchange() {
    EXPECT_TRUE(write(client, "to server"));
    EXPECT_TRUE(write(server, "to client"));
    const std::size_t at_server = server.texts().size(), at_client = client.texts().size();
    run(std::chrono::seconds{1});
    EXPECT_EQ(server.texts().size(), at_server + 1);
    EXPECT_EQ(client.texts().size(), at_client + 1);
    if (server.texts().empty() || client.texts().empty()) return {};
    EXPECT_EQ(server.texts().back(), "to server");
    EXPECT_EQ(client.texts().back(), "to client");
    return {server.last<Received>()->epoch, client.last<Received>()->epoch};
}

void Talk::restart(End& end, const Options& options) {
    ConnectionHandle& handle = handle_of(end);
    const std::size_t before = end.endpoint.connection_count();
    const auto state = end.endpoint.export_state(handle);
    ASSERT_TRUE(state) << state.error().what;
    EXPECT_EQ(end.endpoint.connection_count(), before - 1);
    const End& peer = &end == &client ? server : client;
    const auto made = end.endpoint.import_state(
        *state, Path{.local = end.address, .remote = peer.address}, options, now);
    ASSERT_TRUE(made) << made.error().what;
    EXPECT_NE(*made, handle);
    handle = *made;
}

void Talk::run(Duration within) {
    run_until(now + within, [] { return false; });
}

void Talk::run_until(Instant until, const std::function<bool()>& done) {
    drain(client);
    drain(server);
    while (!done() && step(until)) {
    }
    if (!done()) now = std::max(now, until);
}

/// The next thing that happens; false when there is none before `until`.
bool Talk::step(Instant until) {
    const auto next = std::ranges::min_element(flying, [](const Flying& a, const Flying& b) {
        return std::tie(a.at, a.order) < std::tie(b.at, b.order);
    });
    const Instant timer = std::min(client.endpoint.deadline(), server.endpoint.deadline());
    const Instant arrival = next == flying.end() ? kNever : next->at;
    if (std::min(timer, arrival) > until) return false;
    if (arrival <= timer) {
        now = std::max(now, arrival);
        Flying datagram = std::move(*next);
        flying.erase(next);
        deliver(std::move(datagram));
    } else {
        now = std::max(now, timer);
        for (End* end : {&client, &server}) {
            if (end->endpoint.deadline() <= now) end->endpoint.advance(now);
        }
    }
    drain(client);
    drain(server);
    return true;
}

void Talk::deliver(Flying&& datagram) {
    End& to = datagram.path.local == server.address ? server : client;
    Datagram view{PacketId{datagram.order}, datagram.path, datagram.ancillary, datagram.bytes};
    static_cast<void>(to.endpoint.receive(view, now));
}

void Talk::drain(End& end) {
    while (auto event = end.endpoint.poll_event())
        end.events.push_back(std::move(*event));
    while (auto transmit = end.endpoint.poll_transmit(now, Framing{}))
        send(end, std::move(*transmit));
}

void Talk::send(End& from, Transmit&& transmit) {
    for (std::size_t i = 0; i < transmit.segment_count(); ++i) {
        const Bytes segment = std::as_const(transmit).segment(i);
        Flying datagram{now + 10ms,
                        ++order_,
                        PacketId{std::to_underlying(transmit.id) + i},
                        Path{.local = transmit.path.remote, .remote = from.address},
                        transmit.ancillary,
                        {segment.begin(), segment.end()}};
        ++datagrams;
        (&from == &client ? client_bytes : server_bytes) += datagram.bytes.size();
        if (on_way && !on_way(from, datagram)) continue;
        if (chance.chance(weather.loss)) continue;
        if (chance.chance(weather.reordering))
            datagram.at += std::chrono::milliseconds{chance.below(200)};
        if (chance.chance(weather.corruption) && !datagram.bytes.empty())
            datagram.bytes[chance.below(datagram.bytes.size())] ^= std::byte{1};
        if (chance.chance(weather.duplication)) {
            Flying again = datagram;
            again.order = ++order_;
            again.at += std::chrono::milliseconds{chance.below(50)};
            flying.push_back(std::move(again));
        }
        flying.push_back(std::move(datagram));
    }
}

} // namespace hawser::dtls::test
