#include <hawser/core/check.hpp>

#include <cstdio>
#include <cstdlib>

namespace hawser {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "hawser: broken assumption: %s (%s:%d)\n", expression, file, line);
    std::abort();
}

} // namespace hawser
