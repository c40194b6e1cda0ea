#include <hawser/wire/dtls/certificate.hpp>

#include <algorithm>

namespace hawser::wire::dtls {
namespace {

bool any_empty(std::span<const Bytes> items) {
    return std::ranges::any_of(items, [](Bytes item) { return item.empty(); });
}

} // namespace

Result<List<DerCertificate>> parse_certificate12(Bytes body) {
    return parse_list<3, DerCertificate>(body, "certificates of Certificate");
}

void write_certificate12(Writer& out, std::span<const Bytes> chain) {
    if (any_empty(chain)) return out.fail();
    write_opaques<3, 3>(out, chain);
}

Result<Bytes> parse_raw_public_key12(Bytes body) {
    Reader in{body};
    const Bytes key = read_vector<3>(in);
    return finish_exactly(in, key, "public key of Certificate");
}

void write_raw_public_key12(Writer& out, Bytes subject_public_key_info) {
    write_vector<3>(out, subject_public_key_info);
}

std::optional<CertificateEntry> CertificateEntry::take(Reader& in) {
    CertificateEntry entry;
    entry.data = read_vector<3>(in);
    const auto extensions = read_extensions(in, ExtensionBlock::required);
    if (!extensions || entry.data.empty()) return std::nullopt;
    entry.extensions = *extensions;
    return entry;
}

Result<Certificate13> Certificate13::parse(Bytes body) {
    Reader in{body};
    Certificate13 certificate;
    certificate.context = read_vector<1>(in);
    const auto entries = List<CertificateEntry>::parse(read_vector<3>(in));
    if (!entries) return fail(Errc::malformed, "entries of Certificate");
    certificate.entries = *entries;
    return finish_exactly(in, certificate, "Certificate and its length differ");
}

void write_certificate13(Writer& out, Bytes context, std::span<const Bytes> chain,
                         Bytes leaf_extensions) {
    if (any_empty(chain)) return out.fail();
    write_vector<1>(out, context);
    write_vector<3>(out, [chain, leaf_extensions](Writer& to) {
        Bytes extensions = leaf_extensions;
        for (const Bytes data : chain) {
            write_vector<3>(to, data);
            write_vector<2>(to, extensions);
            extensions = {};
        }
    });
}

Result<List<DistinguishedName>> parse_certificate_authorities(Bytes value) {
    auto names = parse_list<2, DistinguishedName>(value, "certificate_authorities");
    if (names && names->empty()) return fail(Errc::malformed, "certificate_authorities is empty");
    return names;
}

Result<CertificateRequest12> CertificateRequest12::parse(Bytes body) {
    Reader in{body};
    const auto types = NumberList<ClientCertificateType>::parse(read_vector<1>(in));
    const auto schemes = NumberList<SignatureScheme>::parse(read_vector<2>(in));
    const auto authorities = List<DistinguishedName>::parse(read_vector<2>(in));
    if (!schemes || !authorities || types->empty() || schemes->empty()) {
        return fail(Errc::malformed, "lists of CertificateRequest");
    }
    return finish_exactly(in, CertificateRequest12{*types, *schemes, *authorities},
                          "CertificateRequest and its length differ");
}

void write_certificate_request12(Writer& out, std::span<const ClientCertificateType> types,
                                 std::span<const SignatureScheme> schemes,
                                 std::span<const Bytes> authorities) {
    if (types.empty() || schemes.empty() || any_empty(authorities)) return out.fail();
    write_numbers<1>(out, types);
    write_numbers<2>(out, schemes);
    write_opaques<2, 2>(out, authorities);
}

Result<CertificateRequest13> CertificateRequest13::parse(Bytes body) {
    Reader in{body};
    CertificateRequest13 request;
    request.context = read_vector<1>(in);
    const auto extensions = read_extensions(in, ExtensionBlock::required);
    if (!extensions) return std::unexpected{extensions.error()};
    request.extensions = *extensions;
    return finish_exactly(in, request, "CertificateRequest and its length differ");
}

Result<CertificateVerify> CertificateVerify::parse(Bytes body) {
    Reader in{body};
    CertificateVerify verify;
    verify.scheme = SignatureScheme{in.u16()};
    verify.signature = read_vector<2>(in);
    return finish_exactly(in, verify, "CertificateVerify and its length differ");
}

void CertificateVerify::write(Writer& out) const {
    out.u16(std::to_underlying(scheme));
    write_vector<2>(out, signature);
}

} // namespace hawser::wire::dtls
