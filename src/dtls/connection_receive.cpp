// Records in: which keys, whether they are new, what they carry.
#include "dtls/connection.hpp"

#include <algorithm>
#include <utility>

namespace hawser::dtls {

using wire::dtls::AlertLevel;
using wire::dtls::Record;
using wire::dtls::RecordInPlace;
using wire::dtls::RecordKind;

Verdict Connection::on_record(const Record& record, MutableBytes bytes, const Datagram& datagram,
                              const Call& call) {
    if (standing_.ended) return Verdict::unexpected;
    const RecordInPlace place = record.in(bytes);
    if (record.kind == RecordKind::plain && record.epoch == 0)
        return on_plain(record, place, datagram, call);
    return on_sealed(record, place, datagram, call);
}

Verdict Connection::on_plain(const Record& record, const RecordInPlace& place,
                             const Datagram& datagram, const Call& call) {
    const RecordNumber number{0, record.sequence};
    switch (record.type) {
    case ContentType::handshake:
        return on_content(record.type, place.payload, number, datagram, call);
    case ContentType::change_cipher_spec: return on_change_cipher_spec(place.payload, call);
    case ContentType::alert:
    case ContentType::ack:
        // Once the peer has keys, nothing that anybody could have written counts. A server of 1.2
        // has none until it has answered the Finished.
        if (standing_.connected ||
            (records_.reads() && standing_.agreement.version == Version::v1_3))
            return Verdict::unexpected;
        return on_content(record.type, place.payload, number, datagram, call);
    default: return Verdict::unexpected;
    }
}

Verdict Connection::on_sealed(const Record& record, const RecordInPlace& place,
                              const Datagram& datagram, const Call& call) {
    // One that is not all of its datagram tells nothing of those that follow.
    const bool alone = record.whole.size() == datagram.payload.size();
    const auto opened = records_.open(record, place, alone ? datagram.upcoming : Bytes{});
    if (!opened) {
        if (opened.error().verdict == Verdict::unknown_epoch) return stash(record, datagram);
        if (opened.error().ends) fail(*opened.error().ends, call);
        return opened.error().verdict;
    }
    unreachable_told_ = false;
    if (opened->is_newest && opened->is_under_other_cid) retire(ids_.on_used(record.cid));
    if (opened->is_newest && standing_.connected && !ids_.own().empty() &&
        datagram.path != standing_.path) {
        unsettled_ = true;
        on_new_path(datagram.path, datagram.payload.size(), call);
    }
    return on_content(opened->type, opened->content, opened->number, datagram, call);
}

/// Keeps a record that came before its keys: a flight whose datagrams overtook each other.
Verdict Connection::stash(const Record& record, const Datagram& datagram) {
    if (!standing_.handshaking() || !stash_.has_room(record.whole.size())) {
        ++services_.counters.unknown_epoch;
        return Verdict::unknown_epoch;
    }
    stash_.keep({.bytes = {record.whole.begin(), record.whole.end()},
                 .path = datagram.path,
                 .ancillary = datagram.ancillary,
                 .packet = datagram.id,
                 .number = {}});
    return Verdict::accepted;
}

void Connection::unstash(const Call& call) {
    if (stash_.empty()) return;
    for (KeptRecord& early : stash_.take()) {
        KeptRecord& kept = services_.kept.emplace_back(std::move(early));
        const Datagram datagram{kept.packet, kept.path, kept.ancillary, kept.bytes};
        wire::dtls::Records records{kept.bytes, ids_.own().size()};
        while (const auto* record = records.next())
            static_cast<void>(on_record(*record, kept.bytes, datagram, call));
    }
}

Verdict Connection::on_content(ContentType type, MutableBytes content, RecordNumber number,
                               const Datagram& datagram, const Call& call) {
    if (type == ContentType::application_data) return on_data(content, number, datagram, call);
    unsettled_ = true;
    switch (type) {
    case ContentType::handshake: return on_handshake(content, number, call);
    case ContentType::alert: return on_alert(content, call);
    case ContentType::ack: return on_ack(content, call);
    case ContentType::return_routability_check: return on_routability(content, datagram.path);
    case ContentType::change_cipher_spec: return on_change_cipher_spec(content, call);
    default: return Verdict::unexpected;
    }
}

Verdict Connection::on_data(MutableBytes content, RecordNumber number, const Datagram& datagram,
                            const Call& call) {
    if (!standing_.connected || number.epoch == 0) return Verdict::unexpected;
    if (standing_.agreement.is_1_3() && number.epoch < kDataEpoch13) {
        fail({AlertDescription::unexpected_message, Errc::refused,
              "data under the keys of the handshake"},
             call);
        return Verdict::protocol_violation;
    }
    // Under keys whose Finished has not come yet.
    if (standing_.renegotiating() && number.epoch != records_.oldest_read_epoch()) {
        if (!renegotiation_.early.has_room(content.size())) return Verdict::no_room;
        renegotiation_.early.keep({.bytes = {content.begin(), content.end()},
                                   .path = datagram.path,
                                   .ancillary = datagram.ancillary,
                                   .packet = datagram.id,
                                   .number = number});
        return Verdict::accepted;
    }
    deliver(content, number, datagram, call);
    return Verdict::accepted;
}

void Connection::deliver(MutableBytes content, RecordNumber number, const Datagram& datagram,
                         const Call& call) {
    flights_.on_data(number.epoch, call.now);
    if (!call.as_events) {
        OpenedRecord& opened = services_.opened.emplace_back();
        opened.connection = standing_.handle;
        opened.payload = content;
        opened.epoch = number.epoch;
        opened.sequence = number.sequence;
        opened.packet_id = datagram.id;
        opened.path = &datagram.path;
        opened.ancillary = &datagram.ancillary;
        return;
    }
    services_.events.push(Received{.connection = standing_.handle,
                                   .payload = services_.environment.buffers.copy(content),
                                   .ancillary = datagram.ancillary,
                                   .path = datagram.path,
                                   .packet_id = datagram.id,
                                   .epoch = number.epoch,
                                   .sequence = number.sequence});
}

/// The epochs say all that it means; what it says is looked at all the same (RFC 5246 §7.1), once
/// the version is certain.
Verdict Connection::on_change_cipher_spec(Bytes content, const Call& call) {
    if (standing_.handshake == nullptr) return Verdict::unexpected;
    if (content.size() == 1 && content.front() == std::byte{1}) return Verdict::accepted;
    const bool certain = standing_.handshaking() && forming().suite != nullptr;
    if (!certain || forming().version != Version::v1_2) return Verdict::malformed;
    fail({AlertDescription::illegal_parameter, Errc::refused, "a wrong ChangeCipherSpec"}, call);
    return Verdict::protocol_violation;
}

/// Of whichever epoch: a server of 1.3 refuses a client's certificate in the one before the
/// client's data.
Verdict Connection::on_alert(Bytes content, const Call& call) {
    const auto alert = wire::dtls::Alert::parse(content);
    if (!alert) return Verdict::malformed;
    if (alert->description == AlertDescription::close_notify) {
        alert_received_ = alert->description;
        if (standing_.connected) {
            send_alert(AlertDescription::close_notify, AlertLevel::warning, call);
            alert_sent_ = AlertDescription::close_notify;
        }
        end(Error{standing_.connected ? Errc::closed : Errc::refused, "closed by the peer"}, call);
        return Verdict::accepted;
    }
    // DTLS 1.3 ignores the level; in 1.2 a warning is no end (RFC 5246 §7.2).
    if (alert->level == AlertLevel::warning && standing_.agreement.version != Version::v1_3) {
        if (alert->description == AlertDescription::no_renegotiation) on_refused();
        return Verdict::accepted;
    }
    alert_received_ = alert->description;
    end(Error{Errc::refused, wire::dtls::name(alert->description)}, call);
    return Verdict::accepted;
}

Verdict Connection::on_ack(Bytes content, const Call& call) {
    const auto numbers = wire::dtls::parse_ack(content);
    if (!numbers) return Verdict::malformed;
    if (flights_.on_ack(*numbers, call.now)) on_flight_acknowledged(call);
    return Verdict::accepted;
}

/// Data moves no clock, and nothing is owed for it.
void Connection::on_datagram_end(const Call& call) {
    if (!std::exchange(unsettled_, false) && flights_.is_quiet()) return;
    flights_.on_datagram_end(call.now);
    settle();
}

} // namespace hawser::dtls
