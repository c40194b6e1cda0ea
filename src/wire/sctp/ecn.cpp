#include <hawser/wire/sctp/ecn.hpp>

#include <hawser/wire/reader.hpp>

#include <cstdint>
#include <string_view>

namespace hawser::wire::sctp {
namespace {

template <class T>
Result<T> parse_tsn(Bytes value, std::string_view what) {
    if (value.size() != sizeof(std::uint32_t)) return fail(Errc::malformed, what);
    return T{.lowest_tsn = {Reader{value}.u32()}};
}

template <class T>
void write_tsn(Writer& out, const T& chunk) {
    write_chunk(out, T::kType, 0, [&](Writer& to) { to.u32(chunk.lowest_tsn.value); });
}

} // namespace

Result<Ecne> Ecne::parse(Bytes value) {
    return parse_tsn<Ecne>(value, "ECNE length");
}

void Ecne::write(Writer& out) const {
    write_tsn(out, *this);
}

Result<Cwr> Cwr::parse(Bytes value) {
    return parse_tsn<Cwr>(value, "CWR length");
}

void Cwr::write(Writer& out) const {
    write_tsn(out, *this);
}

} // namespace hawser::wire::sctp
