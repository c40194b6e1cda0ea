#include <hawser/wire/sctp/pad.hpp>

namespace hawser::wire::sctp {

Result<Pad> Pad::parse(Bytes value) {
    return Pad{.data_bytes = value.size()};
}

void Pad::write(Writer& out) const {
    write_chunk(out, kType, 0, [this](Writer& to) { to.zeros(data_bytes); });
}

} // namespace hawser::wire::sctp
