// Numbers that wrap.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace hawser {

/// A sequence number in a circle of 2^n, compared as RFC 1982 §3.2 says.
///
/// There is no `operator<` on purpose. Order on a circle is not transitive, so a Serial must never
/// be the key of a `std::map` or the subject of a `std::sort`: unwrap it to 64 bits first.
template <class Tag, std::unsigned_integral T>
struct Serial {
    using Value = T;
    using Distance = std::make_signed_t<T>;

    T value = 0;

    friend constexpr bool operator==(Serial, Serial) = default;

    /// True when `other` is 1 to 2^(n-1) - 1 steps ahead of this one.
    constexpr bool precedes(Serial other) const {
        constexpr T kHalf = static_cast<T>(T{1} << (std::numeric_limits<T>::digits - 1));
        return *this != other && static_cast<T>(other.value - value) < kHalf;
    }

    /// True when `other` is this one or ahead of it.
    constexpr bool precedes_or_is(Serial other) const { return *this == other || precedes(other); }

    /// Steps forward from `earlier` to this one, 0 to 2^n - 1.
    constexpr T steps_from(Serial earlier) const { return static_cast<T>(value - earlier.value); }

    constexpr Serial next() const { return {static_cast<T>(value + 1)}; }
    constexpr Serial previous() const { return {static_cast<T>(value - 1)}; }
    constexpr Serial plus(T steps) const { return {static_cast<T>(value + steps)}; }
};

} // namespace hawser
