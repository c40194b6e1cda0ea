#include "engine/cookie_mac.hpp"

#include <algorithm>
#include <utility>

namespace hawser {

CookieMac::CookieMac(Random& random, Duration lifetime, Instant now)
    : random_{random},
      lifetime_{lifetime},
      rotated_at_{now},
      current_{fresh_secret()},
      previous_{fresh_secret()} {}

crypto::HmacSha256 CookieMac::fresh_secret() {
    std::array<std::byte, crypto::HmacSha256::kBytes> key;
    random_.fill(key);
    crypto::HmacSha256 secret{key};
    key.fill(std::byte{0});
    return secret;
}

void CookieMac::rotate(Instant now) {
    if (now - rotated_at_ < lifetime_) return;
    previous_ = std::move(current_);
    current_ = fresh_secret();
    rotated_at_ = now;
}

CookieMac::Code CookieMac::make(std::initializer_list<Bytes> parts, Instant now) {
    rotate(now);
    const auto whole = current_.compute(parts);
    Code code;
    std::copy_n(whole.begin(), kBytes, code.begin());
    return code;
}

bool CookieMac::verify(Bytes code, std::initializer_list<Bytes> parts, Instant now) {
    rotate(now);
    bool ours = false;
    for (crypto::HmacSha256* secret : {&current_, &previous_}) {
        const auto whole = secret->compute(parts);
        ours = crypto::equal_in_constant_time(Bytes{whole}.first(kBytes), code) || ours;
    }
    return ours;
}

} // namespace hawser
