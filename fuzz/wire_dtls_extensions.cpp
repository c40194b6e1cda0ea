// A block of extensions: no type stands there twice, and each value that its codec accepts, as a
// client's or as a server's, comes back.
#include "dtls_round_trips.hpp"

namespace hawser::wire::dtls {
namespace {

/// One extension, whole: what the writers of typed values write.
std::vector<std::byte> whole(ExtensionType type, Bytes value) {
    return written([&](Writer& out) { write_extension(out, type, value); });
}

template <class Parsed, class Write>
void keep(const Extension& extension, const Parsed& parsed, Write&& write) {
    if (!parsed) return;
    comes_back(whole(extension.type, extension.value), [&](Writer& out) { write(out, *parsed); });
}

/// Those that are one list of numbers; true when `extension` is one of them.
bool try_lists(const Extension& extension) {
    const auto numbers = [&extension](const auto& parsed, auto&& write) {
        keep(extension, parsed, [&](Writer& out, const auto& list) {
            const auto all = numbers_of(list);
            write(out, std::span{all});
        });
        return true;
    };
    const Bytes value = extension.value;
    switch (extension.type) {
    case ExtensionType::supported_versions:
        keep(extension, parse_selected_version(value), write_selected_version);
        return numbers(parse_supported_versions(value), write_supported_versions);
    case ExtensionType::supported_groups:
        return numbers(parse_supported_groups(value), write_supported_groups);
    case ExtensionType::signature_algorithms:
    case ExtensionType::signature_algorithms_cert:
        return numbers(parse_signature_algorithms(value), [&](Writer& out, auto schemes) {
            write_signature_algorithms(out, schemes, extension.type);
        });
    case ExtensionType::psk_key_exchange_modes:
        return numbers(parse_psk_key_exchange_modes(value), write_psk_key_exchange_modes);
    case ExtensionType::ec_point_formats:
        return numbers(parse_ec_point_formats(value), write_ec_point_formats);
    case ExtensionType::client_certificate_type:
    case ExtensionType::server_certificate_type:
        keep(extension, parse_selected_certificate_type(value), [&](Writer& out, auto type) {
            write_selected_certificate_type(out, extension.type, type);
        });
        return numbers(parse_certificate_types(value), [&](Writer& out, auto types) {
            write_certificate_types(out, extension.type, types);
        });
    default: return false;
    }
}

void try_psk(const Extension& extension) {
    keep(extension, parse_selected_psk(extension.value), write_selected_psk);
    const auto offer = PskOffer::parse(extension.value);
    if (!offer) return;
    const auto identities = items_of(offer->identities);
    const auto binders = bytes_of(offer->binders);
    std::vector<std::size_t> sizes;
    for (const Bytes binder : binders)
        sizes.push_back(binder.size());
    HAWSER_ASSERT(psk_binders_bytes(sizes) == offer->binders_bytes);
    std::vector<std::byte> again =
        written([&](Writer& out) { write_psk_offer(out, identities, sizes); });
    Writer end{MutableBytes{again}.last(offer->binders_bytes)};
    write_psk_binders(end, binders);
    HAWSER_ASSERT(end.ok() && end.remaining() == 0);
    HAWSER_ASSERT(same(again, whole(extension.type, extension.value)));
}

void try_key_share(const Extension& extension) {
    keep(extension, parse_retry_group(extension.value), write_retry_group);
    keep(extension, parse_server_key_share(extension.value), write_server_key_share);
    keep(extension, parse_key_shares(extension.value), [](Writer& out, const auto& shares) {
        const auto all = items_of(shares);
        write_key_shares(out, all);
    });
}

void try_alpn(const Extension& extension) {
    keep(extension, parse_selected_alpn(extension.value), write_selected_alpn);
    keep(extension, parse_alpn(extension.value), [](Writer& out, const auto& protocols) {
        const auto all = bytes_of(protocols);
        write_alpn(out, all);
    });
}

/// A client's question, or the answer beside a certificate.
void try_status_request(const Extension& extension) {
    const auto write_value = [&extension](Writer& out, const auto& parsed) {
        write_extension(out, extension.type, [&](Writer& to) { parsed.write(to); });
    };
    keep(extension, StatusRequest::parse(extension.value), write_value);
    keep(extension, CertificateStatus::parse(extension.value), write_value);
}

/// A name of another type does not come back; what is read has no zero byte in any case.
void try_server_name(Bytes value) {
    const auto host = parse_server_name(value);
    if (!host || host->empty()) return;
    HAWSER_ASSERT(!host->contains('\0'));
    const auto again = written([&](Writer& out) { write_server_name(out, *host); });
    HAWSER_ASSERT(parse_server_name(Bytes{again}.subspan(4)) == *host);
}

void try_extension(const Extension& extension) {
    if (try_lists(extension)) return;
    const Bytes value = extension.value;
    switch (extension.type) {
    case ExtensionType::pre_shared_key: return try_psk(extension);
    case ExtensionType::key_share: return try_key_share(extension);
    case ExtensionType::alpn: return try_alpn(extension);
    case ExtensionType::server_name: return try_server_name(value);
    case ExtensionType::status_request: return try_status_request(extension);
    case ExtensionType::cookie: return keep(extension, parse_cookie(value), write_cookie);
    case ExtensionType::use_srtp:
        return keep(extension, parse_use_srtp(value), [](Writer& out, const UseSrtp& use) {
            const auto profiles = numbers_of(use.profiles);
            write_use_srtp(out, profiles, use.mki);
        });
    case ExtensionType::renegotiation_info:
        return keep(extension, parse_renegotiation_info(value), write_renegotiation_info);
    case ExtensionType::connection_id:
        return keep(extension, parse_connection_id(value), write_connection_id);
    case ExtensionType::record_size_limit:
        return keep(extension, parse_record_size_limit(value), write_record_size_limit);
    default:
        HAWSER_ASSERT(parse_empty_extension(value).has_value() == value.empty());
        HAWSER_ASSERT(parse_early_data_max(value).has_value() == (value.size() == 4));
        return;
    }
}

void try_block(Bytes block) {
    const auto extensions = ExtensionList::parse(block);
    if (!extensions) return;
    check_extensions(*extensions);
    for (const Extension& extension : *extensions)
        try_extension(extension);
}

} // namespace
} // namespace hawser::wire::dtls

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hawser::wire::dtls::try_block(hawser::fuzz::input_of(data, size));
    return 0;
}
