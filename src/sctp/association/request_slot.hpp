// Control chunks that must arrive: asked until they are answered, answered once.
#pragma once

#include "sctp/association/request.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/core/check.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace hawser::sctp {

/// The one request of a kind that may be outstanding (RFC 6525 §5.1.1, RFC 5061 §5.1 C): the whole
/// chunk, which goes again unchanged, and its timer.
class RequestSlot {
public:
    /// `first` is the number of the first request.
    explicit RequestSlot(RequestNumber first) : next_{first} {}

    bool taken() const { return !chunk_.empty(); }
    /// The number of the next request.
    RequestNumber next() const { return next_; }
    /// Asks with a chunk whose request has the number `next()`.
    void ask(std::vector<std::byte> chunk) {
        HAWSER_ASSERT(!taken());
        chunk_ = std::move(chunk);
        timer_ = Request{};
        waits_ = false;
        next_ = next_.next();
    }
    /// This number is the outstanding request's.
    bool is_asked(RequestNumber number) const { return taken() && number.next() == next_; }
    /// The peer is at it (RFC 6525 §5.2.7): the same is asked again later, which blames nobody.
    void put_off(Instant now, Duration pause) {
        timer_.pause(now, pause);
        waits_ = true;
    }
    /// It was answered, or nobody wants to know any more.
    void end() { chunk_.clear(); }

    // --- on the wire ---

    /// What is to leave with the next packet; empty: nothing.
    Bytes due() const { return taken() && timer_.due() ? Bytes{chunk_} : Bytes{}; }
    void left(Instant now, Duration rto, std::uint8_t destination = 0) {
        timer_.left(now, rto, destination);
    }
    /// Where it was last sent to.
    std::uint8_t destination() const { return timer_.destination(); }
    void moved(std::uint8_t from, std::uint8_t to) { timer_.moved(from, to); }
    Instant deadline() const { return taken() ? timer_.deadline() : kNever; }
    /// When its time is up it goes again; true when that counts as one more that was not answered.
    bool expires(Instant now) {
        if (!taken() || !timer_.expired(now)) return false;
        timer_.ask_again();
        return !std::exchange(waits_, false);
    }

private:
    friend struct StateAccess;
    std::vector<std::byte> chunk_;
    Request timer_;
    RequestNumber next_;
    bool waits_ = false; // the peer has said so
};

/// What the peer's requests of a kind were answered with: one that comes again is answered the
/// same, and nothing is done twice. RE-CONFIG brings two at most at a time (RFC 6525 §3.1).
template <class Answer>
class AnsweredRequests {
public:
    /// `first` is the number of the peer's first request.
    explicit AnsweredRequests(RequestNumber first) : expected_{first} {}

    /// The number of the last request that was new.
    RequestNumber last() const { return expected_.previous(); }
    bool is_new(RequestNumber number) const { return number == expected_; }
    /// The answer to one of the last requests; null for any other number.
    Answer* find(RequestNumber number) {
        for (auto& known : known_) {
            if (known && known->number == number) return &known->answer;
        }
        return nullptr;
    }
    /// Keeps the answer to a new one.
    void answered(RequestNumber number, Answer answer) {
        HAWSER_ASSERT(is_new(number));
        known_[0] = std::exchange(known_[1], Known{number, std::move(answer)});
        expected_ = number.next();
    }

private:
    friend struct StateAccess;
    struct Known {
        RequestNumber number;
        Answer answer;
    };
    RequestNumber expected_;
    std::array<std::optional<Known>, 2> known_;
};

} // namespace hawser::sctp
