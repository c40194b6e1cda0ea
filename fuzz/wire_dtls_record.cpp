// The walker never overlaps and never leaves the datagram, its headers come back when they are
// written, and numbers come back from their low bits. First the length of the connection IDs.
#include "fuzzing.hpp"

#include <hawser/wire/dtls/record.hpp>

namespace hawser::wire::dtls {
namespace {

void check_header(const Record& record) {
    const std::vector<std::byte> again = fuzz::written([&](Writer& out) {
        if (record.kind == RecordKind::unified) {
            const auto flags = std::to_integer<unsigned>(record.header[0]);
            UnifiedHeader{.epoch = record.epoch,
                          .sequence = record.sequence,
                          .cid = record.cid,
                          .sequence_16 = record.sequence_bytes == 2,
                          .has_length = (flags & UnifiedHeader::kHasLength) != 0}
                .write(out, record.payload.size() & 0xffff);
        } else {
            RecordHeader{.type = record.type,
                         .version = record.version,
                         .epoch = record.epoch,
                         .sequence = record.sequence,
                         .cid = record.cid}
                .write(out, record.payload.size());
        }
    });
    HAWSER_ASSERT(fuzz::same(again, record.header));
}

void check_numbers(const Record& record, std::uint64_t expected) {
    const unsigned bits = record.sequence_bytes == 1 ? 8 : 16;
    const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
    const std::uint64_t whole =
        reconstruct_sequence(expected & kSequenceMax, record.sequence & mask, bits);
    HAWSER_ASSERT(whole <= kSequenceMax);
    HAWSER_ASSERT((whole & mask) == (record.sequence & mask));
    if (const auto epoch = reconstruct_epoch(expected, record.epoch & 3u)) {
        HAWSER_ASSERT(*epoch <= expected && expected - *epoch < 4);
        HAWSER_ASSERT((*epoch & 3) == (record.epoch & 3u));
    }
}

void try_datagram(std::size_t cid_bytes, Bytes datagram) {
    std::vector<std::byte> copy(datagram.begin(), datagram.end());
    Records records{datagram, cid_bytes};
    std::size_t end = 0;
    while (const auto* record = records.next()) {
        HAWSER_ASSERT(record->offset == end);
        HAWSER_ASSERT(record->whole.data() == datagram.data() + end);
        end += record->whole.size();
        HAWSER_ASSERT(end <= datagram.size() && end == datagram.size() - records.rest().size());
        HAWSER_ASSERT(record->header.size() + record->payload.size() == record->whole.size());
        HAWSER_ASSERT(record->payload.data() == record->header.data() + record->header.size());
        HAWSER_ASSERT(record->sequence_offset + record->sequence_bytes <= record->header.size());
        HAWSER_ASSERT(record->cid.empty() || record->cid.size() == cid_bytes);
        check_header(*record);
        check_numbers(*record, std::uint64_t{end} * 0x1234'5678'9abc);

        const RecordInPlace place = record->in(copy);
        HAWSER_ASSERT(fuzz::same(place.header, record->header));
        HAWSER_ASSERT(fuzz::same(place.payload, record->payload));
        const auto inner = InnerPlaintext::parse(record->payload);
        HAWSER_ASSERT(!inner || inner->content_bytes < record->payload.size());
    }
    HAWSER_ASSERT(records.malformed() || end == datagram.size());
    HAWSER_ASSERT(!records.next());
}

} // namespace
} // namespace hawser::wire::dtls

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    hawser::wire::dtls::try_datagram(data[0], hawser::fuzz::input_of(data + 1, size - 1));
    return 0;
}
