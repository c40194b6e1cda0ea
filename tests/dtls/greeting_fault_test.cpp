// First hellos that are no such thing: whoever sent them is told, and nobody is told much.
#include "dtls/versions.hpp"

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/dtls/alert.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/hello.hpp>
#include <hawser/wire/dtls/record.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace hawser::dtls::test {
namespace {

using wire::Writer;
using wire::dtls::ContentType;
using wire::dtls::ExtensionType;
using wire::dtls::HandshakeType;

constexpr std::size_t kHeaders = wire::dtls::kRecordHeaderBytes + wire::dtls::kHandshakeHeaderBytes;
constexpr std::size_t kAlertBytes = wire::dtls::kRecordHeaderBytes + wire::dtls::Alert::kBytes;

class FaultyGreeting : public PerVersion {
protected:
    using Raw = std::vector<std::byte>;
    using Shape = std::function<void(HelloDraft&)>;

    /// The body of a client's first hello.
    std::vector<std::byte> hello(const Shape& shape = {}) {
        Talk alone{31};
        std::vector<std::byte> body;
        alone.on_way = [&](const End&, Talk::Flying& datagram) {
            body.assign(datagram.bytes.begin() + kHeaders, datagram.bytes.end());
            return false;
        };
        client.shape_hello = shape;
        static_cast<void>(alone.connect(client, server, std::chrono::milliseconds{500}));
        return body;
    }
    static Raw record(Bytes payload, std::uint64_t sequence = 5) {
        Raw bytes(wire::dtls::kRecordHeaderBytes + payload.size());
        Writer out{bytes};
        wire::dtls::RecordHeader{.type = ContentType::handshake, .sequence = sequence}.write(
            out, payload.size());
        out.bytes(payload);
        return bytes;
    }
    static Raw message(HandshakeType type, Bytes body, std::uint16_t sequence = 0) {
        std::vector<std::byte> whole(wire::dtls::kHandshakeHeaderBytes + body.size());
        Writer out{whole};
        wire::dtls::HandshakeHeader::whole(type, sequence, body.size()).write(out);
        out.bytes(body);
        return record(whole);
    }
    std::vector<Raw> answers(Raw bytes) {
        const Path path{.local = talk.server.address, .remote = talk.client.address};
        const Ancillary none;
        Datagram datagram{PacketId{0}, path, none, bytes};
        const std::uint64_t before = talk.server.endpoint.counters().datagrams_sent;
        verdict = talk.server.endpoint.receive(datagram, talk.now);
        std::vector<Raw> all;
        while (auto transmit = talk.server.endpoint.poll_transmit(talk.now, {}))
            all.emplace_back(transmit->payload.bytes().begin(), transmit->payload.bytes().end());
        EXPECT_EQ(talk.server.endpoint.counters().datagrams_sent, before + all.size());
        return all;
    }
    /// The one alert that answers it, which is a fatal one.
    std::optional<AlertDescription> alert_to(const Raw& question) {
        const auto all = answers(question);
        if (all.size() != 1 || all[0].size() > question.size()) return std::nullopt;
        wire::dtls::Records records{all[0], 0};
        const auto* one = records.next();
        if (!one || one->type != ContentType::alert) return std::nullopt;
        const auto alert = wire::dtls::Alert::parse(one->payload);
        if (!alert || alert->level != wire::dtls::AlertLevel::fatal) return std::nullopt;
        EXPECT_EQ(talk.server.endpoint.connection_count(), 0u);
        return alert->description;
    }
    void listen(bool cookie_exchange = true) {
        server.cookie_exchange = cookie_exchange;
        ASSERT_TRUE(talk.server.endpoint.listen(server));
    }

