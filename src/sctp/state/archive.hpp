// An association in bytes: one description of each part for both directions.
#pragma once

#include "sctp/class_table.hpp"
#include "sctp/shared.hpp"
#include "sctp/state/access.hpp"

#include <hawser/core/ancillary.hpp>
#include <hawser/core/buffer.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/core/path.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <array>
#include <bitset>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace hawser::sctp {

/// Numbers that are names, and may have any value.
template <class T>
inline constexpr bool kIsIdentity = std::is_same_v<T, StreamId> || std::is_same_v<T, Ppid> ||
                                    std::is_same_v<T, KeyId> || std::is_same_v<T, VerificationTag>;

/// Writes values, or reads them into the same places: whoever describes a part once describes it
/// for both, and cannot do it differently. What was read wrong shows in `ok`: from then on all that
/// is read is zero.
///
/// Instants are written as what they are from the moment of the export, and read from the moment at
/// which that was by the clock of the reader.
class Archive {
public:
    /// Writes.
    Archive(Shared& shared, Instant exported_at) : shared_{shared}, at_{exported_at} {}
    /// Reads. All paths become `path`, if there is one.
    Archive(Shared& shared, Instant exported_at, Bytes content, std::optional<Path> path)
        : shared_{shared}, at_{exported_at}, in_{content}, loading_{true}, path_{path} {}
    ~Archive();
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    bool loading() const { return loading_; }
    bool saving() const { return !loading_; }
    Shared& shared() { return shared_; }
    Instant exported_at() const { return at_; }

    bool ok() const { return !error_ && in_.ok(); }
    void fail(Errc code, std::string_view what);
    /// What was read has to be so.
    void check(bool holds);
    /// nullopt: all was read, and nothing is left over.
    std::optional<Error> error() const;

    const std::vector<std::byte>& written() const { return out_; }
    MutableBytes written() { return out_; }

    // --- values ---

    template <class... Each>
    void operator()(Each&... each) {
        (one(each), ...);
    }
    /// An enumerator, up to `last`; and a number.
    template <class T>
    void bounded(T& value, std::type_identity_t<T> last) {
        auto number = static_cast<std::uint64_t>(value);
        one(number);
        check(number <= static_cast<std::uint64_t>(last));
        if (loading_) value = ok() ? static_cast<T>(number) : T{};
    }
    /// What cannot be referred to, such as a bit-field: the caller assigns it back.
    template <class T>
    T passed(T value) {
        one(value);
        return value;
    }
    /// The number of one of the destinations: after these.
    void destination(std::uint8_t& number) {
        // What has never been used may name one that was removed before.
        std::uint8_t named = saving() && destination_holes[number] ? destination_there : number;
        one(named);
        check(named < destination_count && !destination_holes[named]);
        if (loading_) number = ok() ? named : std::uint8_t{0};
    }
    std::size_t destination_count = 0;
    std::bitset<256> destination_holes; ///< numbers of those that were removed
    std::uint8_t destination_there = 0; ///< one that was not
    /// Instants that are never kNever: they are reckoned with.
    template <class... Each>
    void moments(Each&... each) {
        ((one(each), check(each != kNever)), ...);
    }
    /// How many follow; each of them is one byte at least.
    std::size_t count(std::size_t size, std::size_t most);
    void bytes(std::vector<std::byte>& value, std::size_t most);

    /// A part with a version of its own, which tells where it ends. Versions differ: `unsupported`.
    template <class Describe>
    void part(std::uint8_t name, std::uint8_t version, Describe&& describe) {
        const std::size_t frame = begin_part(name, version);
        const wire::Reader after = enter(frame);
        describe();
        end_part(frame, after);
    }
    /// The same, but what the reader does not want is passed over.
    void skip_part(std::uint8_t name, std::uint8_t version);

    template <std::unsigned_integral T>
        requires(!std::is_same_v<T, bool>)
    void one(T& value) {
        if (loading_) {
            value = read<T>();
        } else {
            put(value);
        }
    }
    void one(bool& value);
    template <std::signed_integral T>
    void one(T& value) {
        auto number = static_cast<std::make_unsigned_t<T>>(value);
        one(number);
        value = static_cast<T>(number);
    }
    template <class T>
        requires(kIsIdentity<T>)
    void one(T& value) {
        auto number = std::to_underlying(value);
        one(number);
        value = static_cast<T>(number);
    }
    template <class Tag, class T>
    void one(Serial<Tag, T>& value) {
        one(value.value);
    }
    void one(double& value);
    void one(Duration& value);
    void one(Instant& value);
    void one(Address& value);
    void one(Path& value);
    void one(Buffer& value);
    /// Held while this is, so that what is made of it may hold it.
    void one(ClassId& value);
    template <class T>
    void one(std::optional<T>& value) {
        bool there = value.has_value();
        one(there);
        if (loading_) value = there && ok() ? std::optional<T>{T{}} : std::nullopt;
        if (value) one(*value);
    }
    /// Made without arguments.
    template <class T>
    void one(std::unique_ptr<T>& value) {
        bool there = value != nullptr;
        one(there);
        if (loading_) value = there && ok() ? std::make_unique<T>() : nullptr;
        if (value) one(*value);
    }
    template <class T>
    void one(std::vector<T>& value) {
        list(value, kListMax);
    }
    template <class T>
    void list(std::vector<T>& value, std::size_t most) {
        const std::size_t size = count(value.size(), most);
        if (loading_) value = std::vector<T>(size);
        for (T& each : value)
            one(each);
    }
    template <class T, std::size_t kSize>
    void one(std::array<T, kSize>& value) {
        for (T& each : value)
            one(each);
    }
    void one(std::byte& value);
    template <class T>
        requires requires(Archive& archive, T& value) { StateAccess::exchange(archive, value); }
    void one(T& value) {
        StateAccess::exchange(*this, value);
    }

private:
    static constexpr std::size_t kListMax = std::size_t{1} << 20;

    template <class T>
    T read() {
        const Bytes from = in_.bytes(sizeof(T));
        return from.empty() ? T{} : wire::load_big<T>(from.data());
    }
    template <class T>
    void put(T value) {
        wire::store_big(room(sizeof(T)).data(), value);
    }
    /// For so many bytes more. Nothing of what was written stays in memory that is given back.
    MutableBytes room(std::size_t bytes);
    std::size_t begin_part(std::uint8_t name, std::uint8_t version);
    wire::Reader enter(std::size_t frame);
    void end_part(std::size_t frame, const wire::Reader& after);

    Shared& shared_;
    Instant at_;
    std::vector<std::byte> out_;
    wire::Reader in_{{}};
    bool loading_ = false;
    std::optional<Path> path_;
    std::optional<Error> error_;
    std::vector<ClassId> classes_; // in the order of their first use
};

} // namespace hawser::sctp
