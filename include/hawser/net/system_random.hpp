// Unpredictable bytes from the kernel.
#pragma once

#include <hawser/engine/random.hpp>

#include <array>
#include <cstddef>

namespace hawser::net {

/// getrandom(2), read ahead in blocks so that a `u32()` costs no system call. Bytes that were
/// handed out are wiped from the block. One shard, one thread.
class SystemRandom final : public Random {
public:
    SystemRandom() = default;
    SystemRandom(const SystemRandom&) = delete;
    SystemRandom& operator=(const SystemRandom&) = delete;
    ~SystemRandom() override;

    void fill(MutableBytes out) override;

private:
    static constexpr std::size_t kBlockBytes = 512;

    std::array<std::byte, kBlockBytes> block_{};
    std::size_t used_ = kBlockBytes;
};

} // namespace hawser::net
