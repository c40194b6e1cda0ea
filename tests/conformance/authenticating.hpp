// RFC 4895: what its tests have in common. The peer makes its keys and codes by itself.
#pragma once

#include "support/pair.hpp"
#include "support/scripted_peer.hpp"
#include "support/slow_hmac.hpp"

#include <hawser/sctp/endpoint.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hawser::test {

inline constexpr std::uint8_t kAuth = 15;
inline constexpr std::uint8_t kReConfigChunk = 130;
inline constexpr std::uint16_t kRandom = 0x8002, kChunkList = 0x8003, kHmacAlgo = 0x8004;
inline constexpr std::uint16_t kUnsupportedHmac = 0x0105;
inline constexpr std::size_t kInitParameters = 16;

using Types = std::vector<std::uint8_t>;
using What = sctp::AuthenticationChanged::What;

/// An engine that wants these chunk types authenticated.
inline sctp::Options authenticating(const Types& types = {kData},
                                    std::vector<sctp::SharedKey> keys = {}, unsigned active = 0) {
    sctp::Options options = quiet_rfc9260();
    sctp::Authentication& wanted = options.authentication.emplace();
    for (const std::uint8_t type : types)
        wanted.chunks.push_back(sctp::ChunkType{type});
    wanted.keys = std::move(keys);
    wanted.active_key = sctp::KeyId{static_cast<std::uint16_t>(active)};
    return options;
}

inline sctp::SharedKey shared_key(unsigned id, std::string_view secret) {
    return {.id = sctp::KeyId{static_cast<std::uint16_t>(id)}, .secret = octets(secret)};
}

/// What the peer says of AUTH.
struct PeerOffer {
    Types chunks = {kData};
    std::vector<std::uint16_t> hmacs = {kSha1};
    Octets random = Octets(32, std::byte{0x5a});
    bool lists_chunks = true;

    std::vector<Tlv> parameters() const {
        std::vector<Tlv> all{{.type = kRandom, .value = random}};
        OctetWriter types, algorithms;
        for (const std::uint8_t type : chunks)
            types.u8(type);
        for (const std::uint16_t hmac : hmacs)
            algorithms.u16(hmac);
        if (lists_chunks) all.push_back({.type = kChunkList, .value = types.octets});
        all.push_back({.type = kHmacAlgo, .value = algorithms.octets});
        return all;
    }
};

/// RFC 4895 §6.1: the three parameters in their order, with headers, without padding.
inline Octets key_vector(const std::vector<Tlv>& parameters) {
    OctetWriter out;
    for (const std::uint16_t type : {kRandom, kChunkList, kHmacAlgo}) {
        for (const Tlv& each : parameters) {
            if (each.type != type) continue;
            out.u16(type).u16(static_cast<std::uint32_t>(each.value.size() + 4)).add(each.value);
        }
    }
    return out.octets;
}

/// Which of two numbers in network order is smaller, digit by digit.
inline bool is_smaller_number(Octets a, Octets b) {
    const std::size_t digits = std::max(a.size(), b.size());
    a.insert(a.begin(), digits - a.size(), std::byte{0});
    b.insert(b.begin(), digits - b.size(), std::byte{0});
    return a < b;
}

/// The association shared key.
inline Octets association_key(std::string_view secret, const Octets& a, const Octets& b) {
    const bool swapped = is_smaller_number(b, a);
    return OctetWriter{}.add(octets(secret)).add(swapped ? b : a).add(swapped ? a : b).octets;
}

/// A packet of the engine's, and what its AUTH is worth.
struct SeenPacket {
    ReadPacket read;
    Octets raw;
    /// The chunks before AUTH, or all.
    Types before;
    Types after;
    std::optional<std::uint32_t> key; ///< nullopt: no AUTH
    std::optional<std::uint32_t> hmac;

    bool authenticates(std::uint8_t type) const {
        return std::find(after.begin(), after.end(), type) != after.end();
    }
};

/// An association whose peer knows AUTH.
struct Authenticating : Scene {
    explicit Authenticating(const sctp::Options& options = authenticating(), PeerOffer offered = {})
        : Scene{options}, offer{std::move(offered)} {}

    // --- association setup ---

    InitFields fields() const {
        InitFields all;
        all.parameters = offer.parameters();
        for (const Tlv& each : more)
            all.parameters.push_back(each);
        return all;
    }
    void learn_vectors(const std::vector<Tlv>& engines) {
        ours = key_vector(offer.parameters());
        theirs = key_vector(engines);
    }
    /// The peer has asked, and has the cookie.
    InitView ask() {
        const InitView answer = question(fields());
        engine_tag = answer.tag;
        engine_tsn = answer.tsn;
        peer_tag = fields().tag;
        peer_tsn = fields().tsn;
        peer_ssn = 0;
        learn_vectors(answer.parameters);
        return answer;
    }
    void accept_all() {
        const InitView answer = ask();
        send(cookie_echo(answer.cookie));
        EXPECT_TRUE(engine.is_connected());
        forget();
    }
    /// The peer has lost its memory, and comes back with another random number.
    void begin_again() {
        offer.random = Octets(32, std::byte{0x77});
        InitFields all = fields();
        all.tag = 0x0b0b'0b0b;
        const InitView answer = question(all);
        learn_vectors(answer.parameters);
        engine_tag = answer.tag;
        engine_tsn = answer.tsn;
        peer_tsn = all.tsn;
        peer_ssn = 0;
        send(cookie_echo(answer.cookie));
        EXPECT_TRUE(engine.event<sctp::Restarted>());
        forget();
    }
    /// The engine opens; nothing is sent after its COOKIE ECHO, which can be seen.
    void open_until_cookie_echo() {
        EXPECT_TRUE(engine.connect(peer_address(), kPeerPort));
        open_until_cookie_echo_of_begun();
    }
    void open_until_cookie_echo_of_begun() {
        world.settle();
        engine_port = peer.inbox.front().source_port;
        const auto question = take(kInit);
        ASSERT_TRUE(question);
        const InitView init{*question};
        engine_tag = init.tag;
        engine_tsn = init.tsn;
        learn_vectors(init.parameters);
        forget();
        InitFields answer = fields();
        answer.parameters.push_back({.type = kStateCookie, .value = octets("cookie")});
        peer_tag = answer.tag;
        peer_tsn = answer.tsn;
        send(init_ack(answer));
    }
    void open_all() {
        open_until_cookie_echo();
        forget();
        send_signed({bare(kCookieAck)});
        EXPECT_TRUE(engine.is_connected());
        forget();
    }

