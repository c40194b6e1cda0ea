// Seals and opens records in their place: DTLS 1.2, with and without connection IDs, and 1.3.
#pragma once

#include "dtls/record_keys.hpp"

#include <hawser/core/bytes.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <cstdint>
#include <optional>

namespace hawser::dtls {

using wire::dtls::ContentType;

/// Room that a record needs around its content.
struct RecordRoom {
    std::size_t headroom;
    std::size_t tailroom;
};
/// `cid_bytes`: of the peer's connection ID, 0 without one.
RecordRoom record_room(const RecordKeys& keys, std::size_t cid_bytes);

/// Seals what stands in `record` between the room that `record_room` says; all of it is a record
/// then. Of a record too short to hide its number (RFC 9147 §4.2.3) `tailroom` must have been made
/// larger, by zeros.
void seal_record(KeyedContexts& contexts, const RecordKeys& keys, std::uint64_t sequence,
                 ContentType type, Bytes cid, MutableBytes record);

/// The same of a row of records of `record_bytes`, the last of which may be shorter, in two steps:
/// each is sealed with its number in sight, and then all numbers of the row are hidden at once.
void seal_in_sight(KeyedContexts& contexts, const RecordKeys& keys, std::uint64_t sequence,
                   ContentType type, Bytes cid, MutableBytes record);
void hide_numbers(KeyedContexts& contexts, const RecordKeys& keys, Bytes cid, MutableBytes row,
                  std::size_t record_bytes);

/// Zeros to put after the content, so that 16 bytes of ciphertext can hide the number.
std::size_t record_padding(const RecordKeys& keys, std::size_t content_bytes);

struct OpenedContent {
    ContentType type;
    MutableBytes content;
};

/// The number of a 1.3 record: takes the mask off, in place. nullopt when it is too short.
/// `upcoming` is what follows the record in its train: Datagram::upcoming.
std::optional<std::uint64_t> unmask_number(KeyedContexts& contexts, const RecordKeys& keys,
                                           const wire::dtls::Record& record,
                                           const wire::dtls::RecordInPlace& place,
                                           std::uint64_t expected, Bytes upcoming = {});

/// nullopt when it is not the peer's, or has no content type. `sequence` is the whole number.
std::optional<OpenedContent> open_record(KeyedContexts& contexts, const RecordKeys& keys,
                                         std::uint64_t sequence, const wire::dtls::Record& record,
                                         const wire::dtls::RecordInPlace& place);

} // namespace hawser::dtls
