#include "dtls/record_protection.hpp"

#include <hawser/core/check.hpp>
#include <hawser/wire/byte_order.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace hawser::dtls {

using wire::dtls::Record;
using wire::dtls::RecordHeader;
using wire::dtls::RecordInPlace;
using wire::dtls::RecordKind;
using wire::dtls::UnifiedHeader;
using wire::dtls::Version;

namespace {

/// A number of 1.3 is hidden by 16 bytes of ciphertext (RFC 9147 §4.2.3).
constexpr std::size_t kSampleBytes = crypto::RecordNumberCipher::kSampleBytes;

void seal13(KeyedContexts& contexts, const RecordKeys& keys, std::uint64_t sequence,
            ContentType type, Bytes cid, MutableBytes record) {
    const UnifiedHeader header{.epoch = keys.epoch, .sequence = sequence, .cid = cid};
    const std::size_t front = header.size();
    const std::size_t sealed = record.size() - front;
    header.write(record.data(), sealed);
    const MutableBytes inner = record.subspan(front, sealed - keys.tag_bytes());
    inner.back() = static_cast<std::byte>(type);
    contexts.seal(keys).seal(keys.nonce(sequence), record.first(front), inner,
                             record.last(keys.tag_bytes()));
}

void seal12(KeyedContexts& contexts, const RecordKeys& keys, std::uint64_t sequence,
            ContentType type, Bytes cid, MutableBytes record) {
    const auto epoch = static_cast<std::uint16_t>(keys.epoch);
    const RecordHeader header{.type = cid.empty() ? type : ContentType::tls12_cid,
                              .version = Version::v1_2,
                              .epoch = epoch,
                              .sequence = sequence,
                              .cid = cid};
    const std::size_t explicit_bytes = keys.explicit_nonce_bytes();
    header.write(record.data(), record.size() - header.size());
    const auto nonce = keys.nonce(sequence);
    if (explicit_bytes != 0)
        std::memcpy(record.data() + header.size(), nonce.data() + 4, explicit_bytes);
    const std::size_t front = header.size() + explicit_bytes;
    const MutableBytes text = record.subspan(front, record.size() - front - keys.tag_bytes());
    const MutableBytes tag = record.last(keys.tag_bytes());
    crypto::Aead& aead = contexts.seal(keys);
    if (cid.empty()) {
        const auto aad =
            wire::dtls::additional_data(epoch, sequence, type, Version::v1_2, text.size());
        return aead.seal(nonce, aad, text, tag);
    }
    text.back() = static_cast<std::byte>(type);
    const auto aad =
        wire::dtls::cid_additional_data(epoch, sequence, Version::v1_2, cid, text.size());
    aead.seal(nonce, aad.bytes(), text, tag);
}

std::optional<OpenedContent> content_of(MutableBytes opened) {
    const auto inner = wire::dtls::InnerPlaintext::parse(opened);
    if (!inner) return std::nullopt;
    return OpenedContent{inner->type, opened.first(inner->content_bytes)};
}

std::optional<OpenedContent> open12(KeyedContexts& contexts, const RecordKeys& keys,
                                    const Record& record, const RecordInPlace& place) {
    const std::size_t explicit_bytes = keys.explicit_nonce_bytes();
    if (place.payload.size() < explicit_bytes + keys.tag_bytes()) return std::nullopt;
    // A peer chooses its own explicit part; hawser's and most are the record's number.
    const auto nonce = explicit_bytes == 0
                           ? keys.nonce(record.sequence)
                           : keys.nonce_of(wire::load_big<std::uint64_t>(place.payload.data()));
    const MutableBytes text = place.payload.subspan(
        explicit_bytes, place.payload.size() - explicit_bytes - keys.tag_bytes());
    const Bytes tag = place.payload.last(keys.tag_bytes());
    crypto::Aead& aead = contexts.open(keys);
    if (record.kind == RecordKind::cid12) {
        const auto aad = wire::dtls::cid_additional_data(record.epoch, record.sequence,
                                                         record.version, record.cid, text.size());
        if (!aead.open(nonce, aad.bytes(), text, tag)) return std::nullopt;
        return content_of(text);
    }
    const auto aad = wire::dtls::additional_data(record.epoch, record.sequence, record.type,
                                                 record.version, text.size());
    if (!aead.open(nonce, aad, text, tag)) return std::nullopt;
    return OpenedContent{record.type, text};
}

} // namespace

