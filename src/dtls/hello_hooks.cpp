#include <hawser/dtls/hello_hooks.hpp>

#include <hawser/wire/byte_order.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace hawser::dtls {

using wire::dtls::ExtensionType;

namespace {

/// One of the sixteen values that RFC 8701 §2 sets aside, 0x0a0a to 0xfafa.
std::uint16_t grease(std::uint64_t index) {
    return static_cast<std::uint16_t>(0x0a0a + 0x1010 * (index % 16));
}

std::array<std::byte, 2> bytes_of(std::uint16_t value) {
    return {static_cast<std::byte>(value >> 8), static_cast<std::byte>(value)};
}

/// Puts bytes in front of the list in an extension, whose length stands in `length_bytes`.
void put_first(HelloDraft& hello, ExtensionType type, std::size_t length_bytes, Bytes what) {
    const auto found = std::ranges::find(hello.extensions, type, &HelloDraft::Extension::type);
    if (found == hello.extensions.end() || found->value.size() < length_bytes) return;
    std::vector<std::byte>& value = found->value;
    value.insert(value.begin() + static_cast<std::ptrdiff_t>(length_bytes), what.begin(),
                 what.end());
    const std::size_t length = value.size() - length_bytes;
    if (length_bytes == 2) value[0] = static_cast<std::byte>(length >> 8);
    value[length_bytes - 1] = static_cast<std::byte>(length);
}

} // namespace

void permute_extensions(HelloDraft& hello, Random& random) {
    for (std::size_t left = hello.extensions.size(); left > 1; --left)
        std::swap(hello.extensions[left - 1], hello.extensions[random.u64() % left]);
}

void add_grease(HelloDraft& hello, Random& random) {
    const std::uint64_t seed = random.u64();
    hello.cipher_suites.insert(hello.cipher_suites.begin(),
                               static_cast<wire::dtls::CipherSuite>(grease(seed)));
    const auto group = bytes_of(grease(seed >> 8));
    put_first(hello, ExtensionType::supported_groups, 2, group);
    const std::array share{group[0], group[1], std::byte{0}, std::byte{1}, std::byte{0}};
    put_first(hello, ExtensionType::key_share, 2, share);
    put_first(hello, ExtensionType::supported_versions, 1, bytes_of(grease(seed >> 16)));
    const std::uint64_t first = seed >> 24;
    hello.extensions.insert(hello.extensions.begin(), {ExtensionType{grease(first)}, {}});
    hello.extensions.push_back({ExtensionType{grease(first + 1)}, {std::byte{0}}});
}

} // namespace hawser::dtls
