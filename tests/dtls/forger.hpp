// Records of 1.2 that a peer with the right keys never sends: from the key log.
#pragma once

#include "dtls/key_schedule.hpp"
#include "dtls/record_protection.hpp"
#include "dtls/talk.hpp"

#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/hello.hpp>

#include <array>
#include <string>
#include <vector>

namespace hawser::dtls::test {

/// Watches a handshake of 1.2 at its client, and then writes as the server.
class Forger final : public Tap {
public:
    void seen(const Sighting& sighting) override {
        constexpr std::size_t kHeaders =
            wire::dtls::kRecordHeaderBytes + wire::dtls::kHandshakeHeaderBytes;
        const auto hello = wire::dtls::ServerHello::parse(sighting.bytes.subspan(kHeaders));
        if (sighting.note != "server_hello" || !hello) return;
        std::ranges::copy(hello->random, server_random_.begin());
        suite_ = wire::dtls::find_cipher_suite(hello->cipher_suite);
    }

    void secret(std::string_view line) override {
        constexpr std::string_view kLabel = "CLIENT_RANDOM ";
        if (!line.starts_with(kLabel)) return;
        line.remove_prefix(kLabel.size());
        read_hex(line.substr(0, 64), client_random_);
        read_hex(line.substr(65), master_.bytes());
    }

    /// As from the server, in the epoch after the handshake.
    std::vector<std::byte> record(ContentType type, Bytes content) {
        RecordKeys keys = key_block(*suite_, master_, client_random_, server_random_, 1).server;
        keys.id = 1;
        const RecordRoom room = record_room(keys, 0);
        std::vector<std::byte> whole(room.headroom + content.size() + room.tailroom);
        std::ranges::copy(content, whole.begin() + static_cast<std::ptrdiff_t>(room.headroom));
        KeyedContexts contexts;
        seal_record(contexts, keys, next_++, type, {}, whole);
        return whole;
    }

    static std::vector<std::byte> message(wire::dtls::HandshakeType type, std::uint16_t sequence,
                                          Bytes body) {
        std::vector<std::byte> whole(wire::dtls::kHandshakeHeaderBytes + body.size());
        wire::Writer out{whole};
        wire::dtls::HandshakeHeader::whole(type, sequence, body.size()).write(out);
        out.bytes(body);
        return whole;
    }

private:
    static void read_hex(std::string_view text, MutableBytes to) {
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] =
                static_cast<std::byte>(std::stoi(std::string{text.substr(2 * i, 2)}, nullptr, 16));
    }

    HelloRandom client_random_{}, server_random_{};
    const CipherSuiteInfo* suite_ = nullptr;
    Secret master_{kMasterSecretBytes};
    std::uint64_t next_ = 1000; ///< far above what the server has used
};

} // namespace hawser::dtls::test
