// Records in: which keys, whether they are new, what they carry.
#include "dtls/connection.hpp"

#include <hawser/wire/dtls/alert.hpp>
#include <hawser/wire/dtls/handshake.hpp>

#include <algorithm>
#include <utility>

namespace hawser::dtls {

using wire::dtls::AlertLevel;
using wire::dtls::Record;
using wire::dtls::RecordInPlace;
using wire::dtls::RecordKind;

Verdict Connection::on_record(const Record& record, MutableBytes bytes, const Datagram& datagram) {
    if (ended_) return Verdict::unexpected;
    const RecordInPlace place = record.in(bytes);
    if (record.kind == RecordKind::plain && record.epoch == 0)
        return on_plain(record, place, datagram);
    return on_sealed(record, place, datagram);
}

Verdict Connection::on_plain(const Record& record, RecordInPlace place, const Datagram& datagram) {
    const RecordNumber number{0, record.sequence};
    switch (record.type) {
    case ContentType::handshake: return on_content(record.type, place.payload, number, datagram);
    case ContentType::change_cipher_spec: return on_change_cipher_spec(place.payload);
    case ContentType::alert:
    case ContentType::ack:
        // Once the peer has keys, nothing that anybody could have written counts. A server of 1.2
        // has none until it has answered the Finished.
        if (connected_ || (!reading_.empty() && agreement_.version == Version::v1_3))
            return Verdict::unexpected;
        return on_content(record.type, place.payload, number, datagram);
    default: return Verdict::unexpected;
    }
}

/// The keys that the record says it is under.
Connection::ReadEpoch* Connection::reader(const Record& record) {
    if (reading_.empty()) return nullptr;
    const bool unified = record.kind == RecordKind::unified;
    if (unified != (reading_.back().keys.version == Version::v1_3)) return nullptr;
    const auto epoch = unified
                           ? wire::dtls::reconstruct_epoch(reading_.back().keys.epoch, record.epoch)
                           : std::optional<std::uint64_t>{record.epoch};
    if (!epoch) return nullptr;
    const auto found = std::ranges::find_if(
        reading_, [&](const ReadEpoch& reader) { return reader.keys.epoch == *epoch; });
    return found == reading_.end() ? nullptr : &*found;
}

Verdict Connection::on_sealed(const Record& record, RecordInPlace place, const Datagram& datagram) {
    ReadEpoch* reader = this->reader(record);
    if (reader == nullptr) return stash(record, datagram);
    const bool usual = std::ranges::equal(record.cid, own_cid_);
    if (!usual && !is_own_cid(record.cid)) return Verdict::unknown_connection;
    const bool unified = record.kind == RecordKind::unified;
    // RFC 9147 §4.5.2: what cannot be a record is dropped unopened.
    if (record.payload.size() >
        (unified ? wire::dtls::kCiphertext13BytesMax : wire::dtls::kCiphertext12BytesMax))
        return Verdict::malformed;
    std::uint64_t sequence = record.sequence;
    if (unified) {
        const auto whole =
            unmask_number(services_.contexts, reader->keys, record, place, reader->window.next());
        if (!whole) return Verdict::malformed;
        sequence = *whole;
    }
    if (!reader->window.is_new(sequence)) {
        ++services_.counters.replayed;
        return Verdict::replayed;
    }
    const auto opened = open_record(services_.contexts, reader->keys, sequence, record, place);
    if (!opened) {
        ++services_.counters.bad_mac;
        if (++reader->failures >= aead_limits(reader->keys.kind).open_failures)
            fail(AlertDescription::bad_record_mac, Errc::refused, "too many forged records");
        return Verdict::bad_mac;
    }
    ++services_.counters.records_opened;
    const bool newest = sequence >= reader->window.next();
    const std::uint64_t epoch = reader->keys.epoch;
    reader->window.take(sequence);
    // RFC 8449 §4: of any type; in 1.3 padding counts, too.
    const std::size_t content_bytes =
        unified ? record.payload.size() - reader->keys.tag_bytes() - 1 : opened->content.size();
    if (content_bytes > agreement_.own_record_limit) {
        fail(AlertDescription::record_overflow, Errc::refused,
             "the peer's record is longer than it was told");
        return Verdict::protocol_violation;
    }
    if (!usual && newest) on_cid_used(record.cid);
    if (newest && connected_ && datagram.path != path_ && !own_cid_.empty())
        on_new_path(datagram.path, datagram.payload.size());
    return on_content(opened->type, opened->content, {epoch, sequence}, datagram);
}

/// Keeps a record that came before its keys: a flight whose datagrams overtook each other.
Verdict Connection::stash(const Record& record, const Datagram& datagram) {
    std::size_t bytes = record.whole.size();
    for (const KeptDatagram& kept : stash_)
        bytes += kept.bytes.size();
    const bool early = handshake_ != nullptr && !handshake_->done() && stash_.size() < kStashMax &&
                       bytes <= kStashBytesMax;
    if (!early) {
        ++services_.counters.unknown_epoch;
        return Verdict::unknown_epoch;
    }
    stash_.push_back({{record.whole.begin(), record.whole.end()},
                      datagram.path,
                      datagram.ancillary,
                      datagram.id});
    return Verdict::accepted;
}

void Connection::unstash() {
    for (KeptDatagram& early : std::exchange(stash_, {})) {
        KeptDatagram& kept = services_.kept.emplace_back(std::move(early));
        Datagram datagram{kept.id, kept.path, kept.ancillary, kept.bytes};
        wire::dtls::Records records{kept.bytes, own_cid_.size()};
        while (const auto record = records.next())
            static_cast<void>(on_record(*record, kept.bytes, datagram));
    }
}

Verdict Connection::on_content(ContentType type, MutableBytes content, RecordNumber number,
                               const Datagram& datagram) {
    switch (type) {
    case ContentType::application_data:
        if (!connected_ || number.epoch == 0) return Verdict::unexpected;
        if (is_1_3() && number.epoch < kDataEpoch13) {
            fail(AlertDescription::unexpected_message, Errc::refused,
                 "data under the keys of the handshake");
            return Verdict::protocol_violation;
        }
        if (is_early(type, number.epoch)) return keep_early(content, number, datagram);
        on_application_data(content, number, datagram);
        return Verdict::accepted;
    case ContentType::handshake: return on_handshake(content, number);
    case ContentType::alert: return on_alert(content);
    case ContentType::ack: return on_ack(content);
    case ContentType::return_routability_check: return on_routability(content, datagram.path);
    case ContentType::change_cipher_spec: return on_change_cipher_spec(content);
    default: return Verdict::unexpected;
    }
}

void Connection::on_application_data(MutableBytes content, RecordNumber number,
                                     const Datagram& datagram) {
    if (messages_) on_data_meanwhile(number.epoch);
    if (!services_.deliver_events) {
        services_.opened.push_back({handle_, content, number.epoch, number.sequence, datagram.id,
                                    &datagram.path, &datagram.ancillary});
        return;
    }
    services_.events.push(Received{.connection = handle_,
                                   .payload = services_.environment.buffers.copy(content),
                                   .ancillary = datagram.ancillary,
                                   .path = datagram.path,
                                   .packet_id = datagram.id,
                                   .epoch = number.epoch,
                                   .sequence = number.sequence});
}

Verdict Connection::on_handshake(Bytes content, RecordNumber number) {
    wire::dtls::HandshakeFragments fragments{content};
    Verdict worst = Verdict::accepted;
    bool acknowledge = false, fresh = false;
    bool refused = false; // then the record is not acknowledged (RFC 9147 §7)
    while (const auto fragment = fragments.next()) {
        if (number.epoch < epoch_min_) {
            worst = on_old_message(fragment->header);
            continue;
        }
        if (asks_again(fragment->header, number.epoch)) {
            const bool begun = on_wish(fragment->header);
            if (!begun) worst = Verdict::unexpected;
            if (!begun || role_ == Role::client) continue;
        }
        if (renegotiating() && fragment->header.type == HandshakeType::finished &&
            number.epoch == reading_.front().keys.epoch)
            continue; // of the handshake before, come late
        Messages& under_way = messages();
        const auto steps_back = static_cast<std::uint16_t>(under_way.inbox.next_sequence() - 1 -
                                                           fragment->header.message_seq);
        if (steps_back < 0x8000) {
            acknowledge = acknowledge || number.epoch != 0;
            worst = on_old_message(fragment->header);
            continue;
        }
        const Verdict verdict = under_way.inbox.add(*fragment, number.epoch);
        if (verdict != Verdict::accepted) {
            worst = verdict;
            refused = true;
            continue;
        }
        acknowledge = fresh = true;
        under_way.out_of_order = under_way.out_of_order ||
                                 fragment->header.message_seq != under_way.inbox.next_sequence();
    }
    if (fragments.malformed()) worst = Verdict::malformed;
    if (acknowledge && !refused) {
        messages().acks.note(number);
        if (fresh) on_flight_answered();
    }
    while (messages_ && !ended_) {
        auto message = messages_->inbox.take();
        if (!message) break;
        on_message(std::move(*message));
    }
    return worst;
}

/// In 1.3 whatever comes of the peer's next flight says that all of ours is there, and our ACK says
/// what is missing of theirs (RFC 9147 §7.1); in 1.2 only the whole of it does.
void Connection::on_flight_answered() {
    if (connected_ || !is_1_3()) return;
    messages_->outbox.clear();
    messages_->resend_at = kNever;
}

/// The epochs say all that it means; what it says is looked at all the same (RFC 5246 §7.1), once
/// the version is certain.
Verdict Connection::on_change_cipher_spec(Bytes content) {
    if (handshake_ == nullptr) return Verdict::unexpected;
    if (content.size() == 1 && content.front() == std::byte{1}) return Verdict::accepted;
    const bool certain = !handshake_->done() && agreement().suite != nullptr;
    if (!certain || agreement().version != Version::v1_2) return Verdict::malformed;
    fail(AlertDescription::illegal_parameter, Errc::refused, "a wrong ChangeCipherSpec");
    return Verdict::protocol_violation;
}

/// A message that we have had. Only the last one of the flight that ours answers says that the peer
/// did not get ours (RFC 6347 §4.2.4), and only while nothing of the next has come.
Verdict Connection::on_old_message(const wire::dtls::HandshakeHeader& header) {
    if (!messages_ || messages_->outbox.empty()) return Verdict::unexpected;
    const auto last_taken = static_cast<std::uint16_t>(messages_->inbox.next_sequence() - 1);
    const bool last_of_flight =
        header.message_seq == messages_->answered && header.message_seq == last_taken;
    const bool just_sent =
        services_.now < messages_->resent_at + options_->retransmission_initial / 4;
    if (!last_of_flight || just_sent) return Verdict::unexpected;
    ++services_.counters.retransmissions;
    put_flight();
    return Verdict::unexpected;
}

void Connection::on_message(HandshakeMessage&& message) {
    show(Direction::in, message.type, message.sequence, message.body, services_.packet_id);
    if (handshake_ == nullptr || handshake_->done()) return on_post_handshake(std::move(message));
    const std::uint64_t epoch_before = read_epoch();
    if (const Step step = handshake_->on_message(std::move(message)); !step)
        return fail(step.error().alert, step.error().code, step.error().what);
    if (!ended_ && !stash_.empty() && read_epoch() != epoch_before) unstash();
}

/// Of whichever epoch: a server of 1.3 refuses a client's certificate in the one before the
/// client's data.
Verdict Connection::on_alert(Bytes content) {
    const auto alert = wire::dtls::Alert::parse(content);
    if (!alert) return Verdict::malformed;
    if (alert->description == AlertDescription::close_notify) {
        alert_received_ = alert->description;
        if (connected_) {
            send_alert(AlertDescription::close_notify, AlertLevel::warning);
            alert_sent_ = AlertDescription::close_notify;
        }
        end(Error{connected_ ? Errc::closed : Errc::refused, "closed by the peer"});
        return Verdict::accepted;
    }
    // DTLS 1.3 ignores the level; in 1.2 a warning is no end (RFC 5246 §7.2).
    if (alert->level == AlertLevel::warning && agreement_.version != Version::v1_3) {
        if (alert->description == AlertDescription::no_renegotiation) on_refused();
        return Verdict::accepted;
    }
    alert_received_ = alert->description;
    end(Error{Errc::refused, wire::dtls::name(alert->description)});
    return Verdict::accepted;
}

Verdict Connection::on_ack(Bytes content) {
    const auto numbers = wire::dtls::parse_ack(content);
    if (!numbers) return Verdict::malformed;
    if (!messages_ || messages_->outbox.empty()) return Verdict::accepted;
    bool all = false;
    for (const RecordNumber& number : *numbers)
        all = messages_->outbox.acknowledge(number.epoch, number.sequence);
    if (all) {
        on_flight_acknowledged();
    } else if (!numbers->empty() &&
               services_.now >= messages_->resent_at + options_->retransmission_initial / 4) {
        put_flight(); // the peer misses the rest
    }
    return Verdict::accepted;
}

void Connection::on_datagram_end() {
    if (messages_ && !ended_) settle_acks();
    flush_handshake();
    settle();
}

} // namespace hawser::dtls