    Talk talk;
    Verdict verdict{}; ///< on the last question
};

TEST_P(FaultyGreeting, WithAnExtensionTwiceIsMalformed) {
    for (const bool cookies : {true, false}) {
        listen(cookies);
        const auto body = hello([](HelloDraft& draft) {
            draft.extensions.insert(draft.extensions.begin(), draft.extensions.front());
        });
        EXPECT_EQ(alert_to(message(HandshakeType::client_hello, body)),
                  AlertDescription::decode_error);
        EXPECT_EQ(verdict, Verdict::malformed);
    }
}

TEST_P(FaultyGreeting, WithBytesBehindItIsMalformed) {
    listen();
    auto body = hello();
    body.push_back(std::byte{0});
    EXPECT_EQ(alert_to(message(HandshakeType::client_hello, body)), AlertDescription::decode_error);
    body.erase(body.end() - 2, body.end()); // g++ 12 fears for resize
    EXPECT_EQ(alert_to(message(HandshakeType::client_hello, body)), AlertDescription::decode_error);
    const auto cut = record(Bytes{body}.first(20));
    EXPECT_EQ(alert_to(cut), AlertDescription::decode_error);
    EXPECT_EQ(verdict, Verdict::malformed);
}

TEST_P(FaultyGreeting, OfAnotherMessageIsUnexpected) {
    listen();
    for (const HandshakeType type : {HandshakeType::client_key_exchange, HandshakeType::finished,
                                     HandshakeType::server_hello, HandshakeType{99}}) {
        EXPECT_EQ(alert_to(message(type, std::vector<std::byte>(40))),
                  AlertDescription::unexpected_message);
        EXPECT_EQ(verdict, Verdict::unknown_connection);
    }
    EXPECT_EQ(answers(message(HandshakeType::client_hello, hello(), 15)).size(), 1u);
    EXPECT_EQ(verdict, Verdict::accepted) << "asked for a cookie fifteen times";
    EXPECT_EQ(alert_to(message(HandshakeType::client_hello, hello(), 16)),
              AlertDescription::unexpected_message);
    EXPECT_EQ(verdict, Verdict::unknown_connection);
}

/// RFC 6347 §4.2.3 and RFC 9147 §5.5 forbid it nobody.
TEST_P(FaultyGreeting, IsNoneInTwoFragmentsOfOneRecord) {
    listen();
    const auto body = hello();
    std::vector<std::byte> both(2 * wire::dtls::kHandshakeHeaderBytes + body.size());
    Writer out{both};
    const auto half = static_cast<std::uint32_t>(body.size() / 2);
    const auto size = static_cast<std::uint32_t>(body.size());
    for (const auto& [from, to] : {std::pair{0u, half}, std::pair{half, size}}) {
        wire::dtls::HandshakeHeader{.type = HandshakeType::client_hello,
                                    .length = size,
                                    .message_seq = 0,
                                    .fragment_offset = from,
                                    .fragment_length = to - from}
            .write(out);
        out.bytes(Bytes{body}.subspan(from, to - from));
    }
    EXPECT_EQ(answers(record(both)).size(), 1u) << "it is asked for a cookie";
    EXPECT_EQ(verdict, Verdict::accepted);
    EXPECT_EQ(alert_to(record({})), std::nullopt) << "less than an alert has";
    EXPECT_EQ(verdict, Verdict::malformed);
}

TEST_P(FaultyGreeting, ThatNoServerPutsTogetherFails) {
    listen();
    EXPECT_EQ(alert_to(message(HandshakeType::client_hello, std::vector<std::byte>(16 * 1024 + 1))),
              AlertDescription::handshake_failure);
    EXPECT_EQ(verdict, Verdict::no_room);
}

TEST_P(FaultyGreeting, WithMalformedVersionsIsMalformed) {
    for (const bool cookies : {true, false}) {
        listen(cookies);
        const auto body = hello([](HelloDraft& draft) {
            std::erase_if(draft.extensions, [](const HelloDraft::Extension& extension) {
                return extension.type == ExtensionType::supported_versions;
            });
            draft.extensions.push_back({ExtensionType::supported_versions, {std::byte{3}}});
        });
        EXPECT_EQ(alert_to(message(HandshakeType::client_hello, body)),
                  AlertDescription::decode_error);
    }
}

TEST_P(FaultyGreeting, Of13HasToHaveWhatAnAnswerNeeds) {
    if (!is_1_3()) GTEST_SKIP() << "1.2 needs none of them";
    for (const ExtensionType type : {ExtensionType::key_share, ExtensionType::supported_groups,
                                     ExtensionType::signature_algorithms}) {
        const auto without = hello([type](HelloDraft& draft) {
            std::erase_if(draft.extensions, [type](const HelloDraft::Extension& extension) {
                return extension.type == type;
            });
        });
        const auto cut = hello([type](HelloDraft& draft) {
            for (HelloDraft::Extension& extension : draft.extensions) {
                if (extension.type == type) extension.value.pop_back();
            }
        });
        for (const bool cookies : {true, false}) {
            listen(cookies);
            EXPECT_EQ(alert_to(message(HandshakeType::client_hello, without)),
                      AlertDescription::missing_extension);
            // Without cookies it is the connection that refuses it.
            EXPECT_EQ(verdict, cookies ? Verdict::malformed : Verdict::accepted);
            if (type == ExtensionType::signature_algorithms) continue; // looked at behind a cookie
            EXPECT_EQ(alert_to(message(HandshakeType::client_hello, cut)),
                      AlertDescription::decode_error);
        }
    }
}

TEST_P(FaultyGreeting, Of13HasModesBesideAPsk) {
    if (!is_1_3()) GTEST_SKIP() << "1.2 has no PSK in its hello";
    client = client_psk;
    server = server_psk;
    listen();
    const auto body = hello([](HelloDraft& draft) {
        std::erase_if(draft.extensions, [](const HelloDraft::Extension& extension) {
            return extension.type == ExtensionType::psk_key_exchange_modes;
        });
    });
    EXPECT_EQ(alert_to(message(HandshakeType::client_hello, body)),
              AlertDescription::missing_extension);
}

TEST_P(FaultyGreeting, Of13HasAShareOnceAndOfAGroupThatItOffers) {
    if (!is_1_3()) GTEST_SKIP() << "1.2 has no shares";
    const auto twice = hello([](HelloDraft& draft) {
        for (HelloDraft::Extension& extension : draft.extensions) {
            if (extension.type != ExtensionType::key_share) continue;
            const std::vector<std::byte> share{extension.value.begin() + 2, extension.value.end()};
            extension.value.insert(extension.value.end(), share.begin(), share.end());
            wire::store_big(extension.value.data(),
                            static_cast<std::uint16_t>(extension.value.size() - 2));
        }
    });
    const auto not_offered = hello([](HelloDraft& draft) {
        for (HelloDraft::Extension& extension : draft.extensions) {
            if (extension.type == ExtensionType::supported_groups)
                extension.value = {std::byte{0}, std::byte{2}, std::byte{0}, std::byte{24}};
        }
    });
    for (const bool cookies : {true, false}) {
        listen(cookies);
        for (const auto& body : {twice, not_offered}) {
            EXPECT_EQ(alert_to(message(HandshakeType::client_hello, body)),
                      AlertDescription::illegal_parameter);
        }
    }
}

/// RFC 9147 §5.3: no cookie where 1.2 has it, and no compression.
TEST_P(FaultyGreeting, Of13HasNothingOf12InItsFields) {
    if (!is_1_3()) GTEST_SKIP() << "1.2 may have both";
    constexpr std::size_t kSessionIdAt = 2 + 32;
    auto with_cookie = hello();
    ASSERT_EQ(with_cookie[kSessionIdAt], std::byte{0});
    with_cookie[kSessionIdAt + 1] = std::byte{1};
    with_cookie.insert(with_cookie.begin() + kSessionIdAt + 2, std::byte{7});
    auto with_method = hello();
    const std::size_t methods_at =
        kSessionIdAt + 2 + 2 + std::to_integer<std::size_t>(with_method[kSessionIdAt + 3]);
    ASSERT_EQ(with_method[methods_at], std::byte{1});
    with_method[methods_at] = std::byte{2};
    with_method.insert(with_method.begin() + static_cast<std::ptrdiff_t>(methods_at) + 1,
                       std::byte{1});
    listen();
    for (const auto& body : {with_cookie, with_method}) {
        EXPECT_EQ(alert_to(message(HandshakeType::client_hello, body)),
                  AlertDescription::illegal_parameter);
    }
}

/// Who is asked less than an alert has, says nothing; and one datagram has one answer.
TEST_P(FaultyGreeting, IsNeverAnsweredWithMoreThanItWas) {
    listen();
    for (std::size_t bytes = 0; bytes < 8; ++bytes) {
        const auto question = record(std::vector<std::byte>(bytes));
        std::size_t answered = 0;
        for (const auto& answer : answers(question))
            answered += answer.size();
        EXPECT_EQ(answered, question.size() >= kAlertBytes ? kAlertBytes : 0) << bytes;
    }
    Raw many;
    for (int i = 0; i < 30; ++i) {
        const auto one = record(std::vector<std::byte>(2));
        many.insert(many.end(), one.begin(), one.end());
    }
    EXPECT_EQ(alert_to(many), AlertDescription::decode_error);
}

/// A hello that is right, and has nothing but what it must: the question of 1.3 would be longer.
TEST_P(FaultyGreeting, ThatIsShorterThanItsAnswerHasNone) {
    if (!is_1_3()) GTEST_SKIP() << "the question of 1.2 is shorter than any hello";
    listen();
    const auto body = hello([](HelloDraft& draft) {
        const std::map<ExtensionType, std::vector<std::byte>> least{
            {ExtensionType::supported_groups,
             {std::byte{0}, std::byte{2}, std::byte{0}, std::byte{29}}},
            {ExtensionType::signature_algorithms,
             {std::byte{0}, std::byte{2}, std::byte{4}, std::byte{3}}},
            {ExtensionType::key_share, {std::byte{0}, std::byte{0}}},
            {ExtensionType::supported_versions, {std::byte{2}, std::byte{0xfe}, std::byte{0xfc}}}};
        draft.cipher_suites = {CipherSuite::aes_128_gcm_sha256};
        draft.extensions.clear();
        for (const auto& [type, value] : least)
            draft.extensions.push_back({type, value});
    });
    EXPECT_TRUE(answers(message(HandshakeType::client_hello, body)).empty());
    EXPECT_EQ(verdict, Verdict::rate_limited);
    EXPECT_EQ(talk.server.endpoint.counters().answers_suppressed, 1u);
    EXPECT_EQ(talk.server.endpoint.counters().cookies_sent, 0u);
}

/// The same limit as for cookies.
TEST_P(FaultyGreeting, IsNotAnsweredOftenerThanHellosAre) {
    Talk few{1, {.hello_answers_per_second = 3}};
    ASSERT_TRUE(few.server.endpoint.listen(server));
    const auto question = message(HandshakeType::finished, std::vector<std::byte>(12));
    std::size_t answered = 0;
    for (std::uint16_t i = 0; i < 10; ++i) {
        auto bytes = question;
        const Path path{.local = few.server.address,
                        .remote = few.client.address.with_port(static_cast<std::uint16_t>(9 + i))};
        const Ancillary none;
        Datagram datagram{PacketId{0}, path, none, bytes};
        EXPECT_EQ(few.server.endpoint.receive(datagram, few.now), Verdict::unknown_connection);
        while (few.server.endpoint.poll_transmit(few.now, {}))
            ++answered;
    }
    EXPECT_EQ(answered, 3u);
    EXPECT_EQ(few.server.endpoint.counters().answers_suppressed, 7u);
}

HAWSER_BOTH_VERSIONS(FaultyGreeting);

} // namespace
} // namespace hawser::dtls::test
