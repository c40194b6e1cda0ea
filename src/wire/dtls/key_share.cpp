#include <hawser/wire/dtls/key_share.hpp>

#include <utility>

namespace hawser::wire::dtls {
namespace {

void write_share(Writer& out, const KeyShare& share) {
    if (share.key.empty()) return out.fail();
    out.u16(std::to_underlying(share.group));
    write_vector<2>(out, share.key);
}

} // namespace

std::optional<KeyShare> KeyShare::take(Reader& in) {
    KeyShare share;
    share.group = NamedGroup{in.u16()};
    share.key = read_vector<2>(in);
    if (!in.ok() || share.key.empty()) return std::nullopt;
    return share;
}

Result<List<KeyShare>> parse_key_shares(Bytes value) {
    return parse_list<2, KeyShare>(value, "key_share");
}

void write_key_shares(Writer& out, std::span<const KeyShare> shares) {
    write_extension(out, ExtensionType::key_share, [shares](Writer& to) {
        write_vector<2>(to, [shares](Writer& list) {
            for (const KeyShare& share : shares)
                write_share(list, share);
        });
    });
}

Result<KeyShare> parse_server_key_share(Bytes value) {
    Reader in{value};
    const auto share = KeyShare::take(in);
    if (!share) return fail(Errc::malformed, "key_share of a server");
    return finish_exactly(in, *share, "key_share of a server and its length differ");
}

void write_server_key_share(Writer& out, const KeyShare& share) {
    write_extension(out, ExtensionType::key_share, [&](Writer& to) { write_share(to, share); });
}

Result<NamedGroup> parse_retry_group(Bytes value) {
    Reader in{value};
    const NamedGroup group{in.u16()};
    return finish_exactly(in, group, "key_share of a HelloRetryRequest");
}

void write_retry_group(Writer& out, NamedGroup group) {
    write_extension(out, ExtensionType::key_share,
                    [group](Writer& to) { to.u16(std::to_underlying(group)); });
}

} // namespace hawser::wire::dtls
