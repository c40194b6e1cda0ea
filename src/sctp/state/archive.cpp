#include "sctp/state/archive.hpp"

#include "crypto/secret.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace hawser::sctp {
namespace {

/// Longer is no time that anything here knows; sums of a few are far from wrapping.
constexpr Duration::rep kMost = Duration::rep{1} << 60;
/// No window, time or rate is larger.
constexpr double kRealMost = 1e15;
constexpr std::size_t kControlMessagesMax = 64;

} // namespace

Archive::~Archive() {
    if (!loading_) return;
    for (const ClassId id : classes_)
        shared_.classes.release(id);
}

void Archive::fail(Errc code, std::string_view what) {
    if (!error_) error_ = Error{code, what};
    in_ = wire::Reader{{}};
}

void Archive::check(bool holds) {
    if (loading_ && !holds) fail(Errc::malformed, "state: its parts do not fit together");
}

std::optional<Error> Archive::error() const {
    if (error_) return error_;
    if (in_.ok() && in_.remaining() == 0) return std::nullopt;
    return Error{Errc::malformed, "state: longer or shorter than it says"};
}

MutableBytes Archive::room(std::size_t bytes) {
    constexpr std::size_t kLeast = 4096;
    const std::size_t size = out_.size();
    if (bytes > out_.capacity() - size) {
        std::vector<std::byte> larger;
        larger.reserve(std::max({kLeast, 2 * out_.capacity(), size + bytes}));
        larger.assign(out_.begin(), out_.end());
        crypto::wipe(out_);
        out_.swap(larger);
    }
    out_.resize(size + bytes);
    return MutableBytes{out_}.last(bytes);
}

// --- parts ---

std::size_t Archive::begin_part(std::uint8_t name, std::uint8_t version) {
    std::uint8_t its_name = name;
    std::uint8_t its_version = version;
    std::uint32_t bytes = 0;
    (*this)(its_name, its_version, bytes);
    check(its_name == name);
    if (its_version != version)
        fail(Errc::unsupported, "state: a part of it was exported by another version");
    check(bytes <= in_.remaining() || saving());
    return loading_ ? bytes : out_.size();
}

/// Only the part is read until it ends; answers what comes then.
wire::Reader Archive::enter(std::size_t frame) {
    if (saving() || !ok()) return wire::Reader{{}};
    const Bytes content = in_.bytes(frame);
    return std::exchange(in_, wire::Reader{content});
}

void Archive::end_part(std::size_t frame, const wire::Reader& after) {
    if (saving()) {
        const std::size_t bytes = out_.size() - frame;
        HAWSER_ASSERT(bytes <= std::numeric_limits<std::uint32_t>::max());
        wire::store_big(out_.data() + frame - sizeof(std::uint32_t),
                        static_cast<std::uint32_t>(bytes));
        return;
    }
    check(in_.ok() && in_.remaining() == 0);
    if (ok()) in_ = after;
}

void Archive::skip_part(std::uint8_t name, std::uint8_t version) {
    const std::size_t bytes = begin_part(name, version);
    if (ok()) in_.skip(bytes);
}

// --- values ---

std::size_t Archive::count(std::size_t size, std::size_t most) {
    auto number = static_cast<std::uint32_t>(size);
    one(number);
    if (loading_) check(number <= most && number <= in_.remaining());
    return ok() ? number : 0;
}

void Archive::bytes(std::vector<std::byte>& value, std::size_t most) {
    const std::size_t size = count(value.size(), most);
    if (saving()) {
        std::ranges::copy(value, room(value.size()).begin());
        return;
    }
    const Bytes from = in_.bytes(size);
    value.assign(from.begin(), from.end());
}

void Archive::one(bool& value) {
    std::uint8_t number = saving() && value ? 1 : 0;
    one(number);
    check(number <= 1);
    value = number == 1;
}

void Archive::one(std::byte& value) {
    value = static_cast<std::byte>(passed(std::to_integer<std::uint8_t>(value)));
}

void Archive::one(double& value) {
    value = std::bit_cast<double>(passed(std::bit_cast<std::uint64_t>(value)));
    if (!loading_ || (std::isfinite(value) && std::abs(value) < kRealMost)) return;
    check(false);
    value = 0;
}

/// Duration::max() says that there is none.
void Archive::one(Duration& value) {
    auto number = static_cast<Duration::rep>(passed(static_cast<std::uint64_t>(value.count())));
    const bool none = number == Duration::max().count();
    check(saving() || none || (number >= 0 && number <= kMost));
    value = Duration{ok() ? number : 0};
}

