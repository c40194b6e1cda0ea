// Two DTLS endpoints on a network that a seed makes worse, in virtual time.
#pragma once

#include <hawser/core/buffer.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/dtls/endpoint.hpp>
#include <hawser/engine/random.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hawser::dtls::test {

inline Bytes bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text});
}
inline std::string text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Credentials that all tests share; their keys come from a seed.
const Identity& ecdsa_identity();
const Identity& ed25519_identity();
const Identity& rsa_identity();
/// The wall time at Instant{}.
WallClock wall();

/// Options that connect to each other: a certificate that anyone takes.
Options server_options();
Options client_options();
Psk some_psk();
/// Both have `some_psk()` and nothing else.
Options psk_options();

struct Weather {
    double loss = 0, duplication = 0, reordering = 0, corruption = 0;
};

/// Key-log lines and the names of handshake messages, as a tap sees them.
struct TapLog final : Tap {
    void seen(const Sighting& sighting) override;
    void secret(std::string_view line) override { secrets.emplace_back(line); }
    std::vector<std::string> secrets;
    std::vector<std::string> notes;
    std::vector<PacketId> ids; ///< of these
};

/// One end, and what it was told.
struct End {
    End(const EndpointOptions& options, std::uint64_t seed, Address address);

    SeededRandom random;
    PacketPool packets;
    BufferPool buffers;
    Endpoint endpoint;
    Address address;
    std::vector<Event> events;

    template <class E>
    const E* last() const {
        for (auto at = events.rbegin(); at != events.rend(); ++at) {
            if (const E* const event = std::get_if<E>(&*at)) return event;
        }
        return nullptr;
    }
    template <class E>
    std::size_t count() const {
        std::size_t count = 0;
        for (const Event& event : events)
            count += std::holds_alternative<E>(event) ? 1u : 0u;
        return count;
    }
    /// What was received, in order.
    std::vector<std::string> texts() const;
};

class Talk {
public:
    struct Flying {
        Instant at;
        std::uint64_t order;
        PacketId id; ///< the sender's
        Path path;   ///< as the receiver sees it
        Ancillary ancillary;
        std::vector<std::byte> bytes;
    };

    explicit Talk(std::uint64_t seed = 1, EndpointOptions options = {});

    /// Listens, connects, and runs until both are connected or `within` has passed.
    bool connect(const Options& client, const Options& server,
                 Duration within = std::chrono::seconds{120});
    /// Runs until nothing flies and nobody is owed anything, or until then.
    void run(Duration within = std::chrono::seconds{5});
    void run_until(Instant until, const std::function<bool()>& done);
    Result<> write(End& from, std::string_view text, const Ancillary& ancillary = {});
    /// One record each way, which must come, and the epochs in which they came: at the server, at
    /// the client.
    using Epochs = std::pair<std::uint64_t, std::uint64_t>;
    Epochs exchange();
    /// The connection leaves this end as a state and comes back from it, as in another process.
    void restart(End& end, const Options& options);
    ConnectionHandle& handle_of(const End& end) {
        return &end == &client ? client_handle : server_handle;
    }

    Instant now{};
    Weather weather;
    SeededRandom chance;
    End client;
    End server;
    ConnectionHandle client_handle{};
    ConnectionHandle server_handle{};
    /// Looks at, changes or takes a datagram that leaves: false drops it.
    std::function<bool(const End& from, Flying& datagram)> on_way;
    std::vector<Flying> flying;
    std::size_t datagrams = 0;
    std::uint64_t client_bytes = 0, server_bytes = 0;

private:
    void drain(End& end);
    void send(End& from, Transmit&& transmit);
    void deliver(Flying&& datagram);
    bool step(Instant until);

    std::uint64_t order_ = 0;
};

} // namespace hawser::dtls::test
