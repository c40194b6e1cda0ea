#include "dtls/path_validator.hpp"

#include <algorithm>

namespace hawser::dtls {

namespace {

constexpr Duration kAgain = std::chrono::seconds{1};
constexpr Duration kGiveUp = std::chrono::seconds{6};
constexpr std::uint64_t kAmplificationMax = 3;

} // namespace

bool PathValidator::on_record(const Path& from, std::size_t bytes, Random& random, Instant now) {
    if (asked_ && asked_->path == from) {
        asked_->bytes_in += bytes;
        return false;
    }
    asked_ = std::make_unique<Asked>(
        Asked{.path = from, .cookie = random.u64(), .bytes_in = bytes, .until = now + kGiveUp});
    return true;
}

bool PathValidator::advance(Instant now) {
    if (asked_ && asked_->until <= now) end();
    return asked_ && asked_->again_at <= now;
}

std::optional<PathValidator::Challenge> PathValidator::challenge(std::size_t bytes, Instant now) {
    asked_->again_at = now + kAgain;
    if (asked_->bytes_out + bytes > kAmplificationMax * asked_->bytes_in) return std::nullopt;
    asked_->bytes_out += bytes;
    return Challenge{asked_->path, asked_->cookie};
}

Instant PathValidator::deadline() const {
    return asked_ ? std::min(asked_->again_at, asked_->until) : kNever;
}

} // namespace hawser::dtls
