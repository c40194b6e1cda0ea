#include "dtls/record_layer.hpp"

#include <algorithm>
#include <cstring>

namespace hawser::dtls {

using wire::dtls::kRecordHeaderBytes;
using wire::dtls::Record;
using wire::dtls::RecordInPlace;
using wire::dtls::RecordKind;

// --- in ---

/// The keys that the record says it is under.
RecordLayer::Reading* RecordLayer::reading(const Record& record) {
    if (reading_.empty()) return nullptr;
    const bool unified = record.kind == RecordKind::unified;
    Reading& newest = reading_.back();
    if (unified != (newest.keys.version == Version::v1_3)) return nullptr;
    const auto epoch = unified ? wire::dtls::reconstruct_epoch(newest.keys.epoch, record.epoch)
                               : std::optional<std::uint64_t>{record.epoch};
    if (!epoch) return nullptr;
    if (newest.keys.epoch == *epoch) return &newest;
    const auto found = std::ranges::find_if(
        reading_, [&](const Reading& reading) { return reading.keys.epoch == *epoch; });
    return found == reading_.end() ? nullptr : &*found;
}

std::expected<RecordLayer::Opened, RecordLayer::Refused>
RecordLayer::open(const Record& record, const RecordInPlace& place, Bytes upcoming) {
    const auto refuse = [](Verdict verdict) { return std::unexpected{Refused{verdict}}; };
    Reading* const reading = this->reading(record);
    if (reading == nullptr) return refuse(Verdict::unknown_epoch);
    const bool usual = std::ranges::equal(record.cid, ids_.own());
    if (!usual && !ids_.is_other_own(record.cid)) return refuse(Verdict::unknown_connection);
    const bool unified = record.kind == RecordKind::unified;
    // RFC 9147 §4.5.2: what cannot be a record is dropped unopened.
    if (record.payload.size() >
        (unified ? wire::dtls::kCiphertext13BytesMax : wire::dtls::kCiphertext12BytesMax))
        return refuse(Verdict::malformed);
    std::uint64_t sequence = record.sequence;
    if (unified) {
        const auto whole = unmask_number(services_.contexts, reading->keys, record, place,
                                         reading->window.next(), upcoming);
        if (!whole) return refuse(Verdict::malformed);
        sequence = *whole;
    }
    if (!reading->window.is_new(sequence)) {
        ++services_.counters.replayed;
        return refuse(Verdict::replayed);
    }
    const auto opened = open_record(services_.contexts, reading->keys, sequence, record, place);
    if (!opened) return std::unexpected{on_forged(*reading)};
    ++services_.counters.records_opened;
    const bool newest = sequence >= reading->window.next();
    reading->window.take(sequence);
    // RFC 8449 §4: of any type; in 1.3 padding counts, too.
    const std::size_t content_bytes =
        unified ? record.payload.size() - reading->keys.tag_bytes() - 1 : opened->content.size();
    if (content_bytes > standing_.agreement.own_record_limit)
        return std::unexpected{Refused{Verdict::protocol_violation,
                                       Fault{AlertDescription::record_overflow, Errc::refused,
                                             "the peer's record is longer than it was told"}}};
    return Opened{opened->type, opened->content, {reading->keys.epoch, sequence}, newest, !usual};
}

RecordLayer::Refused RecordLayer::on_forged(Reading& reading) {
    ++services_.counters.bad_mac;
    if (++reading.failures < aead_limits(reading.keys.kind).open_failures)
        return Refused{Verdict::bad_mac};
    return Refused{Verdict::bad_mac, Fault{AlertDescription::bad_record_mac, Errc::refused,
                                           "too many forged records"}};
}

void RecordLayer::install_read(RecordKeys keys) {
    keys.id = services_.contexts.next_id();
    reading_.push_back({keys, ReplayWindow{standing_.options->replay_window}});
}

/// The last `kept` epochs stay.
void RecordLayer::forget_reading_before(std::size_t kept) {
    if (reading_.size() > kept)
        reading_.erase(reading_.begin(), reading_.end() - static_cast<std::ptrdiff_t>(kept));
}

// --- out ---

void RecordLayer::install_write(RecordKeys keys) {
    keys.id = services_.contexts.next_id();
    writing_.push_back({keys, 0});
}

void RecordLayer::forget_writing_before() {
    writing_.erase(writing_.begin(), writing_.end() - 1);
}

RecordLayer::Writing* RecordLayer::writing(std::uint64_t epoch) {
    const auto found = std::ranges::find_if(
        writing_, [epoch](const Writing& writing) { return writing.keys.epoch == epoch; });
    return found == writing_.end() ? nullptr : &*found;
}

std::size_t RecordLayer::bytes_around(std::uint64_t epoch) const {
    for (const Writing& writing : writing_) {
        if (writing.keys.epoch != epoch) continue;
        const RecordRoom around = room(writing);
        return around.headroom + around.tailroom;
    }
    return kRecordHeaderBytes;
}

std::uint64_t RecordLayer::append(ContentType type, std::uint64_t epoch, Bytes content,
                                  std::vector<std::byte>& datagram) {
    Writing* const writing = epoch == 0 ? nullptr : this->writing(epoch);
    if (writing == nullptr) return append_plain(type, content, datagram);
    const std::size_t start = datagram.size();
    const std::uint64_t number = writing->next;
    datagram.resize(start + record_bytes(*writing, content.size()));
    seal_content(*writing, type, content, MutableBytes{datagram}.subspan(start));
    return number;
}

std::uint64_t RecordLayer::append_plain(ContentType type, Bytes content,
                                        std::vector<std::byte>& datagram) {
    const std::size_t start = datagram.size();
    const wire::dtls::RecordHeader header{
        .type = type,
        .version = standing_.agreement.suite == nullptr ? Version::v1_0 : Version::v1_2,
        .epoch = 0,
        .sequence = next_plain_++};
    datagram.resize(start + kRecordHeaderBytes + content.size());
    header.write(datagram.data() + start, content.size());
    std::ranges::copy(content,
                      datagram.begin() + static_cast<std::ptrdiff_t>(start + kRecordHeaderBytes));
    return header.sequence;
}

std::size_t RecordLayer::record_bytes(const Writing& epoch, std::size_t content_bytes) const {
    const RecordRoom around = room(epoch);
    return around.headroom + content_bytes + record_padding(epoch.keys, content_bytes) +
           around.tailroom;
}

void RecordLayer::seal_content(Writing& epoch, ContentType type, Bytes content,
                               MutableBytes record) {
    const std::size_t front = room(epoch).headroom;
    const std::size_t padding = record_padding(epoch.keys, content.size());
    if (!content.empty()) std::memcpy(record.data() + front, content.data(), content.size());
    if (padding == 0) return seal(epoch, type, record);
    // The type stands before the zeros, the last of which is where it stands otherwise.
    const MutableBytes padded = record.subspan(front + content.size(), padding);
    std::memset(padded.data(), 0, padded.size());
    padded.front() = static_cast<std::byte>(type);
    seal(epoch, ContentType{}, record);
}

void RecordLayer::seal_in_sight(Writing& epoch, ContentType type, MutableBytes record) {
    dtls::seal_in_sight(services_.contexts, epoch.keys, epoch.next++, type, ids_.peer(), record);
    ++services_.counters.records_sealed;
}

void RecordLayer::hide_numbers(Writing& epoch, MutableBytes row, std::size_t record_bytes) {
    dtls::hide_numbers(services_.contexts, epoch.keys, ids_.peer(), row, record_bytes);
}

void RecordLayer::seal(Writing& epoch, ContentType type, MutableBytes record) {
    seal_record(services_.contexts, epoch.keys, epoch.next++, type, ids_.peer(), record);
    ++services_.counters.records_sealed;
}

Result<> RecordLayer::numbers_left(const Writing& epoch, std::size_t records) {
    constexpr std::uint64_t kKept = 1024;
    if (epoch.next + records + kKept <= wire::dtls::kSequenceMax) return {};
    return hawser::fail(Errc::exhausted, "the record numbers of this epoch are used up");
}

void RecordLayer::restore(const Half& read, const Half& write) {
    install_read(read.keys);
    if (read.next != 0) reading_.back().window.take(read.next - 1);
    install_write(write.keys);
    writing_.back().next = write.next;
}

void RecordLayer::shrink() {
    reading_.shrink_to_fit();
    writing_.shrink_to_fit();
}

} // namespace hawser::dtls
