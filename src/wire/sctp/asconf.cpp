#include <hawser/wire/sctp/asconf.hpp>

#include <hawser/wire/reader.hpp>
#include <hawser/wire/sctp/parameters.hpp>

namespace hawser::wire::sctp {
namespace {

/// The one address parameter at the beginning of `bytes`; what follows it is in `rest`.
Result<Address> read_address(Bytes bytes, Bytes& rest) {
    Parameters walker{bytes};
    const auto parameter = walker.next();
    const auto address =
        parameter ? parse_address(*parameter) : fail(Errc::malformed, "ASCONF without an address");
    if (!address) return fail(Errc::malformed, "ASCONF without an address");
    rest = walker.rest();
    return *address;
}

} // namespace

Result<Asconf> Asconf::parse(Bytes value) {
    Reader in{value};
    Asconf chunk;
    chunk.number = {in.u32()};
    const auto address = read_address(in.rest(), chunk.parameters);
    if (!address) return std::unexpected{address.error()};
    chunk.address = *address;
    if (!well_formed<Parameter>(chunk.parameters))
        return fail(Errc::malformed, "ASCONF parameters");
    return chunk;
}

void Asconf::write(Writer& out) const {
    write_chunk(out, kType, 0, [this](Writer& to) {
        to.u32(number.value);
        write_address(to, address);
        to.bytes(parameters);
    });
}

Result<AsconfAck> AsconfAck::parse(Bytes value) {
    Reader in{value};
    AsconfAck chunk;
    chunk.number = {in.u32()};
    chunk.responses = in.rest();
    if (!well_formed<Parameter>(chunk.responses))
        return fail(Errc::malformed, "ASCONF-ACK responses");
    return in.finish(chunk);
}

void AsconfAck::write(Writer& out) const {
    write_chunk(out, kType, 0, [this](Writer& to) {
        to.u32(number.value);
        to.bytes(responses);
    });
}

Result<AddressRequest> AddressRequest::parse(const Parameter& parameter) {
    switch (parameter.type) {
    case ParameterType::add_ip_address:
    case ParameterType::delete_ip_address:
    case ParameterType::set_primary_address: break;
    default: return fail(Errc::invalid_argument, "not a request of ASCONF");
    }
    Reader in{parameter.value};
    const std::uint32_t correlation = in.u32();
    Bytes rest;
    const auto address = read_address(in.rest(), rest);
    if (!address) return std::unexpected{address.error()};
    if (!rest.empty()) return fail(Errc::malformed, "ASCONF request length");
    return AddressRequest{parameter.type, correlation, *address};
}

void AddressRequest::write(Writer& out) const {
    write_item(out, type, [this](Writer& to) {
        to.u32(correlation);
        write_address(to, address);
    });
}

Result<AddressResponse> AddressResponse::parse(const Parameter& parameter) {
    const bool success = parameter.type == ParameterType::success_indication;
    if (!success && parameter.type != ParameterType::error_cause_indication)
        return fail(Errc::invalid_argument, "not a response of ASCONF-ACK");
    Reader in{parameter.value};
    AddressResponse response;
    response.type = parameter.type;
    response.correlation = in.u32();
    response.causes = in.rest();
    if (success && !response.causes.empty())
        return fail(Errc::malformed, "Success Indication length");
    if (!well_formed<Cause>(response.causes))
        return fail(Errc::malformed, "Error Cause Indication causes");
    return in.finish(response);
}

void AddressResponse::write(Writer& out) const {
    write_item(out, type, [this](Writer& to) {
        to.u32(correlation);
        to.bytes(causes);
    });
}

} // namespace hawser::wire::sctp
