// What hides the numbers of records that have not been looked at yet.
#pragma once

#include "crypto/record_number_cipher.hpp"

#include <hawser/core/bytes.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace hawser::dtls {

/// The records of a train have their samples at one place in each of its datagrams, so that the
/// masks of the next ones cost little when the first one is made. A guess: a mask is of the sample
/// that it was made of, and of no other.
class MasksAhead {
public:
    static constexpr std::size_t kSampleBytes = crypto::RecordNumberCipher::kSampleBytes;
    using Sample = std::array<std::byte, kSampleBytes>;
    using Mask = crypto::RecordNumberCipher::Mask;

    /// Where the samples after this one stand, as far as one can tell: in the first bytes of
    /// `upcoming`, and then `stride` further on each.
    struct Train {
        Bytes upcoming;
        std::size_t stride = 0;
    };

    /// `sample` has kSampleBytes.
    const Mask& mask(crypto::RecordNumberCipher& cipher, std::uint64_t key, const std::byte* sample,
                     Train train) {
        if (next_ == count_ || key != key_ ||
            std::memcmp(samples_[next_].data(), sample, kSampleBytes) != 0)
            look_ahead(cipher, key, sample, train);
        return masks_[next_++];
    }

private:
    static constexpr std::size_t kMost = 16;

    void look_ahead(crypto::RecordNumberCipher& cipher, std::uint64_t key, const std::byte* sample,
                    Train train) {
        const auto take = [this](const std::byte* from) {
            std::memcpy(samples_[count_++].data(), from, kSampleBytes);
        };
        count_ = next_ = 0;
        key_ = key;
        take(sample);
        while (count_ < kMost && train.upcoming.size() >= kSampleBytes) {
            take(train.upcoming.data());
            train.upcoming = train.upcoming.subspan(std::min(train.stride, train.upcoming.size()));
        }
        masks_ = samples_;
        cipher.masks(MutableBytes{masks_.front().data(), count_ * kSampleBytes});
    }

    std::uint64_t key_ = 0;
    std::size_t next_ = 0;
    std::size_t count_ = 0;
    std::array<Sample, kMost> samples_{};
    std::array<Mask, kMost> masks_{};
};

} // namespace hawser::dtls
