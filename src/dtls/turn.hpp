// One turn of a handshake: when it is, and what it wants done, in that order.
#pragma once

#include "dtls/inbox.hpp"
#include "dtls/key_schedule.hpp"
#include "dtls/record_keys.hpp"

#include <hawser/core/instant.hpp>
#include <hawser/dtls/events.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hawser::dtls {

class Handshake;

/// A flight takes the place of the one before it, which the peer has answered.
struct BeginFlight {};
/// A message for the flight.
struct QueueMessage {
    HandshakeType type;
    std::uint16_t sequence; ///< message_seq
    std::uint64_t epoch;    ///< that it is sealed in
    std::vector<std::byte> body;
};
struct QueueChangeCipherSpec {
    std::uint64_t epoch;
};
/// Sends what is queued, and again until it is answered; `last`: only when asked for again.
struct SendFlight {
    bool last;
};
/// Closes the datagram that handshake records are gathered in.
struct CloseDatagram {};
struct InstallRead {
    RecordKeys keys;
};
struct InstallWrite {
    RecordKeys keys;
};
/// Fragments of lower epochs are not looked at from now on.
struct RequireEpoch {
    std::uint64_t epoch;
};
/// Says now which records of the peer's have come: nothing else that follows says it.
struct Acknowledge {};
/// What our records carry from now on; may be empty.
struct UsePeerCid {
    std::vector<std::byte> cid;
};
/// The ID that was issued is not used after all.
struct DropOwnCid {};
/// A line for SSLKEYLOGFILE.
struct LogSecret {
    std::string_view label;
    HelloRandom client_random;
    Secret secret;
};
/// The version is certain: the rest is done by a handshake of its own.
struct GoOnWith {
    std::unique_ptr<Handshake> handshake;
};
/// The handshake has done its work. It says so before its last actions are done: each names its
/// own epoch.
struct Establish {
    Connected event;
};
/// Client: a session that can be taken up later.
struct GiveSession {
    Session session;
};

using Action = std::variant<BeginFlight, QueueMessage, QueueChangeCipherSpec, SendFlight,
                            CloseDatagram, InstallRead, InstallWrite, RequireEpoch, Acknowledge,
                            UsePeerCid, DropOwnCid, LogSecret, GoOnWith, Establish, GiveSession>;

struct Turn {
    Turn(Instant at, std::chrono::sys_seconds wall_clock);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Instant now;
    std::chrono::sys_seconds wall;
    std::vector<Action> actions;

    template <class One>
    void then(One&& action) {
        actions.emplace_back(std::forward<One>(action));
    }
};

} // namespace hawser::dtls
