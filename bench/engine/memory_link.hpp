// Two SCTP engines that hand each other their packets in memory: no socket, no copy, one core.
#pragma once

#include "row.hpp"

#include <hawser/engine/random.hpp>
#include <hawser/sctp/endpoint.hpp>

#include <cstdint>
#include <optional>
#include <set>

namespace hawser::bench {

/// `client` connects to `server`. The user of this class says what time it is.
class MemoryLink {
public:
    static constexpr std::uint16_t kPort = 5001;

    explicit MemoryLink(const sctp::Options& options = {});

    /// Makes one more association, which is up when this returns. `port` is the server's SCTP port.
    Outcome<sctp::AssociationId> connect(Instant now, const sctp::ConnectOptions& options = {},
                                         std::uint16_t port = kPort);
    /// Carries packets over until neither end has any, takes their events, and fires what is due.
    void settle(Instant now);

    sctp::Endpoint& client() { return client_.endpoint; }
    sctp::Endpoint& server() { return server_.endpoint; }
    std::uint64_t bytes_received() const { return server_.bytes_received; }
    std::uint64_t messages_received() const { return server_.messages_received; }
    std::uint64_t packets() const { return packets_; }

private:
    struct End {
        End(const sctp::Options& options, Random& random, Address own, Address other);

        PacketPool packets;
        BufferPool buffers;
        sctp::Endpoint endpoint;
        Path path; ///< of what it sends
        std::uint64_t connected = 0;
        std::uint64_t bytes_received = 0;
        std::uint64_t messages_received = 0;
    };

    /// Answers whether there was anything.
    bool carry(End& from, End& to, Instant now);
    static void take_events(End& end);

    SeededRandom random_;
    End client_;
    End server_;
    std::set<std::uint16_t> listening_;
    std::uint64_t packets_ = 0;
};

} // namespace hawser::bench
