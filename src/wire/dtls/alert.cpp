#include <hawser/wire/dtls/alert.hpp>

#include <hawser/wire/dtls/vectors.hpp>

#include <utility>

namespace hawser::wire::dtls {

Result<Alert> Alert::parse(Bytes payload) {
    Reader in{payload};
    Alert alert;
    alert.level = AlertLevel{in.u8()};
    alert.description = AlertDescription{in.u8()};
    return finish_exactly(in, alert, "alert is not two bytes");
}

void Alert::write(Writer& out) const {
    out.u8(std::to_underlying(level));
    out.u8(std::to_underlying(description));
}

} // namespace hawser::wire::dtls
