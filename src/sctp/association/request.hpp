// A chunk that goes again until the peer answers it.
#pragma once

#include <hawser/core/instant.hpp>

#include <cstdint>

namespace hawser::sctp {

/// One request and its timer: INIT (T1-init), COOKIE ECHO (T1-cookie), SHUTDOWN and SHUTDOWN ACK
/// (T2-shutdown). It ends with the state that owns it, so that no timer outlives its question. How
/// often it may go unanswered is its owner's to say.
class Request {
public:
    /// Is to leave with the next packet.
    bool due() const { return due_; }
    /// It has left, to one of the destinations; its timer runs from the first transmission since it
    /// was asked.
    void left(Instant now, Duration rto, std::uint8_t destination = 0) {
        due_ = false;
        destination_ = destination;
        if (expires_ != kNever) return;
        left_at_ = now;
        expires_ = after(now, rto);
    }
    bool expired(Instant now) const { return expires_ <= now; }
    /// It goes again, and the timer with it.
    void ask_again() {
        due_ = true;
        expires_ = kNever;
    }
    /// Nothing leaves before `pause` is over.
    void pause(Instant now, Duration pause) {
        due_ = false;
        expires_ = after(now, pause);
    }
    /// It goes once more; the timer runs on.
    void repeat() { due_ = true; }

    /// When it last began to wait for its answer; kNever before it has left.
    Instant left_at() const { return left_at_; }
    Instant deadline() const { return expires_; }
    /// Where it was last sent to.
    std::uint8_t destination() const { return destination_; }
    /// Where it was sent to is no more: another stands for it.
    void moved(std::uint8_t from, std::uint8_t to) {
        if (destination_ == from) destination_ = to;
    }

private:
    friend struct StateAccess;
    bool due_ = true;
    std::uint8_t destination_ = 0;
    Instant expires_ = kNever;
    Instant left_at_ = kNever;
};

} // namespace hawser::sctp
