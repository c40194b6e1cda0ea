#include <hawser/wire/dtls/key_exchange.hpp>

#include <utility>

namespace hawser::wire::dtls {

std::optional<EcdhParams> EcdhParams::take(Reader& in) {
    const std::uint8_t curve_type = in.u8();
    EcdhParams params;
    params.group = NamedGroup{in.u16()};
    params.point = read_vector<1>(in);
    if (!in.ok() || curve_type != kNamedCurve || params.point.empty()) return std::nullopt;
    return params;
}

void EcdhParams::write(Writer& out) const {
    if (point.empty()) return out.fail();
    out.u8(kNamedCurve);
    out.u16(std::to_underlying(group));
    write_vector<1>(out, point);
}

Result<EcdheServerKeyExchange> EcdheServerKeyExchange::parse(Bytes body) {
    Reader in{body};
    const auto params = EcdhParams::take(in);
    if (!params) return fail(Errc::malformed, "params of ServerKeyExchange");
    EcdheServerKeyExchange exchange;
    exchange.params = *params;
    exchange.signed_params = body.first(body.size() - in.remaining());
    exchange.scheme = SignatureScheme{in.u16()};
    exchange.signature = read_vector<2>(in);
    return finish_exactly(in, exchange, "ServerKeyExchange and its length differ");
}

void EcdheServerKeyExchange::write(Writer& out) const {
    params.write(out);
    out.u16(std::to_underlying(scheme));
    write_vector<2>(out, signature);
}

Result<PskServerKeyExchange> PskServerKeyExchange::parse(Bytes body) {
    Reader in{body};
    const PskServerKeyExchange exchange{.identity_hint = read_vector<2>(in)};
    return finish_exactly(in, exchange, "ServerKeyExchange and its length differ");
}

void PskServerKeyExchange::write(Writer& out) const {
    write_vector<2>(out, identity_hint);
}

Result<EcdhePskServerKeyExchange> EcdhePskServerKeyExchange::parse(Bytes body) {
    Reader in{body};
    EcdhePskServerKeyExchange exchange;
    exchange.identity_hint = read_vector<2>(in);
    const auto params = EcdhParams::take(in);
    if (!params) return fail(Errc::malformed, "params of ServerKeyExchange");
    exchange.params = *params;
    return finish_exactly(in, exchange, "ServerKeyExchange and its length differ");
}

void EcdhePskServerKeyExchange::write(Writer& out) const {
    write_vector<2>(out, identity_hint);
    params.write(out);
}

Result<EcdheClientKeyExchange> EcdheClientKeyExchange::parse(Bytes body) {
    Reader in{body};
    const EcdheClientKeyExchange exchange{.point = read_vector<1>(in)};
    if (exchange.point.empty()) return fail(Errc::malformed, "ClientKeyExchange without a point");
    return finish_exactly(in, exchange, "ClientKeyExchange and its length differ");
}

void EcdheClientKeyExchange::write(Writer& out) const {
    if (point.empty()) return out.fail();
    write_vector<1>(out, point);
}

Result<PskClientKeyExchange> PskClientKeyExchange::parse(Bytes body) {
    Reader in{body};
    const PskClientKeyExchange exchange{.identity = read_vector<2>(in)};
    return finish_exactly(in, exchange, "ClientKeyExchange and its length differ");
}

void PskClientKeyExchange::write(Writer& out) const {
    write_vector<2>(out, identity);
}

Result<EcdhePskClientKeyExchange> EcdhePskClientKeyExchange::parse(Bytes body) {
    Reader in{body};
    EcdhePskClientKeyExchange exchange;
    exchange.identity = read_vector<2>(in);
    exchange.point = read_vector<1>(in);
    if (exchange.point.empty()) return fail(Errc::malformed, "ClientKeyExchange without a point");
    return finish_exactly(in, exchange, "ClientKeyExchange and its length differ");
}

void EcdhePskClientKeyExchange::write(Writer& out) const {
    if (point.empty()) return out.fail();
    write_vector<2>(out, identity);
    write_vector<1>(out, point);
}

} // namespace hawser::wire::dtls
