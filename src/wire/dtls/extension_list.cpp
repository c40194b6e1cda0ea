#include <hawser/wire/dtls/extension_list.hpp>

#include <bitset>
#include <limits>

namespace hawser::wire::dtls {
namespace {

/// One bit for every type there can be: the same work for each extension, however many there are.
bool has_duplicate(const List<Extension>& list) {
    std::bitset<std::numeric_limits<std::uint16_t>::max() + 1> seen;
    for (const Extension& extension : list) {
        const std::uint16_t type = std::to_underlying(extension.type);
        if (seen.test(type)) return true;
        seen.set(type);
    }
    return false;
}

} // namespace

std::optional<Extension> Extension::take(Reader& in) {
    Extension extension;
    extension.type = ExtensionType{in.u16()};
    extension.value = read_vector<2>(in);
    if (!in.ok()) return std::nullopt;
    return extension;
}

Result<ExtensionList> ExtensionList::parse(Bytes block) {
    const auto list = List<Extension>::parse(block);
    if (!list) return fail(Errc::malformed, "an extension is cut");
    if (!list->empty() && has_duplicate(*list)) {
        return fail(Errc::malformed, "an extension stands there twice");
    }
    return ExtensionList{*list};
}

std::optional<Bytes> ExtensionList::find(ExtensionType type) const {
    for (const Extension& extension : list_) {
        if (extension.type == type) return extension.value;
    }
    return std::nullopt;
}

Result<ExtensionList> read_extensions(Reader& in, ExtensionBlock presence) {
    if (presence == ExtensionBlock::optional && in.ok() && in.remaining() == 0) {
        return ExtensionList{};
    }
    const Bytes block = read_vector<2>(in);
    if (!in.ok()) return fail(Errc::malformed, "the block of extensions is cut");
    return ExtensionList::parse(block);
}

} // namespace hawser::wire::dtls
