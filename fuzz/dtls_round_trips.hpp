// The property of the DTLS codecs: what one accepts, it writes back the same.
#pragma once

#include "fuzzing.hpp"

#include <hawser/wire/dtls/certificate.hpp>
#include <hawser/wire/dtls/certificate_status.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/hello.hpp>
#include <hawser/wire/dtls/key_exchange.hpp>
#include <hawser/wire/dtls/key_share.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>
#include <hawser/wire/dtls/pre_shared_key.hpp>

#include <set>
#include <vector>

namespace hawser::wire::dtls {

using fuzz::same;
using fuzz::written;

/// What a list holds, each item as its bytes.
template <class Item>
std::vector<Bytes> bytes_of(const List<Item>& list) {
    std::vector<Bytes> all;
    for (const Item& item : list)
        all.push_back(item.bytes);
    return all;
}

template <class T>
std::vector<T> numbers_of(const NumberList<T>& list) {
    std::vector<T> all(list.begin(), list.end());
    HAWSER_ASSERT(all.size() == list.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        HAWSER_ASSERT(all[i] == list[i] && list.contains(all[i]));
    return all;
}

template <class Item>
std::vector<Item> items_of(const List<Item>& list) {
    std::vector<Item> all;
    for (const Item& item : list)
        all.push_back(item);
    HAWSER_ASSERT(all.size() == list.size());
    return all;
}

/// For codecs that lose nothing: the bytes come back.
template <class Write>
void comes_back(Bytes bytes, Write&& write) {
    HAWSER_ASSERT(same(written(write), bytes));
}

/// No type twice, each found where it stands, and together all of the block.
inline void check_extensions(const ExtensionList& extensions) {
    std::set<ExtensionType> types;
    for (const Extension& extension : extensions) {
        HAWSER_ASSERT(types.insert(extension.type).second);
        const auto found = extensions.find(extension.type);
        HAWSER_ASSERT(found && found->data() == extension.value.data() &&
                      found->size() == extension.value.size());
    }
    HAWSER_ASSERT(types.size() == extensions.size());
    comes_back(extensions.bytes(), [&](Writer& out) {
        for (const Extension& extension : extensions)
            write_extension(out, extension.type, extension.value);
    });
}

/// A client's hello comes back but for its compression methods, of which we write one alone.
inline void round_trip_client_hello(Bytes body) {
    const auto hello = ClientHello::parse(body);
    if (!hello) return;
    check_extensions(hello->extensions);
    const auto suites = numbers_of(hello->cipher_suites);
    const std::vector<std::byte> again = written([&](Writer& out) {
        write_client_hello(out,
                           {.legacy_version = hello->legacy_version,
                            .random = hello->random,
                            .session_id = hello->session_id,
                            .cookie = hello->cookie,
                            .cipher_suites = suites},
                           [&](Writer& to) { to.bytes(hello->extensions.bytes()); });
    });
    const auto second = ClientHello::parse(again);
    HAWSER_ASSERT(second.has_value());
    HAWSER_ASSERT(second->legacy_version == hello->legacy_version);
    HAWSER_ASSERT(same(second->random, hello->random));
    HAWSER_ASSERT(same(second->session_id, hello->session_id));
    HAWSER_ASSERT(same(second->cookie, hello->cookie));
    HAWSER_ASSERT(same(second->cipher_suites.bytes(), hello->cipher_suites.bytes()));
    HAWSER_ASSERT(same(second->extensions.bytes(), hello->extensions.bytes()));
    const bool plain = hello->compression_methods.size() == 1 &&
                       hello->compression_methods[0] == CompressionMethod::null;
    const std::size_t without_block =
        hello->extensions.empty() && again.size() > body.size() ? 2 : 0;
    if (plain) HAWSER_ASSERT(same(Bytes{again}.first(again.size() - without_block), body));
}

inline void round_trip_server_hello(Bytes body) {
    const auto hello = ServerHello::parse(body);
    if (!hello) return;
    check_extensions(hello->extensions);
    HAWSER_ASSERT(!hello->is_hello_retry_request() || hello->downgrade() == Downgrade::none);
    const std::vector<std::byte> fields = written([&](Writer& out) { hello->write_fields(out); });
    if (same(fields, body)) return;
    comes_back(body, [&](Writer& out) {
        hello->write(out, [&](Writer& to) { to.bytes(hello->extensions.bytes()); });
    });
}

} // namespace hawser::wire::dtls
