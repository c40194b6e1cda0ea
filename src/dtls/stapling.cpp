#include "dtls/stapling.hpp"

#include <hawser/wire/dtls/certificate_status.hpp>

namespace hawser::dtls {

using wire::Writer;
using wire::dtls::CertificateStatus;
using wire::dtls::ExtensionList;
using wire::dtls::ExtensionType;

std::vector<std::byte> status_extension(Bytes ocsp_response) {
    if (ocsp_response.empty()) return {};
    constexpr std::size_t kAroundResponse = 2 + 2 + 1 + 3; // type, length, status_type, length
    std::vector<std::byte> extension(kAroundResponse + ocsp_response.size());
    Writer out{extension};
    wire::dtls::write_extension(out, ExtensionType::status_request, [ocsp_response](Writer& to) {
        CertificateStatus{ocsp_response}.write(to);
    });
    return extension;
}

std::expected<std::vector<std::byte>, Fault> parse_status(Bytes body) {
    const auto status = CertificateStatus::parse(body);
    if (!status) return fault(AlertDescription::decode_error, "a malformed CertificateStatus");
    return std::vector<std::byte>{status->ocsp_response.begin(), status->ocsp_response.end()};
}

std::expected<std::vector<std::byte>, Fault> take_status13(const ExtensionList& extensions) {
    const auto value = extensions.find(ExtensionType::status_request);
    if (!value) return std::vector<std::byte>{};
    return parse_status(*value);
}

std::expected<bool, Fault> take_status_request(const ExtensionList& extensions) {
    const auto value = extensions.find(ExtensionType::status_request);
    if (!value) return false;
    const auto request = wire::dtls::StatusRequest::parse(*value);
    const bool of_another_type = !request && request.error().code == Errc::unsupported;
    if (!request && !of_another_type)
        return fault(AlertDescription::decode_error, "a malformed status_request");
    return !of_another_type;
}

Step check_status_answer(const ExtensionList& extensions, bool is_1_3) {
    const auto value = extensions.find(ExtensionType::status_request);
    if (!value) return {};
    if (is_1_3) // RFC 8446 §4.2: it stands beside the certificate
        return fault(AlertDescription::illegal_parameter,
                     "status_request in another message than its own");
    if (!value->empty())
        return fault(AlertDescription::decode_error,
                     "an answer to status_request that says something");
    return {};
}

} // namespace hawser::dtls
