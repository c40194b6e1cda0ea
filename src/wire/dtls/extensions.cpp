#include <hawser/wire/dtls/extensions.hpp>

#include <utility>

namespace hawser::wire::dtls {
namespace {

/// `name_type` of a DNS host name, the only one there is: RFC 6066 §3.
constexpr std::uint8_t kHostName = 0;

struct ServerName {
    std::uint8_t type = 0;
    Bytes name;

    static std::optional<ServerName> take(Reader& in) {
        ServerName server;
        server.type = in.u8();
        server.name = read_vector<2>(in);
        if (!in.ok() || server.name.empty()) return std::nullopt;
        return server;
    }
};

/// A value that is one run of bytes after its length.
template <std::size_t LengthBytes>
Result<Bytes> parse_vector(Bytes value, std::string_view what) {
    Reader in{value};
    const Bytes content = read_vector<LengthBytes>(in);
    return finish_exactly(in, content, what);
}

template <std::size_t LengthBytes, class T>
void write_numbers_extension(Writer& out, ExtensionType type, std::span<const T> numbers) {
    if (numbers.empty()) return out.fail();
    write_extension(out, type, [numbers](Writer& to) { write_numbers<LengthBytes>(to, numbers); });
}

} // namespace

Result<> parse_empty_extension(Bytes value) {
    if (!value.empty()) return fail(Errc::malformed, "an extension that has no value has one");
    return {};
}

Result<NumberList<Version>> parse_supported_versions(Bytes value) {
    return parse_numbers<1, Version>(value, "supported_versions");
}
void write_supported_versions(Writer& out, std::span<const Version> versions) {
    write_numbers_extension<1>(out, ExtensionType::supported_versions, versions);
}

Result<Version> parse_selected_version(Bytes value) {
    Reader in{value};
    const Version version{in.u16()};
    return finish_exactly(in, version, "supported_versions of a server");
}
void write_selected_version(Writer& out, Version version) {
    write_extension(out, ExtensionType::supported_versions,
                    [version](Writer& to) { to.u16(std::to_underlying(version)); });
}

Result<NumberList<NamedGroup>> parse_supported_groups(Bytes value) {
    return parse_numbers<2, NamedGroup>(value, "supported_groups");
}
void write_supported_groups(Writer& out, std::span<const NamedGroup> groups) {
    write_numbers_extension<2>(out, ExtensionType::supported_groups, groups);
}

Result<NumberList<SignatureScheme>> parse_signature_algorithms(Bytes value) {
    return parse_numbers<2, SignatureScheme>(value, "signature_algorithms");
}
void write_signature_algorithms(Writer& out, std::span<const SignatureScheme> schemes,
                                ExtensionType type) {
    write_numbers_extension<2>(out, type, schemes);
}

Result<NumberList<PskKeyExchangeMode>> parse_psk_key_exchange_modes(Bytes value) {
    return parse_numbers<1, PskKeyExchangeMode>(value, "psk_key_exchange_modes");
}
void write_psk_key_exchange_modes(Writer& out, std::span<const PskKeyExchangeMode> modes) {
    write_numbers_extension<1>(out, ExtensionType::psk_key_exchange_modes, modes);
}

Result<Bytes> parse_cookie(Bytes value) {
    const Result<Bytes> cookie = parse_vector<2>(value, "cookie");
    if (cookie && cookie->empty()) return fail(Errc::malformed, "cookie without a byte");
    return cookie;
}
void write_cookie(Writer& out, Bytes cookie) {
    if (cookie.empty()) return out.fail();
    write_extension(out, ExtensionType::cookie,
                    [cookie](Writer& to) { write_vector<2>(to, cookie); });
}

Result<std::string_view> parse_server_name(Bytes value) {
    const auto names = parse_list<2, ServerName>(value, "server_name");
    if (!names) return std::unexpected{names.error()};
    if (names->empty()) return fail(Errc::malformed, "server_name without a name");
    std::string_view host;
    for (const ServerName& server : *names) {
        if (server.type != kHostName) continue;
        if (!host.empty()) return fail(Errc::malformed, "two host names in server_name");
        host = as_text(server.name);
    }
    if (host.contains('\0')) return fail(Errc::malformed, "zero byte in a host name");
    return host;
}
void write_server_name(Writer& out, std::string_view host) {
    if (host.empty()) return out.fail();
    write_extension(out, ExtensionType::server_name, [host](Writer& to) {
        write_vector<2>(to, [host](Writer& list) {
            list.u8(kHostName);
            write_vector<2>(list, as_bytes(host));
        });
    });
}

Result<List<ProtocolName>> parse_alpn(Bytes value) {
    const auto protocols = parse_list<2, ProtocolName>(value, "ALPN");
    if (protocols && protocols->empty()) return fail(Errc::malformed, "ALPN without a protocol");
    return protocols;
}
void write_alpn(Writer& out, std::span<const Bytes> protocols) {
    if (protocols.empty()) return out.fail();
    for (const Bytes protocol : protocols) {
        if (protocol.empty()) return out.fail();
    }
    write_extension(out, ExtensionType::alpn,
                    [protocols](Writer& to) { write_opaques<2, 1>(to, protocols); });
}

Result<Bytes> parse_selected_alpn(Bytes value) {
    const auto protocols = parse_alpn(value);
    if (!protocols) return std::unexpected{protocols.error()};
    if (protocols->size() != 1) return fail(Errc::malformed, "ALPN of a server is not one");
    return protocols->begin()->bytes;
}
void write_selected_alpn(Writer& out, Bytes protocol) {
    write_alpn(out, std::span{&protocol, 1});
}

Result<UseSrtp> parse_use_srtp(Bytes value) {
    Reader in{value};
    const auto profiles = NumberList<SrtpProfile>::parse(read_vector<2>(in));
    if (!profiles || profiles->empty()) return fail(Errc::malformed, "profiles of use_srtp");
    const UseSrtp use{.profiles = *profiles, .mki = read_vector<1>(in)};
    return finish_exactly(in, use, "use_srtp and its length differ");
}
void write_use_srtp(Writer& out, std::span<const SrtpProfile> profiles, Bytes mki) {
    if (profiles.empty()) return out.fail();
    write_extension(out, ExtensionType::use_srtp, [&](Writer& to) {
        write_numbers<2>(to, profiles);
        write_vector<1>(to, mki);
    });
}

Result<Bytes> parse_renegotiation_info(Bytes value) {
    return parse_vector<1>(value, "renegotiation_info");
}
void write_renegotiation_info(Writer& out, Bytes renegotiated_connection) {
    write_extension(out, ExtensionType::renegotiation_info,
                    [&](Writer& to) { write_vector<1>(to, renegotiated_connection); });
}

Result<NumberList<EcPointFormat>> parse_ec_point_formats(Bytes value) {
    return parse_numbers<1, EcPointFormat>(value, "ec_point_formats");
}
void write_ec_point_formats(Writer& out, std::span<const EcPointFormat> formats) {
    write_numbers_extension<1>(out, ExtensionType::ec_point_formats, formats);
}

Result<Bytes> parse_connection_id(Bytes value) {
    return parse_vector<1>(value, "connection_id");
}
void write_connection_id(Writer& out, Bytes cid) {
    write_extension(out, ExtensionType::connection_id,
                    [cid](Writer& to) { write_vector<1>(to, cid); });
}

Result<std::uint16_t> parse_record_size_limit(Bytes value) {
    Reader in{value};
    const std::uint16_t limit = in.u16();
    return finish_exactly(in, limit, "record_size_limit");
}
void write_record_size_limit(Writer& out, std::uint16_t limit) {
    write_extension(out, ExtensionType::record_size_limit, [limit](Writer& to) { to.u16(limit); });
}

Result<NumberList<CertificateType>> parse_certificate_types(Bytes value) {
    return parse_numbers<1, CertificateType>(value, "certificate types");
}
void write_certificate_types(Writer& out, ExtensionType extension,
                             std::span<const CertificateType> types) {
    write_numbers_extension<1>(out, extension, types);
}

Result<CertificateType> parse_selected_certificate_type(Bytes value) {
    Reader in{value};
    const CertificateType type{in.u8()};
    return finish_exactly(in, type, "certificate type of a server");
}
void write_selected_certificate_type(Writer& out, ExtensionType extension, CertificateType type) {
    write_extension(out, extension, [type](Writer& to) { to.u8(std::to_underlying(type)); });
}

Result<std::uint32_t> parse_early_data_max(Bytes value) {
    Reader in{value};
    const std::uint32_t bytes = in.u32();
    return finish_exactly(in, bytes, "early_data of a ticket");
}

} // namespace hawser::wire::dtls
