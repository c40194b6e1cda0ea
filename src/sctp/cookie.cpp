#include "sctp/cookie.hpp"

#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {
namespace {

using Content = std::array<std::byte, CookieJar::kBytes - CookieJar::kMacBytes>;

std::uint32_t raw(VerificationTag tag) {
    return std::to_underlying(tag);
}

Content write(const Cookie& cookie) {
    Content content{};
    wire::Writer out{content};
    // Nanoseconds leave the top bit free, and a cookie should be no longer than it must.
    const auto made_at = static_cast<std::uint64_t>(cookie.made_at.time_since_epoch().count());
    out.u64(made_at << 1 | (cookie.zero_checksum ? 1 : 0));
    out.u32(raw(cookie.local_tag));
    out.u32(raw(cookie.peer_tag));
    out.u32(cookie.local_initial_tsn.value);
    out.u32(cookie.peer_initial_tsn.value);
    out.u32(cookie.peer_window_bytes);
    out.u16(cookie.outbound_streams);
    out.u16(cookie.inbound_streams);
    out.u32(cookie.ties.local);
    out.u32(cookie.ties.peer);
    out.u32(cookie.peer_addresses);
    return content;
}

Cookie read(Bytes content) {
    wire::Reader in{content};
    Cookie cookie;
    const std::uint64_t made_at = in.u64();
    cookie.made_at = Instant{Duration{static_cast<std::int64_t>(made_at >> 1)}};
    cookie.zero_checksum = (made_at & 1) != 0;
    cookie.local_tag = VerificationTag{in.u32()};
    cookie.peer_tag = VerificationTag{in.u32()};
    cookie.local_initial_tsn = {in.u32()};
    cookie.peer_initial_tsn = {in.u32()};
    cookie.peer_window_bytes = in.u32();
    cookie.outbound_streams = in.u16();
    cookie.inbound_streams = in.u16();
    cookie.ties.local = in.u32();
    cookie.ties.peer = in.u32();
    cookie.peer_addresses = in.u32();
    return cookie;
}

crypto::HmacSha256::Mac sign(crypto::HmacSha256& secret, Bytes content,
                             const CookieBinding& binding) {
    const std::array<std::byte, 4> ports{
        std::byte(binding.local_port >> 8), std::byte(binding.local_port & 0xff),
        std::byte(binding.remote_port >> 8), std::byte(binding.remote_port & 0xff)};
    return secret.compute(
        {content, ports, binding.path.local.octets(), binding.path.remote.octets()});
}

} // namespace

CookieJar::CookieJar(Random& random, Duration lifetime, Instant now)
    : random_{random},
      lifetime_{lifetime},
      rotated_at_{now},
      current_{fresh_secret()},
      previous_{fresh_secret()} {}

crypto::HmacSha256 CookieJar::fresh_secret() {
    std::array<std::byte, crypto::HmacSha256::kBytes> key;
    random_.fill(key);
    return crypto::HmacSha256{key};
}

void CookieJar::rotate(Instant now) {
    if (now - rotated_at_ < lifetime_) return;
    previous_ = std::move(current_);
    current_ = fresh_secret();
    rotated_at_ = now;
}

CookieJar::Baked CookieJar::bake(const Cookie& cookie, const CookieBinding& binding, Instant now) {
    rotate(now);
    const Content content = write(cookie);
    const auto mac = sign(current_, content, binding);
    Baked baked;
    const auto end = std::ranges::copy(content, baked.begin()).out;
    std::copy_n(mac.begin(), kMacBytes, end);
    return baked;
}

std::optional<Cookie> CookieJar::taste(Bytes baked, const CookieBinding& binding, Instant now) {
    if (baked.size() != kBytes) return std::nullopt;
    rotate(now);
    const Bytes content = baked.first(kBytes - kMacBytes);
    for (crypto::HmacSha256* secret : {&current_, &previous_}) {
        const auto mac = sign(*secret, content, binding);
        if (crypto::equal_in_constant_time(Bytes{mac}.first(kMacBytes), baked.last(kMacBytes))) {
            return read(content);
        }
    }
    return std::nullopt;
}

} // namespace hawser::sctp
