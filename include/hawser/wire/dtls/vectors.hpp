// The presentation language of TLS (RFC 8446 §3): numbers of three and six bytes, runs of bytes
// after their length, and lists of these that are checked once and walked later.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hawser::wire::dtls {

inline constexpr std::uint32_t kU24Max = 0xff'ffff;

/// A number of `Count` bytes, most significant first; 0 when the reader runs short.
template <std::size_t Count>
    requires(Count >= 1 && Count <= 8)
std::uint64_t read_number(Reader& in) {
    std::uint64_t value = 0;
    for (const std::byte byte : in.bytes(Count))
        value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return value;
}

/// Writes the low `Count` bytes of `value`, most significant first, to where they have room.
template <std::size_t Count>
    requires(Count >= 1 && Count <= 8)
void store_number(std::byte* to, std::uint64_t value) {
    for (std::size_t i = Count; i-- > 0; value >>= 8)
        to[i] = static_cast<std::byte>(value & 0xff);
}

/// The same into a Writer, which fails when `value` needs more bytes.
template <std::size_t Count>
    requires(Count >= 1 && Count < 8)
void write_number(Writer& out, std::uint64_t value) {
    if (value >> (8 * Count) != 0) return out.fail();
    const MutableBytes to = out.claim(Count);
    if (!to.empty()) store_number<Count>(to.data(), value);
}

/// `opaque x<0..2^(8 LengthBytes) - 1>`: the run of bytes after a length.
template <std::size_t LengthBytes>
Bytes read_vector(Reader& in) {
    return in.bytes(static_cast<std::size_t>(read_number<LengthBytes>(in)));
}

/// Writes a length of `LengthBytes` and what `write_content` writes. The writer fails when the
/// content is too long for its length.
template <std::size_t LengthBytes, std::invocable<Writer&> WriteContent>
void write_vector(Writer& out, WriteContent&& write_content) {
    const MutableBytes length = out.claim(LengthBytes);
    const std::size_t start = out.written();
    write_content(out);
    const std::uint64_t size = out.written() - start;
    if (size >> (8 * LengthBytes) != 0) return out.fail();
    if (!length.empty()) store_number<LengthBytes>(length.data(), size);
}

template <std::size_t LengthBytes>
void write_vector(Writer& out, Bytes content) {
    write_vector<LengthBytes>(out, [content](Writer& to) { to.bytes(content); });
}

/// `value`, or `malformed` when the reader ran short on the way or has bytes left over.
template <class T>
Result<T> finish_exactly(const Reader& in, T value, std::string_view what) {
    if (!in.ok() || in.remaining() != 0) [[unlikely]]
        return fail(Errc::malformed, what);
    return Result<T>{std::move(value)};
}

template <class T>
concept WireNumber = std::is_enum_v<T> || std::unsigned_integral<T>;

namespace detail {

template <class T>
struct Width {
    using type = T;
};
template <class T>
    requires std::is_enum_v<T>
struct Width<T> {
    using type = std::underlying_type_t<T>;
};

} // namespace detail

/// A list of numbers of one width, read from the message's own bytes.
template <WireNumber T>
class NumberList {
public:
    class Iterator {
    public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        explicit Iterator(const std::byte* at) : at_{at} {}
        T operator*() const { return load(at_); }
        Iterator& operator++() {
            at_ += sizeof(T);
            return *this;
        }
        Iterator operator++(int) {
            const Iterator before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(Iterator, Iterator) = default;

    private:
        const std::byte* at_ = nullptr;
    };

    NumberList() = default;

    /// nullopt when the last number is cut.
    static std::optional<NumberList> parse(Bytes bytes) {
        if (bytes.size() % sizeof(T) != 0) [[unlikely]]
            return std::nullopt;
        return NumberList{bytes};
    }

    std::size_t size() const { return bytes_.size() / sizeof(T); }
    bool empty() const { return bytes_.empty(); }
    /// `index` is below `size()`.
    T operator[](std::size_t index) const { return load(bytes_.data() + index * sizeof(T)); }
    bool contains(T wanted) const {
        for (const T value : *this) {
            if (value == wanted) return true;
        }
        return false;
    }
    Iterator begin() const { return Iterator{bytes_.data()}; }
    Iterator end() const { return Iterator{bytes_.data() + bytes_.size()}; }
    /// As they stand in the message, without the length.
    Bytes bytes() const { return bytes_; }

private:
    explicit NumberList(Bytes bytes) : bytes_{bytes} {}
    static T load(const std::byte* at) {
        return static_cast<T>(load_big<typename detail::Width<T>::type>(at));
    }