void Archive::one(Instant& value) {
    constexpr Duration::rep kNone = std::numeric_limits<Duration::rep>::max();
    Duration::rep number = kNone;
    if (saving() && value != kNever) number = std::clamp((value - at_).count(), -kMost, kMost);
    number = static_cast<Duration::rep>(passed(static_cast<std::uint64_t>(number)));
    if (saving()) return;
    const bool never = number == kNone;
    check(never || (number >= -kMost && number <= kMost));
    value = !ok() ? Instant{} : never ? kNever : at_ + Duration{number};
}

void Archive::one(Address& value) {
    bool is_ipv4 = value.is_ipv4();
    std::uint16_t port = value.port();
    std::uint32_t scope = value.scope();
    (*this)(is_ipv4, port, scope);
    Address::V6 octets{};
    std::ranges::copy(value.octets(), std::as_writable_bytes(std::span{octets}).begin());
    one(octets);
    if (saving()) return;
    if (!is_ipv4) {
        value = Address::ipv6(octets, port, scope);
        return;
    }
    Address::V4 four{};
    std::copy_n(octets.begin(), four.size(), four.begin());
    value = Address::ipv4(four, port);
}

void Archive::one(Path& value) {
    auto& [protocol, local, remote] = value;
    bounded(protocol, Protocol::tcp);
    (*this)(local, remote);
    if (loading_ && path_) value = *path_;
}

/// An empty one may be there for what comes.
void Archive::one(Buffer& value) {
    bool there{value};
    one(there);
    if (loading_) value = Buffer{};
    if (!there) return;
    const std::size_t size = count(value.size(), std::numeric_limits<std::uint32_t>::max());
    if (saving()) {
        std::ranges::copy(value.bytes(), room(size).begin());
        return;
    }
    const Bytes from = in_.bytes(size);
    if (ok()) value = from.empty() ? shared_.buffers.take(1) : shared_.buffers.copy(from);
}

/// The first use of a class says what it is.
void Archive::one(ClassId& value) {
    const auto known = std::ranges::find(classes_, value);
    auto place = static_cast<std::uint16_t>(known - classes_.begin());
    one(place);
    check(place <= classes_.size());
    if (!ok()) {
        value = ClassTable::kDefault;
        return;
    }
    if (place == classes_.size()) {
        Ancillary asked = saving() ? shared_.classes.asked(value) : Ancillary{};
        auto towards = saving() ? shared_.classes.towards(value) : ClassTable::kAnywhere;
        one(asked);
        one(towards);
        if (loading_) {
            const auto found = shared_.classes.intern(asked, towards);
            if (!found) {
                value = ClassTable::kDefault;
                return fail(found.error().code, found.error().what);
            }
            value = *found;
        }
        classes_.push_back(value);
    }
    value = classes_[place];
}

void StateAccess::exchange(Archive& archive, Ancillary& ancillary) {
    auto& [dscp, ecn, hop_limit, dont_fragment, interface_index, flow_label, mark, priority,
           send_at, received_at, extra] = ancillary;
    const auto small = [&archive](auto& value, auto last) {
        using Value = std::remove_cvref_t<decltype(*value)>;
        bool there = value.has_value();
        archive(there);
        Value held = value.value_or(Value{});
        if (there) archive.bounded(held, last);
        value = there ? std::optional{held} : std::nullopt;
    };
    small(dscp, static_cast<Dscp>(63));
    small(ecn, Ecn::ce);
    archive(hop_limit, dont_fragment, interface_index, flow_label, mark, priority);
    std::optional<Instant> leaves;
    if (send_at) leaves = send_at->at;
    std::optional<std::int64_t> came; // by the wall clock
    if (received_at) came = received_at->at.time_since_epoch().count();
    archive(leaves, came);
    std::vector<ControlMessage> messages{extra.begin(), extra.end()};
    archive.list(messages, kControlMessagesMax);
    if (archive.saving()) return;
    send_at = leaves ? std::optional{SendTime{*leaves}} : std::nullopt;
    received_at = came ? std::optional{ReceiveTime{WallTime{Duration{*came}}}} : std::nullopt;
    extra.clear();
    for (ControlMessage& message : messages)
        extra.push_back(std::move(message));
}

void StateAccess::exchange(Archive& archive, ControlMessage& message) {
    constexpr std::size_t kBytesMax = 65'535;
    auto& [level, type, data] = message;
    archive(level, type);
    archive.bytes(data, kBytesMax);
}

} // namespace hawser::sctp
