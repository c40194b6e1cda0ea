#include <hawser/wire/dtls/pre_shared_key.hpp>

#include <utility>

namespace hawser::wire::dtls {

std::optional<PskIdentity> PskIdentity::take(Reader& in) {
    PskIdentity identity;
    identity.identity = read_vector<2>(in);
    identity.obfuscated_ticket_age = in.u32();
    if (!in.ok() || identity.identity.empty()) return std::nullopt;
    return identity;
}

Result<PskOffer> PskOffer::parse(Bytes value) {
    Reader in{value};
    const auto identities = List<PskIdentity>::parse(read_vector<2>(in));
    const std::size_t binders_bytes = in.remaining();
    const auto binders = List<PskBinder>::parse(read_vector<2>(in));
    if (!identities || !binders || !in.ok() || identities->empty()) {
        return fail(Errc::malformed, "pre_shared_key");
    }
    if (identities->size() != binders->size()) {
        return fail(Errc::malformed, "not as many binders as identities");
    }
    return finish_exactly(in, PskOffer{*identities, *binders, binders_bytes},
                          "pre_shared_key and its length differ");
}

std::size_t psk_binders_bytes(std::span<const std::size_t> binder_sizes) {
    std::size_t bytes = 2;
    for (const std::size_t size : binder_sizes)
        bytes += 1 + size;
    return bytes;
}

void write_psk_offer(Writer& out, std::span<const PskIdentity> identities,
                     std::span<const std::size_t> binder_sizes) {
    if (identities.empty() || identities.size() != binder_sizes.size()) return out.fail();
    write_extension(out, ExtensionType::pre_shared_key, [&](Writer& to) {
        write_vector<2>(to, [identities](Writer& list) {
            for (const PskIdentity& identity : identities) {
                if (identity.identity.empty()) return list.fail();
                write_vector<2>(list, identity.identity);
                list.u32(identity.obfuscated_ticket_age);
            }
        });
        write_vector<2>(to, [binder_sizes](Writer& list) {
            for (const std::size_t size : binder_sizes) {
                if (size < kBinderBytesMin) return list.fail();
                write_vector<1>(list, [size](Writer& binder) { binder.zeros(size); });
            }
        });
    });
}

void write_psk_binders(Writer& out, std::span<const Bytes> binders) {
    write_opaques<2, 1>(out, binders);
}

Result<std::uint16_t> parse_selected_psk(Bytes value) {
    Reader in{value};
    const std::uint16_t index = in.u16();
    return finish_exactly(in, index, "pre_shared_key of a server");
}

void write_selected_psk(Writer& out, std::uint16_t index) {
    write_extension(out, ExtensionType::pre_shared_key, [index](Writer& to) { to.u16(index); });
}

} // namespace hawser::wire::dtls
