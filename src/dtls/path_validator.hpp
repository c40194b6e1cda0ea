// A peer that writes from somewhere new is asked there before it is believed (RFC 9853).
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/core/path.hpp>
#include <hawser/engine/random.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace hawser::dtls {

/// Asks one path at a time: again each second, and gives up after six. Before it has answered, a
/// path gets at most three times what came from it.
class PathValidator {
public:
    struct Challenge {
        Path to;
        std::uint64_t cookie;
    };

    /// An authentic record, newer than all before it, came from there in a datagram of `bytes`.
    /// True when that begins a validation: its first challenge is due.
    bool on_record(const Path& from, std::size_t bytes, Random& random, Instant now);
    /// True when another challenge is due. Gives up when it is time.
    bool advance(Instant now);
    /// After one of the above: what to ask; nullopt when a datagram of so many bytes is more than
    /// the path may get.
    std::optional<Challenge> challenge(std::size_t bytes, Instant now);
    Instant deadline() const;

    /// Whether it is the answer to what was asked.
    bool is_asked(std::uint64_t cookie) const { return asked_ && asked_->cookie == cookie; }
    /// The path that is asked; only where `is_asked` is true.
    const Path& candidate() const { return asked_->path; }
    /// Whatever came of it.
    void end() { asked_.reset(); }

private:
    struct Asked {
        Path path;
        std::uint64_t cookie = 0;
        std::uint64_t bytes_in = 0, bytes_out = 0;
        Instant again_at = kNever;
        Instant until = kNever;
    };
    std::unique_ptr<Asked> asked_;
};

} // namespace hawser::dtls
