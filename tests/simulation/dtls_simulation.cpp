#include "simulation/dtls_simulation.hpp"

#include <gtest/gtest.h>

#include <array>

namespace hawser::test {

using namespace std::chrono_literals;
using dtls::Closed;
using dtls::ConnectionHandle;
using dtls::Options;
using dtls::Version;
using dtls::test::Talk;

namespace {

/// Loss alone must end nothing: an end asks again often enough, for long enough.
constexpr Duration kPatience = 1h;

void draw_credentials(SeededRandom& random, Options& client, Options& server) {
    // Ed25519 and keys that both have: their signatures take nothing from libcrypto's own random.
    if (random.chance(0.4)) {
        client.psks = server.psks = {dtls::test::some_psk()};
        return;
    }
    server.identity = dtls::test::ed25519_identity();
    client.verification = {.fingerprints = {dtls::test::ed25519_identity().fingerprint()}};
    if (random.chance(0.3)) {
        client.identity = dtls::test::ed25519_identity();
        server.verification = {.anyone = true};
    }
    if (random.chance(0.2)) {
        client.raw_public_key = server.raw_public_key = true;
        client.verification = {.anyone = true}; // a bare key has another fingerprint
    }
}

void draw_versions(SeededRandom& random, Options& client, Options& server) {
    constexpr std::array kRanges{std::pair{Version::v1_2, Version::v1_2},
                                 std::pair{Version::v1_3, Version::v1_3},
                                 std::pair{Version::v1_2, Version::v1_3}};
    const std::uint64_t which = random.below(5);
    const auto [first, second] = which < 3    ? std::pair{kRanges[which], kRanges[which]}
                                 : which == 3 ? std::pair{kRanges[2], kRanges[random.below(2)]}
                                              : std::pair{kRanges[random.below(2)], kRanges[2]};
    std::tie(client.version_min, client.version_max) = first;
    std::tie(server.version_min, server.version_max) = second;
}

void draw_either(SeededRandom& random, Options& options) {
    options.handshake_timeout = kPatience;
    options.retransmission_initial = std::chrono::milliseconds{200 + random.below(800)};
    options.retransmission_max = 3s;
    options.handshake_datagram_bytes = 256 + random.below(1245);
    options.replay_window = static_cast<std::uint32_t>(64u << random.below(11));
    if (random.chance(0.3))
        options.record_size_limit = static_cast<std::uint16_t>(64 + random.below(2000));
}

} // namespace

DtlsPlan::DtlsPlan(std::uint64_t seed) {
    SeededRandom random{seed * 0x9e37'79b9};
    draw_credentials(random, client, server);
    draw_versions(random, client, server);
    draw_either(random, client);
    draw_either(random, server);
    server.cookie_exchange = random.chance(0.7);
    server.issue_tickets = random.chance(0.7);
    if (random.chance(0.6)) {
        client.connection_id_bytes = static_cast<std::uint8_t>(random.below(21));
        server.connection_id_bytes = static_cast<std::uint8_t>(random.below(21));
        client_moves = *server.connection_id_bytes != 0;
    }
    if (random.chance(0.3)) { // a hello as long as one with a post-quantum share
        for (int i = 0; i < 150; ++i)
            client.alpn.push_back("protocol " + std::to_string(i));
    }
    weather = {.loss = 0.3 * static_cast<double>(random.below(100)) / 100,
               .duplication = 0.3 * static_cast<double>(random.below(100)) / 100,
               .reordering = 0.3 * static_cast<double>(random.below(100)) / 100};
}

DtlsSimulation::DtlsSimulation(std::uint64_t seed)
    : seed_{seed}, plan_{seed}, talk_{seed}, client_outside_{talk_.client.address} {
    talk_.weather = plan_.weather;
    talk_.on_way = [this](const End& from, Talk::Flying& datagram) {
        return on_way(from, datagram);
    };
}

/// Notes the datagram, and carries it through the NAT in front of the client.
bool DtlsSimulation::on_way(const End& from, Talk::Flying& datagram) {
    const auto mix = [this](std::uint64_t value) {
        fingerprint_ = (fingerprint_ ^ value) * 0x100'0000'01b3;
    };
    mix(static_cast<std::uint64_t>(talk_.now.time_since_epoch().count()));
    for (const std::byte byte : datagram.bytes)
        mix(std::to_integer<std::uint64_t>(byte));
    if (&from == &talk_.client) {
        datagram.path.remote = client_outside_;
        return true;
    }
    if (datagram.path.local != client_outside_) return false;
    datagram.path.local = talk_.client.address;
    return true;
}

std::string DtlsSimulation::why() const {
    std::string text = "seed " + std::to_string(seed_);
    for (const End* end : {&talk_.client, &talk_.server}) {
        const auto* const closed = end->last<Closed>();
        if (closed != nullptr) text += "; " + std::string{closed->reason.what};
    }
    return text;
}

void DtlsSimulation::write(End& from) {
    const bool is_client = &from == &talk_.client;
    auto& sent = is_client ? client_sent_ : server_sent_;
    const ConnectionHandle handle = is_client ? talk_.client_handle : talk_.server_handle;
    std::string text = std::to_string(sent.size()) + (is_client ? " c" : " s");
    const std::size_t most = from.endpoint.payload_bytes_max(handle, 1400);
    text.resize(std::max(text.size(), talk_.chance.below(most + 1)), '.');
    ASSERT_TRUE(talk_.write(from, text)) << why();
    sent.insert(std::move(text));
}

void DtlsSimulation::update_keys(End& end) {
    const bool is_client = &end == &talk_.client;
    const auto updated = end.endpoint.update_keys(
        is_client ? talk_.client_handle : talk_.server_handle, talk_.chance.chance(0.5), talk_.now);
    // In 1.2 there is none, and in 1.3 one at a time.
    ASSERT_TRUE(updated || updated.error().code == Errc::unsupported ||
                updated.error().code == Errc::exhausted)
        << why();
}

void DtlsSimulation::act() {
    End& end = talk_.chance.chance(0.5) ? talk_.client : talk_.server;
    const std::uint64_t what = talk_.chance.below(20);
    if (what == 0) {
        update_keys(end);
    } else if (what == 1 && plan_.client_moves) {
        client_outside_ = Address::ipv4(
            {10, 0, 0, 1}, static_cast<std::uint16_t>(10'000 + talk_.chance.below(50'000)));
    } else {
        ASSERT_NO_FATAL_FAILURE(write(end));
    }
    talk_.run(std::chrono::milliseconds{talk_.chance.below(300)});
}

/// The weather is fine again: both hear each other.
void DtlsSimulation::settle() {
    talk_.weather = {};
    for (int i = 0; i < 8; ++i) {
        ASSERT_NO_FATAL_FAILURE(write(talk_.client));
        talk_.run(2s);
    }
    const std::size_t to_server = talk_.server.texts().size();
    const std::size_t to_client = talk_.client.texts().size();
    ASSERT_NO_FATAL_FAILURE(write(talk_.client));
    ASSERT_NO_FATAL_FAILURE(write(talk_.server));
    talk_.run(2s);
    EXPECT_EQ(talk_.server.texts().size(), to_server + 1) << why();
    EXPECT_EQ(talk_.client.texts().size(), to_client + 1) << why();
    EXPECT_EQ(talk_.client.count<Closed>() + talk_.server.count<Closed>(), 0u) << why();
    EXPECT_EQ(talk_.server.endpoint.connection_count(), 1u) << why();
}

void DtlsSimulation::check(const End& to, const std::set<std::string>& sent) {
    std::set<std::string> seen;
    for (const std::string& text : to.texts()) {
        EXPECT_TRUE(sent.contains(text)) << why();
        EXPECT_TRUE(seen.insert(text).second) << why();
    }
}

void DtlsSimulation::run() {
    ASSERT_TRUE(talk_.connect(plan_.client, plan_.server, kPatience)) << why();
    // Only now: what is not protected yet may be changed without anybody noticing at once.
    talk_.weather.corruption = 0.02;
    for (int i = 0; i < 40; ++i)
        ASSERT_NO_FATAL_FAILURE(act());
    ASSERT_NO_FATAL_FAILURE(settle());
    check(talk_.server, client_sent_);
    check(talk_.client, server_sent_);
}

} // namespace hawser::test