    Bytes bytes_;
};

/// A value that is nothing but a non-empty list of numbers after a length of `LengthBytes`.
template <std::size_t LengthBytes, WireNumber T>
Result<NumberList<T>> parse_numbers(Bytes value, std::string_view what) {
    Reader in{value};
    const auto numbers = NumberList<T>::parse(read_vector<LengthBytes>(in));
    if (!numbers || numbers->empty()) [[unlikely]]
        return fail(Errc::malformed, what);
    return finish_exactly(in, *numbers, what);
}

template <std::size_t LengthBytes, WireNumber T>
void write_numbers(Writer& out, std::span<const T> numbers) {
    write_vector<LengthBytes>(out, [numbers](Writer& to) {
        for (const T number : numbers)
            write_number<sizeof(T)>(to, static_cast<typename detail::Width<T>::type>(number));
    });
}

/// What can stand in a List: `take` reads one off the front, or nullopt when it is cut or wrong.
template <class Item>
concept ListItem = requires(Reader& in) {
    { Item::take(in) } -> std::same_as<std::optional<Item>>;
};

/// A list of items of differing sizes, read from the message's own bytes. It was walked once when
/// it was parsed; to walk it again cannot fail. Keep the `Result` it came in while a range-for
/// walks it: `for (x : *parse_alpn(value))` looks at one that is gone.
template <ListItem Item>
class List {
public:
    class Iterator {
    public:
        using value_type = Item;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        explicit Iterator(Bytes items) : left_{items} { advance(); }
        const Item& operator*() const { return *item_; }
        const Item* operator->() const { return &*item_; }
        Iterator& operator++() {
            advance();
            return *this;
        }
        void operator++(int) { advance(); }
        friend bool operator==(const Iterator& at, std::default_sentinel_t) {
            return !at.item_.has_value();
        }

    private:
        void advance() {
            item_.reset();
            if (left_.empty()) return;
            Reader in{left_};
            item_ = Item::take(in);
            left_ = in.rest();
        }

        Bytes left_;
        std::optional<Item> item_;
    };

    List() = default;

    /// nullopt when any item is cut or wrong.
    static std::optional<List> parse(Bytes items) {
        Reader in{items};
        while (in.remaining() != 0) {
            if (!Item::take(in) || !in.ok()) return std::nullopt;
        }
        return List{items};
    }

    Iterator begin() const { return Iterator{bytes_}; }
    std::default_sentinel_t end() const { return {}; }
    bool empty() const { return bytes_.empty(); }
    /// Walks the list.
    std::size_t size() const {
        std::size_t count = 0;
        for (auto at = begin(); at != end(); ++at)
            ++count;
        return count;
    }
    /// As they stand in the message, without the length.
    Bytes bytes() const { return bytes_; }

private:
    explicit List(Bytes items) : bytes_{items} {}

    Bytes bytes_;
};

/// One run of bytes after its length, as the item of a list: at least `BytesMin` of them.
template <std::size_t LengthBytes, std::size_t BytesMin>
struct Opaque {
    Bytes bytes;

    static std::optional<Opaque> take(Reader& in) {
        const Bytes bytes = read_vector<LengthBytes>(in);
        if (!in.ok() || bytes.size() < BytesMin) return std::nullopt;
        return Opaque{bytes};
    }
};

/// A value that is nothing but a list after a length of `LengthBytes`.
template <std::size_t LengthBytes, ListItem Item>
Result<List<Item>> parse_list(Bytes value, std::string_view what) {
    Reader in{value};
    const auto list = List<Item>::parse(read_vector<LengthBytes>(in));
    if (!list) [[unlikely]]
        return fail(Errc::malformed, what);
    return finish_exactly(in, *list, what);
}

/// A list of runs of bytes: both the list and each of them after a length.
template <std::size_t ListLengthBytes, std::size_t ItemLengthBytes>
void write_opaques(Writer& out, std::span<const Bytes> items) {
    write_vector<ListLengthBytes>(out, [items](Writer& to) {
        for (const Bytes item : items)
            write_vector<ItemLengthBytes>(to, item);
    });
}

} // namespace hawser::wire::dtls
