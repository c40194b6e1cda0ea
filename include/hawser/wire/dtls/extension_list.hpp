// The extensions of a message, before any of them is understood.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/dtls/numbers.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/writer.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>

namespace hawser::wire::dtls {

struct Extension {
    ExtensionType type{};
    Bytes value;

    static std::optional<Extension> take(Reader& in);
};

/// The extensions of one message: a view. Iterate it, or ask for one.
class ExtensionList {
public:
    ExtensionList() = default;

    /// `block` is without the length of the block. Fails with `malformed` when it cannot be walked
    /// to its end, or when a type stands there twice.
    static Result<ExtensionList> parse(Bytes block);

    List<Extension>::Iterator begin() const { return list_.begin(); }
    std::default_sentinel_t end() const { return {}; }
    bool empty() const { return list_.empty(); }
    std::size_t size() const { return list_.size(); }

    /// The value of an extension; nullopt when it is not there.
    std::optional<Bytes> find(ExtensionType type) const;
    bool contains(ExtensionType type) const { return find(type).has_value(); }
    /// As they stand in the message, without the length of the block.
    Bytes bytes() const { return list_.bytes(); }

private:
    explicit ExtensionList(List<Extension> list) : list_{list} {}

    List<Extension> list_;
};

/// The block with its length, at the end of a message. In a message that may end before the block,
/// `optional` reads nothing as no extensions.
enum class ExtensionBlock : std::uint8_t { required, optional };
Result<ExtensionList> read_extensions(Reader& in, ExtensionBlock presence);

/// Writes one extension: type, length, and what `write_value` writes.
template <std::invocable<Writer&> WriteValue>
void write_extension(Writer& out, ExtensionType type, WriteValue&& write_value) {
    out.u16(std::to_underlying(type));
    write_vector<2>(out, std::forward<WriteValue>(write_value));
}
inline void write_extension(Writer& out, ExtensionType type, Bytes value) {
    out.u16(std::to_underlying(type));
    write_vector<2>(out, value);
}
/// An extension that says it all by being there.
inline void write_extension(Writer& out, ExtensionType type) {
    write_extension(out, type, Bytes{});
}

/// Writes the block with its length: `write_all` writes whole extensions.
template <std::invocable<Writer&> WriteAll>
void write_extensions(Writer& out, WriteAll&& write_all) {
    write_vector<2>(out, std::forward<WriteAll>(write_all));
}

} // namespace hawser::wire::dtls
