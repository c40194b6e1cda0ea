#include "dtls/cookie.hpp"

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <chrono>

namespace hawser::dtls {

namespace {

constexpr std::size_t kTimeBytes = 4;

std::array<std::byte, 2> port_of(const Address& address) {
    std::array<std::byte, 2> port;
    wire::store_big(port.data(), address.port());
    return port;
}

} // namespace

CookieJar::CookieJar(Random& random, Duration lifetime, Instant now)
    : lifetime_{lifetime}, begun_{now}, mac_{random, lifetime, now} {}

std::uint32_t CookieJar::seconds(Instant now) const {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now - begun_).count());
}

bool CookieJar::is_fresh(std::uint32_t made, Instant now) const {
    const std::uint32_t age = seconds(now) - made;
    return std::chrono::seconds{age} <= lifetime_;
}

std::array<std::byte, CookieJar::kCookieBytes12> CookieJar::make12(const Address& from, Bytes hello,
                                                                   Instant now) {
    std::array<std::byte, kCookieBytes12> cookie;
    wire::store_big(cookie.data(), seconds(now));
    const auto code =
        mac_.make({from.octets(), port_of(from), Bytes{cookie}.first(kTimeBytes), hello}, now);
    std::ranges::copy(code, cookie.begin() + kTimeBytes);
    return cookie;
}

bool CookieJar::verify12(const Address& from, Bytes hello, Bytes cookie, Instant now) {
    if (cookie.size() != kCookieBytes12) return false;
    const Bytes made = cookie.first(kTimeBytes);
    return is_fresh(wire::load_big<std::uint32_t>(made.data()), now) &&
           mac_.verify(cookie.subspan(kTimeBytes), {from.octets(), port_of(from), made, hello},
                       now);
}

std::vector<std::byte> CookieJar::make13(const Address& from, const RetryState& state,
                                         Instant now) {
    std::vector<std::byte> cookie(128);
    wire::Writer out{cookie};
    out.u32(seconds(now));
    out.u16(static_cast<std::uint16_t>(state.suite));
    out.u16(state.group);
    wire::dtls::write_vector<1>(out, state.first_hello_hash);
    out.bytes(mac_.make({from.octets(), port_of(from), out.output()}, now));
    cookie.resize(out.written());
    return cookie;
}

std::optional<RetryState> CookieJar::verify13(const Address& from, Bytes cookie, Instant now) {
    if (cookie.size() <= CookieMac::kBytes) return std::nullopt;
    const Bytes content = cookie.first(cookie.size() - CookieMac::kBytes);
    const Bytes code = cookie.last(CookieMac::kBytes);
    if (!mac_.verify(code, {from.octets(), port_of(from), content}, now)) return std::nullopt;
    wire::Reader in{content};
    if (!is_fresh(in.u32(), now)) return std::nullopt;
    RetryState state;
    state.suite = static_cast<wire::dtls::CipherSuite>(in.u16());
    state.group = in.u16();
    const Bytes hash = wire::dtls::read_vector<1>(in);
    state.first_hello_hash.assign(hash.begin(), hash.end());
    if (!in.ok() || in.remaining() != 0) return std::nullopt;
    return state;
}

} // namespace hawser::dtls
