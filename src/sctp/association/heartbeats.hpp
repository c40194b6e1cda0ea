// Heartbeats that have no answer yet.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace hawser::sctp {

/// RFC 9260 §8.3. What travels is a 64-bit nonce and nothing else: the rest stays here, so that a
/// forged answer tells us nothing and ours tells nobody anything.
class Heartbeats {
public:
    static constexpr std::size_t kPendingMax = 16;
    static constexpr std::size_t kInfoBytes = 8;

    struct Pending {
        std::uint64_t nonce;
        std::uint64_t context;
        Instant sent_at;
        Instant gives_up_at;
        Address source;           ///< of ours
        std::uint8_t destination; ///< that was asked
        bool for_user;
    };

    bool full() const { return pending_.size() >= kPendingMax; }
    void add(const Pending& heartbeat) { pending_.push_back(heartbeat); }

    /// The one that this info answers, taken out; nullopt when it is none of ours.
    std::optional<Pending> answered(Bytes info) {
        if (info.size() != kInfoBytes) return std::nullopt;
        const std::uint64_t nonce = wire::Reader{info}.u64();
        for (auto it = pending_.begin(); it != pending_.end(); ++it) {
            if (it->nonce != nonce) continue;
            const Pending found = *it;
            pending_.erase(it);
            return found;
        }
        return std::nullopt;
    }

    /// One of our own, not of the user's.
    bool any_to(std::uint8_t destination) const {
        return std::ranges::any_of(pending_, [&](const Pending& heartbeat) {
            return heartbeat.destination == destination && !heartbeat.for_user;
        });
    }

    /// One that went there, taken out; nullopt without any.
    std::optional<Pending> take_to(std::uint8_t destination) {
        for (auto it = pending_.begin(); it != pending_.end(); ++it) {
            if (it->destination != destination) continue;
            const Pending found = *it;
            pending_.erase(it);
            return found;
        }
        return std::nullopt;
    }

    /// The next that nobody answered in time, taken out.
    std::optional<Pending> overdue(Instant now) {
        for (auto it = pending_.begin(); it != pending_.end(); ++it) {
            if (it->gives_up_at > now) continue;
            const Pending found = *it;
            pending_.erase(it);
            return found;
        }
        return std::nullopt;
    }

    Instant deadline() const {
        Instant earliest = kNever;
        for (const Pending& heartbeat : pending_) {
            earliest = std::min(earliest, heartbeat.gives_up_at);
        }
        return earliest;
    }

private:
    friend struct StateAccess;
    std::vector<Pending> pending_;
};

} // namespace hawser::sctp
