// CRC32c with what x86-64 processors have for it.
#include "core/crc32c_impl.hpp"
#include "core/crc32c_polynomial.hpp"

#if defined(__x86_64__)

#include <algorithm>
#include <cstring>
#include <immintrin.h>
#include <utility>

// Functions that use an instruction say so, because the rest of the library is built for any
// processor of the family.
#define HAWSER_TARGET_SSE42 [[gnu::target("sse4.2,pclmul")]]
#define HAWSER_TARGET_FOLD [[gnu::target("sse4.2,pclmul,avx2,vpclmulqdq")]]

namespace hawser {
namespace {

std::uint64_t word_at(const std::byte* from) {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    return word;
}

/// The register after `bytes`, one instruction after the other: three cycles for each eight bytes.
HAWSER_TARGET_SSE42 std::uint64_t step_through(const std::byte* at, std::size_t count,
                                               std::uint64_t crc) {
    for (; count >= 8; at += 8, count -= 8)
        crc = _mm_crc32_u64(crc, word_at(at));
    auto narrow = static_cast<std::uint32_t>(crc);
    if ((count & 4) != 0) {
        std::uint32_t word;
        std::memcpy(&word, at, sizeof word);
        narrow = _mm_crc32_u32(narrow, word);
        at += 4;
    }
    if ((count & 2) != 0) {
        std::uint16_t word;
        std::memcpy(&word, at, sizeof word);
        narrow = _mm_crc32_u16(narrow, word);
        at += 2;
    }
    if ((count & 1) != 0) narrow = _mm_crc32_u8(narrow, std::to_integer<std::uint8_t>(*at));
    return narrow;
}

// --- three runs at once ---
//
// The crc32 instruction can start every cycle but answers after three, so three runs of equal
// length go side by side. A register is then carried over what came after its run: a product with a
// power of x, reduced by one more crc32.

/// Words of eight bytes in each of the three runs, at most.
constexpr std::size_t kRunWordsMax = 144;
/// Shorter inputs are stepped through: what is won does not pay for joining the runs.
constexpr std::size_t kThreeRunsBytesMin = 96;

constexpr auto kCarries = crc::make_carries<3 * kRunWordsMax>();

/// The register as it is after `words` words of zeros, but for the crc32 that reduces it.
HAWSER_TARGET_SSE42 std::uint64_t carried(std::uint64_t crc, std::size_t words) {
    const __m128i product =
        _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(crc)),
                             _mm_cvtsi32_si128(static_cast<int>(kCarries[words])), 0);
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
}

/// Three runs of `words` words each, from `at` on.
struct Runs {
    const std::byte* at;
    std::size_t words;
    std::uint64_t first;
    std::uint64_t second = 0;
    std::uint64_t third = 0;
};

/// Takes the next word of each run.
HAWSER_TARGET_SSE42 inline void step(Runs& runs, std::size_t word) {
    const std::byte* from = runs.at + word * 8;
    const std::size_t length = runs.words * 8;
    runs.first = _mm_crc32_u64(runs.first, word_at(from));
    runs.second = _mm_crc32_u64(runs.second, word_at(from + length));
    runs.third = _mm_crc32_u64(runs.third, word_at(from + 2 * length));
}

/// Several words, without a loop: one of a few rounds costs more than it does.
template <std::size_t... kWord>
HAWSER_TARGET_SSE42 inline void step_words(Runs& runs, std::size_t word,
                                           std::index_sequence<kWord...>) {
    (step(runs, word + kWord), ...);
}

/// The register after all three; `before` is what still has to be carried over all of them.
HAWSER_TARGET_SSE42 std::uint64_t join(const Runs& runs, std::uint64_t before) {
    const std::uint64_t sum =
        before ^ carried(runs.first, 2 * runs.words) ^ carried(runs.second, runs.words);
    return _mm_crc32_u64(0, sum) ^ runs.third;
}

HAWSER_TARGET_SSE42 std::uint64_t three_runs(const std::byte*& at, std::size_t& count,
                                             std::uint64_t crc) {
    while (count >= kThreeRunsBytesMin) {
        Runs runs{.at = at, .words = std::min(count / 24, kRunWordsMax), .first = crc};
        for (std::size_t word = 0; word < runs.words; ++word)
            step(runs, word);
        crc = join(runs, 0);
        at += 24 * runs.words;
        count -= 24 * runs.words;
    }
    return crc;
}

// --- folding beside three runs ---
//
// 128 bytes are kept as a polynomial in four registers of two lanes of 16 bytes. Each step carries
// all of it over the next 128 bytes: for each lane, both halves times a power of x modulo the
// polynomial. At the end the lanes are folded together, and crc32 reduces the last 16 bytes.
//
// The multiplier and the crc32 unit are apart, so the front of the input is folded while three runs
// step through the rest of it.

/// The two factors that carry a lane over `bits`: for its first half, which stands 64 bits higher,
/// and for its second. A factor is stored one bit up, so that products line up with the lanes.
struct Factors {
    std::uint64_t first;
    std::uint64_t second;
};

template <std::size_t kBits>
constexpr Factors kCarryOver{.first = std::uint64_t{crc::x_to_the(kBits + 32)} << 1,
                             .second = std::uint64_t{crc::x_to_the(kBits - 32)} << 1};

