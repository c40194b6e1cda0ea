#include <hawser/wire/dtls/certificate_status.hpp>

#include <utility>

namespace hawser::wire::dtls {
namespace {

bool is_of_another_type(Bytes value) {
    return !value.empty() &&
           StatusType{std::to_integer<std::uint8_t>(value.front())} != StatusType::ocsp;
}

} // namespace

Result<StatusRequest> StatusRequest::parse(Bytes value) {
    if (is_of_another_type(value)) return fail(Errc::unsupported, "a status that is not OCSP's");
    Reader in{value};
    in.u8();
    const auto responders = List<ResponderId>::parse(read_vector<2>(in));
    if (!responders) return fail(Errc::malformed, "responders of status_request");
    const StatusRequest request{.responders = *responders, .extensions = read_vector<2>(in)};
    return finish_exactly(in, request, "status_request and its length differ");
}

void StatusRequest::write(Writer& out) const {
    out.u8(std::to_underlying(StatusType::ocsp));
    write_vector<2>(out, responders.bytes());
    write_vector<2>(out, extensions);
}

Result<CertificateStatus> CertificateStatus::parse(Bytes value) {
    if (is_of_another_type(value)) return fail(Errc::unsupported, "a status that is not OCSP's");
    Reader in{value};
    in.u8();
    const CertificateStatus status{.ocsp_response = read_vector<3>(in)};
    if (in.ok() && status.ocsp_response.empty())
        return fail(Errc::malformed, "CertificateStatus without a response");
    return finish_exactly(in, status, "CertificateStatus and its length differ");
}

void CertificateStatus::write(Writer& out) const {
    if (ocsp_response.empty()) return out.fail();
    out.u8(std::to_underlying(StatusType::ocsp));
    write_vector<3>(out, ocsp_response);
}

} // namespace hawser::wire::dtls
