// One conversation over DTLS on a bad network: drawn from a seed, checked against what it promises.
#pragma once

#include "dtls/talk.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace hawser::test {

/// What a seed decides before the first datagram.
struct DtlsPlan {
    explicit DtlsPlan(std::uint64_t seed);

    dtls::Options client;
    dtls::Options server;
    dtls::test::Weather weather;
    bool client_moves = false; ///< its address may change: the server finds it by connection ID
};

/// Every handshake completes, every record is delivered at most once and as it was written, and
/// the connection is there at the end. Failures are gtest's.
class DtlsSimulation {
public:
    explicit DtlsSimulation(std::uint64_t seed);
    void run();
    /// Of every datagram that was sent, and when.
    std::uint64_t fingerprint() const { return fingerprint_; }

private:
    using End = dtls::test::End;

    bool on_way(const End& from, dtls::test::Talk::Flying& datagram);
    void act();
    void write(End& from);
    void update_keys(End& end);
    void settle();
    void check(const End& to, const std::set<std::string>& sent);
    std::string why() const;

    std::uint64_t seed_;
    DtlsPlan plan_;
    dtls::test::Talk talk_;
    Address client_outside_;
    std::set<std::string> client_sent_, server_sent_;
    std::uint64_t fingerprint_ = 0xcbf2'9ce4'8422'2325;
};

} // namespace hawser::test
