#include "dtls/cookie.hpp"

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <chrono>

namespace hawser::dtls {

namespace {

/// Of the code: half of it, so that a HelloRetryRequest stays below the hello it answers.
constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kTimeBytes = 4;

std::uint32_t seconds_since(Instant begun, Instant now) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now - begun).count());
}

} // namespace

CookieJar::CookieJar(Random& random, Duration lifetime, Instant now)
    : random_{random}, lifetime_{lifetime}, begun_{now}, rotate_at_{now} {
    rotate(now);
}

void CookieJar::rotate(Instant now) {
    if (now < rotate_at_) return;
    Key key;
    random_.fill(key);
    secrets_[1] = std::move(secrets_[0]);
    secrets_[0] = std::make_unique<crypto::HmacSha256>(key);
    key.fill(std::byte{0});
    rotate_at_ = now + lifetime_;
}

crypto::HmacSha256::Mac CookieJar::mac(std::size_t secret, const Address& from, Bytes content) {
    std::array<std::byte, 2> port;
    wire::store_big(port.data(), from.port());
    return secrets_[secret]->compute({from.octets(), port, content});
}

std::array<std::byte, CookieJar::kCookieBytes12> CookieJar::make12(const Address& from, Bytes hello,
                                                                   Instant now) {
    rotate(now);
    std::array<std::byte, kCookieBytes12> cookie;
    wire::store_big(cookie.data(), seconds_since(begun_, now));
    std::vector<std::byte> content{cookie.begin(), cookie.begin() + kTimeBytes};
    content.insert(content.end(), hello.begin(), hello.end());
    const auto code = mac(0, from, content);
    std::copy_n(code.begin(), kMacBytes, cookie.begin() + kTimeBytes);
    return cookie;
}

bool CookieJar::check12(const Address& from, Bytes hello, Bytes cookie, Instant now) {
    rotate(now);
    if (cookie.size() != kCookieBytes12) return false;
    const auto made = wire::load_big<std::uint32_t>(cookie.data());
    const std::uint32_t age = seconds_since(begun_, now) - made;
    if (std::chrono::seconds{age} > lifetime_) return false;
    std::vector<std::byte> content{cookie.begin(), cookie.begin() + kTimeBytes};
    content.insert(content.end(), hello.begin(), hello.end());
    for (std::size_t secret = 0; secret < secrets_.size(); ++secret) {
        if (secrets_[secret] == nullptr) continue;
        const auto code = mac(secret, from, content);
        if (crypto::equal_in_constant_time(Bytes{code}.first(kMacBytes),
                                           cookie.subspan(kTimeBytes)))
            return true;
    }
    return false;
}

std::vector<std::byte> CookieJar::make13(const Address& from, const RetryState& state,
                                         Instant now) {
    rotate(now);
    std::vector<std::byte> cookie(128);
    wire::Writer out{cookie};
    out.u32(seconds_since(begun_, now));
    out.u16(static_cast<std::uint16_t>(state.suite));
    out.u16(state.group);
    wire::dtls::write_vector<1>(out, state.first_hello_hash);
    const auto code = mac(0, from, out.output());
    out.bytes(Bytes{code}.first(kMacBytes));
    cookie.resize(out.written());
    return cookie;
}

std::optional<RetryState> CookieJar::check13(const Address& from, Bytes cookie, Instant now) {
    rotate(now);
    if (cookie.size() <= kMacBytes) return std::nullopt;
    const Bytes content = cookie.first(cookie.size() - kMacBytes);
    const Bytes shown = cookie.last(kMacBytes);
    bool ours = false;
    for (std::size_t secret = 0; secret < secrets_.size(); ++secret) {
        if (secrets_[secret] == nullptr) continue;
        const auto code = mac(secret, from, content);
        ours = ours || crypto::equal_in_constant_time(Bytes{code}.first(kMacBytes), shown);
    }
    if (!ours) return std::nullopt;
    wire::Reader in{content};
    const std::uint32_t age = seconds_since(begun_, now) - in.u32();
    if (std::chrono::seconds{age} > lifetime_) return std::nullopt;
    RetryState state;
    state.suite = static_cast<wire::dtls::CipherSuite>(in.u16());
    state.group = in.u16();
    const Bytes hash = wire::dtls::read_vector<1>(in);
    state.first_hello_hash.assign(hash.begin(), hash.end());
    if (!in.ok() || in.remaining() != 0) return std::nullopt;
    return state;
}

} // namespace hawser::dtls
