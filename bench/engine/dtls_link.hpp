// Two DTLS engines that hand each other their datagrams in memory: no socket, one core.
#pragma once

#include "row.hpp"

#include <hawser/dtls/endpoint.hpp>
#include <hawser/engine/random.hpp>

#include <cstdint>
#include <optional>

namespace hawser::bench {

class DtlsLink {
public:
    DtlsLink(const dtls::Options& client, const dtls::Options& server);

    /// One more connection, up at both ends when this returns: the client's and the server's.
    struct Pair {
        dtls::ConnectionHandle client, server;
    };
    Outcome<Pair> connect(Instant now);
    /// Carries datagrams over until neither end has any.
    Outcome<> settle(Instant now);

    dtls::Endpoint& client() { return client_.endpoint; }
    dtls::Endpoint& server() { return server_.endpoint; }
    PacketPool& packets() { return client_.packets; }
    /// As the server sees what the client sends.
    Path path_to_server(std::uint64_t connection) const;

private:
    struct End {
        explicit End(Random& random);
        PacketPool packets;
        BufferPool buffers;
        dtls::Endpoint endpoint;
        std::optional<dtls::ConnectionHandle> connected;
        std::string failed;
    };
    Outcome<bool> carry(End& from, End& to, Instant now);

    SeededRandom random_;
    dtls::Options client_options_;
    Result<> listening_;
    End client_;
    End server_;
    std::uint64_t connections_ = 0;
};

} // namespace hawser::bench
