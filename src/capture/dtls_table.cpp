#include "capture/dtls_table.hpp"

#include <algorithm>
#include <utility>

namespace hawser::capture::detail {
namespace {

namespace dtls = wire::dtls;

/// What else shares a port with DTLS begins otherwise: RFC 7983 §7.
bool may_be_dtls(Bytes datagram) {
    if (datagram.empty()) return false;
    const auto first = std::to_integer<unsigned>(datagram[0]);
    return first >= 20 && first <= 63;
}

/// Whether a datagram begins with a record that has DTLS's version in its header.
bool shows_dtls(Bytes datagram) {
    dtls::Records records{datagram, 0};
    const auto* first = records.next();
    if (first == nullptr || first->kind == dtls::RecordKind::unified) return false;
    const auto type = std::to_underlying(first->type);
    const bool known_type = type >= std::to_underlying(dtls::ContentType::change_cipher_spec) &&
                            type <= std::to_underlying(dtls::ContentType::ack);
    const bool known_version = first->version == dtls::Version::v1_0 ||
                               first->version == dtls::Version::v1_2 ||
                               first->version == dtls::Version::v1_3;
    return known_type && known_version && first->payload.size() <= dtls::kCiphertext12BytesMax;
}

} // namespace

/// Both ends of a frame, in an order that does not depend on who sends.
struct DtlsTable::Ends {
    Address first, second;
    DtlsTally::End sender;

    static Ends of(const Frame& frame) {
        // In logs of ours the local address may not be known yet, and the remote one is enough.
        if (frame.packet_id && frame.direction) {
            const bool comes = *frame.direction == Direction::in;
            return {.first = comes ? *frame.source : *frame.destination,
                    .second = {},
                    .sender = comes ? 0u : 1u};
        }
        const bool forward = *frame.source < *frame.destination;
        return {.first = forward ? *frame.source : *frame.destination,
                .second = forward ? *frame.destination : *frame.source,
                .sender = forward ? 0u : 1u};
    }
};

bool DtlsTable::add(const Frame& frame, const std::string& observer, View view) {
    const bool in_clear = view == View::clear && frame.dissector == "dtls";
    if (!in_clear && !frame.is_udp) return false;
    if (!frame.source || !frame.destination) return false;
    const Ends ends = Ends::of(frame);
    const Key key{observer, ends.first, ends.second};
    if (!may_be_dtls(frame.payload)) return false;
    if (!latest_.contains(key) && !shows_dtls(frame.payload)) return false;
    DtlsTally* const tally = connection(key, frame.payload);
    if (tally == nullptr) {
        not_kept_ += 1;
    } else if (in_clear) {
        tally->message_in_clear(frame, ends.sender);
    } else {
        tally->datagram(frame, ends.sender);
    }
    return true;
}

DtlsTally* DtlsTable::connection(const Key& key, Bytes datagram) {
    const auto found = latest_.find(key);
    if (found != latest_.end()) {
        const Bytes random = client_random_of(datagram);
        const Bytes known = found->second->client_random();
        if (random.empty() || known.empty() || std::ranges::equal(random, known)) {
            return found->second;
        }
    }
    if (connections_.size() == kConnectionsMax) return nullptr;
    connections_.push_back(std::make_unique<DtlsTally>(std::get<std::string>(key)));
    return latest_.insert_or_assign(key, connections_.back().get()).first->second;
}

std::vector<DtlsSummary> DtlsTable::finish() {
    std::vector<DtlsSummary> summaries;
    summaries.reserve(connections_.size());
    for (const auto& connection : connections_)
        summaries.push_back(connection->finish());
    return summaries;
}

} // namespace hawser::capture::detail
