// Adds up one DTLS connection.
#pragma once

#include <hawser/capture/dtls_summary.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "capture/record.hpp"

namespace hawser::capture::detail {

class DtlsTally {
public:
    /// One of the two ends, by its place in the key of the connection.
    using End = std::size_t;

    explicit DtlsTally(std::string observer) { summary_.observer = std::move(observer); }

    /// The random of its ClientHello; empty: none was seen.
    Bytes client_random() const { return client_random_; }

    /// A datagram of records, which `sender` sent.
    void datagram(const Frame& frame, End sender);
    /// A handshake message that a tap showed after decryption.
    void message_in_clear(const Frame& frame, End sender);

    DtlsSummary finish();

private:
    using Messages = std::map<wire::dtls::HandshakeType, std::uint64_t>;
    /// A message in the making.
    struct Partial {
        std::uint16_t message_seq = 0;
        std::vector<std::byte> bytes;
    };
    struct EndTally {
        DtlsFlow flow;
        std::array<std::uint64_t, 256> traffic_classes{};
        std::array<Messages, kViews> messages;
        Partial partial;
        /// Of the connection IDs on what is sent to this end.
        std::size_t cid_bytes = 0;
    };

    void seen(const Frame& frame, End sender);
    void record(const Frame& frame, End sender, const wire::dtls::Record& record);
    void handshake(End sender, View view, Bytes payload);
    void fragment(End sender, const wire::dtls::HandshakeFragment& fragment);
    void message(End sender, wire::dtls::HandshakeType type, Bytes body);
    void client_hello(End sender, Bytes body);
    void server_hello(End sender, Bytes body);
    void measure(const Frame& frame, End sender);

    DtlsSummary summary_;
    std::array<EndTally, 2> ends_;
    std::optional<End> client_;
    End first_sender_ = 0;
    std::vector<std::byte> client_random_;
    std::optional<WallTime> hello_at_; ///< the last ClientHello before an answer
    bool hello_in_datagram_ = false, answered_ = false;
};

/// The random of the ClientHello that a datagram begins with; empty: it begins with none.
Bytes client_random_of(Bytes datagram);

} // namespace hawser::capture::detail
