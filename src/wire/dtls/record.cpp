#include <hawser/wire/dtls/record.hpp>

#include <hawser/core/check.hpp>

#include <algorithm>
#include <cstring>

namespace hawser::wire::dtls {
namespace {

constexpr std::size_t kSequenceOffset = 5;
constexpr std::size_t kSequenceBytes = 6;
constexpr std::size_t kLengthBytes = 2;

/// Epoch and sequence number as one number of 64 bits, which is how they stand in a header.
std::uint64_t joined(std::uint16_t epoch, std::uint64_t sequence) {
    HAWSER_ASSERT(sequence <= kSequenceMax);
    return std::uint64_t{epoch} << 48 | sequence;
}

/// RFC 9147 §4.1; the bound is that of RFC 7983 less the range of the unified header.
bool starts_plain(std::byte first) {
    return first >= std::byte{20} && first < std::byte{UnifiedHeader::kFixed};
}

bool starts_unified(std::byte first) {
    return (first & std::byte{UnifiedHeader::kFixedMask}) == std::byte{UnifiedHeader::kFixed};
}

} // namespace

void RecordHeader::write(std::byte* to, std::size_t payload_bytes) const {
    HAWSER_ASSERT(cid.empty() == (type != ContentType::tls12_cid) && payload_bytes <= 0xffff);
    to[0] = static_cast<std::byte>(type);
    store_big(to + 1, std::to_underlying(version));
    store_big(to + 3, joined(epoch, sequence));
    if (!cid.empty()) std::memcpy(to + 11, cid.data(), cid.size());
    store_big(to + 11 + cid.size(), static_cast<std::uint16_t>(payload_bytes));
}

void RecordHeader::write(Writer& out, std::size_t payload_bytes) const {
    if (payload_bytes > 0xffff) return out.fail();
    const MutableBytes to = out.claim(size());
    if (!to.empty()) write(to.data(), payload_bytes);
}

void UnifiedHeader::write(std::byte* to, std::size_t payload_bytes) const {
    HAWSER_ASSERT(payload_bytes <= 0xffff);
    to[0] = static_cast<std::byte>(kFixed | (cid.empty() ? 0u : kHasCid) |
                                   (sequence_16 ? kSequence16 : 0u) |
                                   (has_length ? kHasLength : 0u) | (epoch & kEpochMask));
    if (!cid.empty()) std::memcpy(to + 1, cid.data(), cid.size());
    std::byte* at = to + sequence_offset();
    if (sequence_16) {
        store_big(at, static_cast<std::uint16_t>(sequence));
        at += 2;
    } else {
        *at++ = static_cast<std::byte>(sequence);
    }
    if (has_length) store_big(at, static_cast<std::uint16_t>(payload_bytes));
}

void UnifiedHeader::write(Writer& out, std::size_t payload_bytes) const {
    if (payload_bytes > 0xffff) return out.fail();
    const MutableBytes to = out.claim(size());
    if (!to.empty()) write(to.data(), payload_bytes);
}

RecordInPlace Record::in(MutableBytes datagram) const {
    const MutableBytes here = datagram.subspan(offset, whole.size());
    return {.header = here.first(header.size()),
            .number = here.subspan(sequence_offset, sequence_bytes),
            .payload = here.subspan(header.size())};
}

const Record* Records::next() & {
    if (at_ == datagram_.size()) return nullptr;
    const std::byte first = datagram_[at_];
    const bool is_whole =
        starts_plain(first) ? read_plain() : starts_unified(first) && read_unified();
    return is_whole ? &record_ : stop();
}

bool Records::read_plain() {
    const Bytes left = rest();
    if (left.size() < kRecordHeaderBytes) return false;
    const std::byte* at = left.data();
    const std::uint64_t number = load_big<std::uint64_t>(at + 3);
    Record& record = record_;
    record.kind = RecordKind::plain;
    record.type = ContentType{std::to_integer<std::uint8_t>(at[0])};
    record.version = Version{load_big<std::uint16_t>(at + 1)};
    record.epoch = static_cast<std::uint16_t>(number >> 48);
    record.sequence = number & kSequenceMax;
    record.sequence_offset = kSequenceOffset;
    record.sequence_bytes = kSequenceBytes;
    record.cid = {};
    constexpr unsigned kMajor = 0xfe;
    if (std::to_underlying(record.version) >> 8 != kMajor) return false;

    std::size_t cid_bytes = 0;
    if (record.type == ContentType::tls12_cid) {
        cid_bytes = cid_bytes_;
        if (cid_bytes == 0 || left.size() < kRecordHeaderBytes + cid_bytes) return false;
        record.kind = RecordKind::cid12;
        record.cid = left.subspan(kRecordHeaderBytes - kLengthBytes, cid_bytes);
    }
    const std::size_t header_bytes = kRecordHeaderBytes + cid_bytes;
    return cut(header_bytes, load_big<std::uint16_t>(at + header_bytes - kLengthBytes));
}

bool Records::read_unified() {
    const Bytes left = rest();
    const unsigned flags = std::to_integer<unsigned>(left[0]);
    const bool has_cid = (flags & UnifiedHeader::kHasCid) != 0;
    const bool has_length = (flags & UnifiedHeader::kHasLength) != 0;
    if (has_cid && cid_bytes_ == 0) return false;

    const std::size_t cid_bytes = has_cid ? cid_bytes_ : 0;
    const std::size_t sequence_bytes = (flags & UnifiedHeader::kSequence16) != 0 ? 2 : 1;
    const std::size_t header_bytes =
        1 + cid_bytes + sequence_bytes + (has_length ? kLengthBytes : 0);
    if (left.size() < header_bytes) return false;

    Record& record = record_;
    record.kind = RecordKind::unified;
    record.type = {};
    record.version = Version::v1_3;
    record.epoch = static_cast<std::uint16_t>(flags & UnifiedHeader::kEpochMask);
    record.cid = left.subspan(1, cid_bytes);
    record.sequence_offset = 1 + cid_bytes;
    record.sequence_bytes = sequence_bytes;
    const std::byte* number = left.data() + record.sequence_offset;
    record.sequence = sequence_bytes == 2 ? load_big<std::uint16_t>(number)
                                          : std::to_integer<std::uint64_t>(*number);
    return cut(header_bytes, has_length ? load_big<std::uint16_t>(number + sequence_bytes)
                                        : left.size() - header_bytes);
}

/// False when it ends beyond the datagram.
bool Records::cut(std::size_t header_bytes, std::size_t payload_bytes) {
    const Bytes left = rest();
    if (payload_bytes > left.size() - header_bytes) return false;
    record_.whole = left.first(header_bytes + payload_bytes);
    record_.header = left.first(header_bytes);
    record_.payload = left.subspan(header_bytes, payload_bytes);
    record_.offset = at_;
    at_ += header_bytes + payload_bytes;
    return true;
}

const Record* Records::stop() {
    malformed_ = true;
    at_ = datagram_.size();
    return nullptr;
}

std::array<std::byte, 13> additional_data(std::uint16_t epoch, std::uint64_t sequence,
                                          ContentType type, Version version,
                                          std::size_t plaintext_bytes) {
    HAWSER_ASSERT(plaintext_bytes <= 0xffff);
    std::array<std::byte, 13> data;
    store_big(data.data(), joined(epoch, sequence));
    data[8] = static_cast<std::byte>(type);
    store_big(data.data() + 9, std::to_underlying(version));
    store_big(data.data() + 11, static_cast<std::uint16_t>(plaintext_bytes));
    return data;
}

CidAdditionalData cid_additional_data(std::uint16_t epoch, std::uint64_t sequence, Version version,
                                      Bytes cid, std::size_t inner_bytes) {
    HAWSER_ASSERT(cid.size() <= kCidBytesMax && inner_bytes <= 0xffff);
    constexpr auto kType = static_cast<std::byte>(ContentType::tls12_cid);
    CidAdditionalData data;
    std::byte* at = data.room.data();
    std::memset(at, 0xff, 8); // where a record without a connection ID has its number
    at[8] = kType;
    at[9] = static_cast<std::byte>(cid.size());
    at[10] = kType;
    store_big(at + 11, std::to_underlying(version));
    store_big(at + 13, joined(epoch, sequence));
    if (!cid.empty()) std::memcpy(at + 21, cid.data(), cid.size());
    store_big(at + 21 + cid.size(), static_cast<std::uint16_t>(inner_bytes));
    data.size = 23 + cid.size();
    return data;
}

Result<InnerPlaintext> InnerPlaintext::parse(Bytes opened) {
    std::size_t size = opened.size();
    while (size > 0 && opened[size - 1] == std::byte{0})
        --size;
    if (size == 0) return fail(Errc::malformed, "a record of nothing but padding");
    return InnerPlaintext{.type = ContentType{std::to_integer<std::uint8_t>(opened[size - 1])},
                          .content_bytes = size - 1};
}

std::uint64_t reconstruct_sequence(std::uint64_t expected, std::uint64_t low, unsigned bits) {
    const std::uint64_t circle = std::uint64_t{1} << bits;
    const std::uint64_t half = circle / 2;
    // How far `low` is ahead of the expected one, around the circle.
    const std::uint64_t ahead = (low - expected) & (circle - 1);
    const std::uint64_t higher = expected + ahead;
    const bool lower_is_nearer = ahead > half || higher > kSequenceMax;
    return lower_is_nearer && higher >= circle ? higher - circle : higher;
}

} // namespace hawser::wire::dtls