RecordRoom record_room(const RecordKeys& keys, std::size_t cid_bytes) {
    if (keys.version == Version::v1_3) {
        return {wire::dtls::kUnifiedHeaderBytesMin + 3 + cid_bytes, 1 + keys.tag_bytes()};
    }
    return {wire::dtls::kRecordHeaderBytes + cid_bytes + keys.explicit_nonce_bytes(),
            keys.tag_bytes() + (cid_bytes != 0 ? 1 : 0)};
}

std::size_t record_padding(const RecordKeys& keys, std::size_t content_bytes) {
    if (keys.version != Version::v1_3) return 0;
    const std::size_t sealed = content_bytes + 1 + keys.tag_bytes();
    return sealed < kSampleBytes ? kSampleBytes - sealed : 0;
}

void seal_record(KeyedContexts& contexts, const RecordKeys& keys, std::uint64_t sequence,
                 ContentType type, Bytes cid, MutableBytes record) {
    seal_in_sight(contexts, keys, sequence, type, cid, record);
    hide_numbers(contexts, keys, cid, record, record.size());
}

void seal_in_sight(KeyedContexts& contexts, const RecordKeys& keys, std::uint64_t sequence,
                   ContentType type, Bytes cid, MutableBytes record) {
    if (keys.version == Version::v1_3) {
        seal13(contexts, keys, sequence, type, cid, record);
    } else {
        seal12(contexts, keys, sequence, type, cid, record);
    }
}

void hide_numbers(KeyedContexts& contexts, const RecordKeys& keys, Bytes cid, MutableBytes row,
                  std::size_t record_bytes) {
    if (keys.version != Version::v1_3) return; // it is in sight there
    constexpr std::size_t kAtOnce = 16;
    const UnifiedHeader header{.cid = cid};
    std::array<std::byte, kAtOnce * kSampleBytes> masks;
    while (!row.empty()) {
        std::size_t count = 0;
        for (MutableBytes rest = row; count < kAtOnce && !rest.empty(); ++count) {
            HAWSER_ASSERT(rest.size() >= header.size() + kSampleBytes);
            std::memcpy(masks.data() + count * kSampleBytes, rest.data() + header.size(),
                        kSampleBytes);
            rest = rest.subspan(std::min(record_bytes, rest.size()));
        }
        contexts.seal_numbers(keys).masks(MutableBytes{masks}.first(count * kSampleBytes));
        for (std::size_t i = 0; i < count; ++i) {
            std::byte* const number = row.data() + header.sequence_offset();
            number[0] ^= masks[i * kSampleBytes];
            number[1] ^= masks[i * kSampleBytes + 1];
            row = row.subspan(std::min(record_bytes, row.size()));
        }
    }
}

std::optional<std::uint64_t> unmask_number(KeyedContexts& contexts, const RecordKeys& keys,
                                           const Record& record, const RecordInPlace& place,
                                           std::uint64_t expected, Bytes upcoming) {
    if (place.payload.size() < kSampleBytes) return std::nullopt;
    const std::size_t front = record.whole.size() - place.payload.size();
    const auto& mask =
        contexts.masks_ahead().mask(contexts.open_numbers(keys), keys.id, place.payload.data(),
                                    {.upcoming = upcoming.subspan(std::min(front, upcoming.size())),
                                     .stride = record.whole.size()});
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < place.number.size(); ++i) {
        place.number[i] ^= mask[i];
        low = low << 8 | std::to_integer<std::uint64_t>(place.number[i]);
    }
    return wire::dtls::reconstruct_sequence(expected, low,
                                            static_cast<unsigned>(8 * record.sequence_bytes));
}

std::optional<OpenedContent> open_record(KeyedContexts& contexts, const RecordKeys& keys,
                                         std::uint64_t sequence, const Record& record,
                                         const RecordInPlace& place) {
    if (keys.version != Version::v1_3) return open12(contexts, keys, record, place);
    if (place.payload.size() <= keys.tag_bytes()) return std::nullopt;
    const MutableBytes text = place.payload.first(place.payload.size() - keys.tag_bytes());
    if (!contexts.open(keys).open(keys.nonce(sequence), place.header, text,
                                  place.payload.last(keys.tag_bytes()))) {
        return std::nullopt;
    }
    return content_of(text);
}

} // namespace hawser::dtls
