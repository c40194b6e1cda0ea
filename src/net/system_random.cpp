#include <hawser/net/system_random.hpp>

#include <hawser/core/check.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/random.h>

namespace hawser::net {
namespace {

/// The kernel has no reason to refuse but an early boot or a filter of system calls; without
/// entropy nothing that is built on it would be safe.
void read_kernel(MutableBytes out) {
    while (!out.empty()) {
        const ssize_t got = getrandom(out.data(), out.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        HAWSER_ASSERT(got > 0);
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

} // namespace

SystemRandom::~SystemRandom() {
    explicit_bzero(block_.data(), block_.size());
}

void SystemRandom::fill(MutableBytes out) {
    if (out.size() > kBlockBytes) return read_kernel(out);
    if (out.size() > kBlockBytes - used_) {
        read_kernel(block_);
        used_ = 0;
    }
    const MutableBytes from = MutableBytes{block_}.subspan(used_, out.size());
    std::ranges::copy(from, out.begin());
    explicit_bzero(from.data(), from.size()); // what was given out is nobody's to find here
    used_ += out.size();
}

} // namespace hawser::net