HAWSER_TARGET_FOLD __m128i lane_factors(const Factors& factors) {
    return _mm_set_epi64x(static_cast<long long>(factors.second),
                          static_cast<long long>(factors.first));
}

HAWSER_TARGET_FOLD __m256i factors_of(const Factors& factors) {
    return _mm256_broadcastsi128_si256(lane_factors(factors));
}

HAWSER_TARGET_FOLD __m256i fold(__m256i lanes, __m256i factors) {
    return _mm256_xor_si256(_mm256_clmulepi64_epi128(lanes, factors, 0x00),
                            _mm256_clmulepi64_epi128(lanes, factors, 0x11));
}

HAWSER_TARGET_FOLD __m256i lanes_at(const std::byte* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

constexpr std::size_t kFoldBytes = 128;
/// Words of each run beside one folding step: both units are busy for as long.
constexpr std::size_t kStepWords = 5;
constexpr std::size_t kStepBytes = kFoldBytes + 3 * 8 * kStepWords;
constexpr std::size_t kStepsMax = 24;
constexpr std::size_t kFoldBytesMin = kFoldBytes + kStepBytes;
static_assert((kStepsMax + 1) * kStepWords + kStepBytes / 24 <= kRunWordsMax);

struct Lanes {
    __m256i a, b, c, d;
};

HAWSER_TARGET_FOLD inline Lanes lanes_of(const std::byte* from) {
    return {lanes_at(from), lanes_at(from + 32), lanes_at(from + 64), lanes_at(from + 96)};
}

/// The register after what the lanes stand for.
HAWSER_TARGET_FOLD std::uint64_t reduce(const Lanes& lanes) {
    const __m256i sum =
        _mm256_xor_si256(_mm256_xor_si256(fold(lanes.a, factors_of(kCarryOver<768>)),
                                          fold(lanes.b, factors_of(kCarryOver<512>))),
                         _mm256_xor_si256(fold(lanes.c, factors_of(kCarryOver<256>)), lanes.d));
    const __m128i low = _mm256_castsi256_si128(sum);
    const __m128i factors = lane_factors(kCarryOver<128>);
    const __m128i last = _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(low, factors, 0x00),
                                                     _mm_clmulepi64_si128(low, factors, 0x11)),
                                       _mm256_extracti128_si256(sum, 1));
    const auto first_half = static_cast<std::uint64_t>(_mm_cvtsi128_si64(last));
    const auto second_half = static_cast<std::uint64_t>(_mm_extract_epi64(last, 1));
    return _mm_crc32_u64(_mm_crc32_u64(0, first_half), second_half);
}

HAWSER_TARGET_FOLD std::uint64_t fold_and_run(const std::byte*& at, std::size_t& count,
                                              std::uint64_t crc) {
    const __m256i far = factors_of(kCarryOver<8 * kFoldBytes>);
    while (count >= kFoldBytesMin) {
        const std::size_t steps = std::min((count - kFoldBytes) / kStepBytes, kStepsMax);
        const std::size_t folded = kFoldBytes * (steps + 1);
        Runs runs{
            .at = at + folded, .words = std::min((count - folded) / 24, kRunWordsMax), .first = 0};
        Lanes lanes = lanes_of(at);
        lanes.a =
            _mm256_xor_si256(lanes.a, _mm256_set_epi64x(0, 0, 0, static_cast<long long>(crc)));
        std::size_t word = 0;
        for (std::size_t i = 1; i <= steps; ++i) {
            const Lanes next = lanes_of(at + i * kFoldBytes);
            lanes.a = _mm256_xor_si256(fold(lanes.a, far), next.a);
            lanes.b = _mm256_xor_si256(fold(lanes.b, far), next.b);
            lanes.c = _mm256_xor_si256(fold(lanes.c, far), next.c);
            lanes.d = _mm256_xor_si256(fold(lanes.d, far), next.d);
            for (std::size_t k = 0; k < kStepWords; ++k)
                step(runs, word++);
        }
        for (; word < runs.words; ++word)
            step(runs, word);
        crc = join(runs, carried(reduce(lanes), 3 * runs.words));
        at += folded + 24 * runs.words;
        count -= folded + 24 * runs.words;
    }
    return crc;
}

} // namespace

HAWSER_TARGET_SSE42 std::uint32_t crc32c_three_runs(Bytes bytes, std::uint32_t seed) {
    const std::byte* at = bytes.data();
    std::size_t count = bytes.size();
    const std::uint64_t crc = three_runs(at, count, std::uint32_t{~seed});
    return ~static_cast<std::uint32_t>(step_through(at, count, crc));
}

HAWSER_TARGET_FOLD std::uint32_t crc32c_fold(Bytes bytes, std::uint32_t seed) {
    if (bytes.size() < kFoldBytesMin) return crc32c_three_runs(bytes, seed);
    const std::byte* at = bytes.data();
    std::size_t count = bytes.size();
    const std::uint64_t crc = fold_and_run(at, count, std::uint32_t{~seed});
    return ~static_cast<std::uint32_t>(step_through(at, count, crc));
}

} // namespace hawser

#endif