    // --- the peer authenticates ---

    /// An AUTH over these chunks, as they stand in a packet.
    Chunk auth(const std::vector<Chunk>& after, std::uint32_t key = 0, std::string_view secret = {},
               Hmac hmac = kSha1, std::uint8_t flags = 0) const {
        const std::size_t size = hmac == kSha1 ? 20 : 32;
        Chunk chunk{
            .type = kAuth, .flags = flags, .value = OctetWriter{}.u16(key).u16(hmac).octets};
        chunk.value.resize(4 + size);
        std::vector<Chunk> all{chunk};
        all.insert(all.end(), after.begin(), after.end());
        const Octets packet = put_together(1, 1, 1, all);
        const Octets code =
            slow_hmac(hmac, association_key(secret, ours, theirs), Bytes{packet}.subspan(12));
        std::copy(code.begin(), code.end(), chunk.value.begin() + 4);
        return chunk;
    }
    void send_signed(const std::vector<Chunk>& chunks, std::uint32_t key = 0,
                     std::string_view secret = {}, Hmac hmac = kSha1) {
        std::vector<Chunk> all{auth(chunks, key, secret, hmac)};
        all.insert(all.end(), chunks.begin(), chunks.end());
        send_packet(engine_tag, all);
    }
    Chunk next_data(std::string_view payload = "data") {
        return data({.tsn = peer_tsn++, .ssn = peer_ssn++, .payload = payload});
    }

    // --- the engine authenticates ---

    /// All that the engine has sent since; each AUTH is checked with the secret of its key.
    std::vector<SeenPacket> see() {
        std::vector<SeenPacket> all;
        for (const WireDatagram& datagram : peer.raw)
            all.push_back(look_at(datagram.bytes));
        forget();
        return all;
    }
    SeenPacket look_at(const Octets& raw) const {
        SeenPacket seen{.read = take_apart(raw), .raw = raw, .before = {}, .after = {}};
        std::size_t at = 12;
        for (const Chunk& chunk : seen.read.chunks) {
            if (chunk.type == kAuth) {
                EXPECT_FALSE(seen.key) << "AUTH twice";
                seen.key = chunk.u16(0);
                seen.hmac = chunk.u16(2);
                Octets zeroed{raw.begin() + static_cast<std::ptrdiff_t>(at), raw.end()};
                std::fill_n(zeroed.begin() + 8, chunk.value.size() - 4, std::byte{0});
                const Octets code =
                    slow_hmac(Hmac{static_cast<std::uint16_t>(*seen.hmac)},
                              association_key(secrets.at(*seen.key), ours, theirs), zeroed);
                EXPECT_EQ(Octets(chunk.value.begin() + 4, chunk.value.end()), code)
                    << "the HMAC is wrong: " << describe(seen.read);
            } else {
                (seen.key ? seen.after : seen.before).push_back(chunk.type);
            }
            at += (chunk.value.size() + 4 + 3) / 4 * 4;
        }
        EXPECT_TRUE(seen.read.checksum_right);
        return seen;
    }
    void forget() {
        discard();
        peer.raw.clear();
    }
    std::vector<std::string> texts() {
        std::vector<std::string> all;
        while (const auto message = engine.message())
            all.emplace_back(as_text(message->payload.bytes()));
        return all;
    }
    std::uint64_t dropped(Verdict verdict) { return engine.engine->counters().of(verdict); }
    void say(std::string_view text, std::optional<unsigned> key = std::nullopt) {
        sctp::SendOptions options;
        if (key) options.key = sctp::KeyId{static_cast<std::uint16_t>(*key)};
        EXPECT_TRUE(engine.send(text, options));
    }
    std::optional<sctp::AuthenticationChanged> changed() {
        return engine.event<sctp::AuthenticationChanged>();
    }

    // --- the user of the engine ---

    hawser::Result<> set_key(unsigned id, std::string_view secret) {
        return engine.engine->set_shared_key(engine.association(), shared_key(id, secret), now());
    }
    hawser::Result<> activate(unsigned id) {
        return engine.engine->activate_key(engine.association(), key_id(id), now());
    }
    hawser::Result<> deactivate(unsigned id) {
        const auto done = engine.engine->deactivate_key(engine.association(), key_id(id), now());
        world.settle();
        return done;
    }
    hawser::Result<> erase(unsigned id) {
        return engine.engine->delete_key(engine.association(), key_id(id), now());
    }
    static sctp::KeyId key_id(unsigned id) { return sctp::KeyId{static_cast<std::uint16_t>(id)}; }

    PeerOffer offer;
    std::vector<Tlv> more;                                           ///< beside those of the offer
    Octets ours, theirs;                                             ///< the key vectors
    std::vector<std::string> secrets = std::vector<std::string>(10); ///< by key
};

using Texts = std::vector<std::string>;

} // namespace hawser::test
