#include "capture/dtls_tally.hpp"

#include <hawser/wire/dtls/alert.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/hello.hpp>

#include <algorithm>
#include <utility>

namespace hawser::capture::detail {
namespace {

namespace dtls = wire::dtls;
using dtls::HandshakeType;

constexpr std::size_t kAddressesMax = 16;
constexpr std::size_t kAlertsMax = 64;
constexpr std::size_t kMessageBytesMax = std::size_t{64} * 1024;
constexpr std::size_t kRandomOffset = 2; // in a hello, after the version

bool is_sealed(const dtls::Record& record) {
    return record.kind != dtls::RecordKind::plain || record.epoch != 0;
}

} // namespace

Bytes client_random_of(Bytes datagram) {
    dtls::Records records{datagram, 0};
    const auto* first = records.next();
    if (first == nullptr || is_sealed(*first) || first->type != dtls::ContentType::handshake)
        return {};
    const auto fragment = dtls::HandshakeFragments{first->payload}.next();
    const bool begins = fragment && fragment->header.type == HandshakeType::client_hello &&
                        fragment->header.fragment_offset == 0;
    if (!begins || fragment->body.size() < kRandomOffset + dtls::kRandomBytes) return {};
    return fragment->body.subspan(kRandomOffset, dtls::kRandomBytes);
}

void DtlsTally::seen(const Frame& frame, End sender) {
    if (summary_.first == WallTime{}) {
        summary_.first = frame.time;
        first_sender_ = sender;
    }
    summary_.last = frame.time;
}

void DtlsTally::datagram(const Frame& frame, End sender) {
    seen(frame, sender);
    EndTally& end = ends_[sender];
    DtlsFlow& flow = end.flow;
    flow.datagrams += 1;
    flow.bytes += frame.payload_bytes;
    if (frame.source && flow.addresses.size() < kAddressesMax &&
        std::ranges::find(flow.addresses, *frame.source) == flow.addresses.end()) {
        flow.addresses.push_back(*frame.source);
    }
    if (frame.ip) {
        const unsigned octet = static_cast<unsigned>(std::to_underlying(frame.ip->dscp)) << 2 |
                               std::to_underlying(frame.ip->ecn);
        end.traffic_classes[octet & 0xff] += 1;
        flow.hop_limits[frame.ip->hop_limit] += 1;
    }
    hello_in_datagram_ = false;
    dtls::Records records{frame.payload, ends_[1 - sender].cid_bytes};
    while (const auto* one = records.next())
        record(frame, sender, *one);
    if (records.malformed()) flow.records += 1; // cut, or with a connection ID that is not known
    measure(frame, sender);
}

void DtlsTally::record(const Frame& frame, End sender, const dtls::Record& record) {
    DtlsFlow& flow = ends_[sender].flow;
    flow.records += 1;
    flow.cid_records += record.cid.empty() ? 0u : 1u;
    const bool is_alert = record.type == dtls::ContentType::alert;
    if (is_sealed(record)) {
        flow.sealed_records += 1;
        flow.sealed_alerts += is_alert ? 1u : 0u;
        return;
    }
    if (record.type == dtls::ContentType::handshake) {
        return handshake(sender, View::wire, record.payload);
    }
    const auto alert = is_alert ? dtls::Alert::parse(record.payload)
                                : Result<dtls::Alert>{fail(Errc::not_found, "no alert")};
    if (!alert || flow.alerts.size() == kAlertsMax) return;
    flow.alerts.push_back({.time = frame.time, .description = alert->description});
}

void DtlsTally::message_in_clear(const Frame& frame, End sender) {
    seen(frame, sender);
    dtls::Records records{frame.payload, 0};
    while (const auto* record = records.next()) {
        if (record->type == dtls::ContentType::handshake) {
            handshake(sender, View::clear, record->payload);
        }
    }
}

void DtlsTally::handshake(End sender, View view, Bytes payload) {
    dtls::HandshakeFragments fragments{payload};
    while (const auto one = fragments.next()) {
        if (one->header.fragment_offset == 0) {
            ends_[sender].messages[static_cast<std::size_t>(view)][one->header.type] += 1;
        }
        fragment(sender, *one);
    }
}

/// Only what comes in order is put together: enough for nearly every hello.
void DtlsTally::fragment(End sender, const dtls::HandshakeFragment& fragment) {
    const dtls::HandshakeHeader& header = fragment.header;
    hello_in_datagram_ = hello_in_datagram_ || header.type == HandshakeType::client_hello;
    if (header.is_whole()) return message(sender, header.type, fragment.body);
    Partial& partial = ends_[sender].partial;
    if (header.fragment_offset == 0) partial = {.message_seq = header.message_seq, .bytes = {}};
    const bool follows =
        partial.message_seq == header.message_seq && partial.bytes.size() == header.fragment_offset;
    if (!follows || header.length > kMessageBytesMax) return;
    partial.bytes.insert(partial.bytes.end(), fragment.body.begin(), fragment.body.end());
    if (partial.bytes.size() == header.length) message(sender, header.type, partial.bytes);
}

void DtlsTally::message(End sender, HandshakeType type, Bytes body) {
    if (type == HandshakeType::client_hello) return client_hello(sender, body);
    if (type == HandshakeType::server_hello) return server_hello(sender, body);
    answered_ = answered_ || type == HandshakeType::hello_verify_request;
}

void DtlsTally::client_hello(End sender, Bytes body) {
    const auto hello = dtls::ClientHello::parse(body);
    if (!hello) return;
    client_ = sender;
    client_random_.assign(hello->random.begin(), hello->random.end());
    if (const auto value = hello->extensions.find(dtls::ExtensionType::server_name)) {
        if (const auto name = dtls::parse_server_name(*value)) summary_.server_name = *name;
    }
    if (const auto value = hello->extensions.find(dtls::ExtensionType::connection_id)) {
        if (const auto cid = dtls::parse_connection_id(*value))
            ends_[sender].cid_bytes = cid->size();
    }
}

void DtlsTally::server_hello(End sender, Bytes body) {
    answered_ = true;
    const auto hello = dtls::ServerHello::parse(body);
    if (!hello) return;
    if (!client_) client_ = 1 - sender;
    if (hello->is_hello_retry_request()) return;
    summary_.version = hello->legacy_version;
    summary_.cipher_suite = hello->cipher_suite;
    if (const auto value = hello->extensions.find(dtls::ExtensionType::supported_versions)) {
        if (const auto version = dtls::parse_selected_version(*value)) summary_.version = *version;
    }
    if (const auto value = hello->extensions.find(dtls::ExtensionType::connection_id)) {
        if (const auto cid = dtls::parse_connection_id(*value))
            ends_[sender].cid_bytes = cid->size();
    }
}

void DtlsTally::measure(const Frame& frame, End sender) {
    if (summary_.round_trip || sender != client_) return;
    if (answered_ && hello_at_) {
        summary_.round_trip = frame.time - *hello_at_;
    } else if (hello_in_datagram_) {
        hello_at_ = frame.time;
    }
}

DtlsSummary DtlsTally::finish() {
    for (EndTally& end : ends_) {
        end.flow.messages = std::move(end.messages[static_cast<std::size_t>(View::clear)]);
        for (const auto& [type, count] : end.messages[static_cast<std::size_t>(View::wire)]) {
            std::uint64_t& most = end.flow.messages[type];
            most = std::max(most, count);
        }
        for (std::size_t octet = 0; octet < end.traffic_classes.size(); ++octet) {
            if (end.traffic_classes[octet] == 0) continue;
            end.flow.markings.push_back({.dscp = static_cast<Dscp>(octet >> 2),
                                         .ecn = static_cast<Ecn>(octet & 0b11),
                                         .packets = end.traffic_classes[octet]});
        }
    }
    const End client = client_.value_or(first_sender_);
    summary_.client = std::move(ends_[client].flow);
    summary_.server = std::move(ends_[1 - client].flow);
    return std::move(summary_);
}

} // namespace hawser::capture::detail
