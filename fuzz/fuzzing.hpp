// What every fuzz target needs.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/check.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hawser::fuzz {

inline Bytes input_of(const std::uint8_t* data, std::size_t size) {
    return std::as_bytes(std::span{data, size});
}

inline bool same(Bytes a, Bytes b) {
    return std::ranges::equal(a, b);
}

/// What `write` writes; it has to fit the largest packet there is.
template <class Write>
std::vector<std::byte> written(Write&& write) {
    static std::vector<std::byte> room(std::size_t{2} * 65'536); // once: inputs are many and small
    wire::Writer out{room};
    write(out);
    HAWSER_ASSERT(out.ok());
    return {out.output().begin(), out.output().end()};
}

} // namespace hawser::fuzz
