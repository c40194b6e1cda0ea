// Connection IDs that follow the first ones (RFC 9147 §9).
#include "dtls/connection.hpp"

#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <utility>

namespace hawser::dtls {

using wire::dtls::ConnectionIdUsage;

/// One that is not in use, but may be: the one before, or one that was given out.
bool Connection::is_own_cid(Bytes cid) const {
    const auto is = [cid](const auto& one) { return std::ranges::equal(one, cid); };
    return (!previous_cid_.empty() && is(previous_cid_)) || std::ranges::any_of(spare_cids_, is);
}

/// The peer has gone over to another one: only the one before is still taken.
void Connection::on_cid_used(Bytes cid) {
    const auto found = std::ranges::find_if(
        spare_cids_, [cid](const auto& one) { return std::ranges::equal(one, cid); });
    if (found == spare_cids_.end()) return;
    if (!previous_cid_.empty()) services_.cids->retire(previous_cid_);
    previous_cid_ = std::exchange(own_cid_, std::move(*found));
    spare_cids_.erase(found);
}

void Connection::send_connection_ids(std::size_t count, ConnectionIdUsage usage) {
    const std::size_t room_for = kSpareIdsMax - std::min(kSpareIdsMax, spare_cids_.size());
    const std::size_t first = spare_cids_.size();
    for (std::size_t i = 0; i < std::min(count, room_for); ++i)
        spare_cids_.push_back(services_.cids->issue(*this));
    const std::vector<Bytes> fresh{spare_cids_.begin() + static_cast<std::ptrdiff_t>(first),
                                   spare_cids_.end()};
    std::vector<std::byte> body(8 + kSpareIdsMax * (1 + own_cid_.size()));
    wire::Writer out{body};
    wire::dtls::write_new_connection_id(out, fresh, usage);
    body.resize(out.written());
    begin_flight();
    queue(HandshakeType::new_connection_id, write_epoch(), std::move(body));
    send_flight();
    flush_handshake();
}

Result<> Connection::replace_connection_id() {
    if (auto may = may_send_message(); !may) return may;
    if (own_cid_.empty())
        return hawser::fail(Errc::unsupported, "the peer puts no connection ID on its records");
    if (spare_cids_.size() >= kSpareIdsMax)
        return hawser::fail(Errc::exhausted, "the peer has not used the IDs that it was given");
    send_connection_ids(1, ConnectionIdUsage::immediate);
    settle();
    return {};
}

bool Connection::take_next_peer_cid() {
    if (peer_spares_.empty()) return false;
    peer_cid_ = std::move(peer_spares_.front());
    peer_spares_.erase(peer_spares_.begin());
    return true;
}

Result<> Connection::use_next_connection_id() {
    if (ended_) return hawser::fail(Errc::closed, "the connection has ended");
    if (take_next_peer_cid()) return {};
    if (auto may = may_send_message(); !may) return may;
    if (peer_cid_.empty())
        return hawser::fail(Errc::unsupported, "the peer wants no connection ID on our records");
    next_cid_wanted_ = true;
    std::vector<std::byte> body(1);
    wire::Writer out{body};
    wire::dtls::write_request_connection_id(out, static_cast<std::uint8_t>(kSpareIdsMax));
    begin_flight();
    queue(HandshakeType::request_connection_id, write_epoch(), std::move(body));
    send_flight();
    flush_handshake();
    settle();
    return {};
}

/// More than there is room for is passed over: the peer keeps them for nothing.
void Connection::on_new_connection_id(const HandshakeMessage& message) {
    const auto ids = wire::dtls::NewConnectionId::parse(message.body);
    const bool fits =
        ids && !peer_cid_.empty() &&
        std::ranges::none_of(ids->cids, [](const auto& id) { return id.bytes.empty(); });
    if (!fits)
        return fail(AlertDescription::unexpected_message, Errc::refused,
                    "connection IDs that were not agreed on");
    if (ids->usage == ConnectionIdUsage::immediate) peer_spares_.clear();
    for (const auto& id : ids->cids) {
        if (peer_spares_.size() >= kSpareIdsMax) break;
        peer_spares_.emplace_back(id.bytes.begin(), id.bytes.end());
    }
    const bool wanted = std::exchange(next_cid_wanted_, false);
    if (wanted || ids->usage == ConnectionIdUsage::immediate) take_next_peer_cid();
}

void Connection::on_request_connection_id(const HandshakeMessage& message) {
    const auto count = wire::dtls::parse_request_connection_id(message.body);
    if (!count || own_cid_.empty())
        return fail(AlertDescription::unexpected_message, Errc::refused,
                    "a request for connection IDs that were not agreed on");
    if (*count == 0) return;
    if (messages_ && !messages_->outbox.empty()) {
        cids_owed_ = *count;
        return;
    }
    send_connection_ids(*count, ConnectionIdUsage::spare);
}

} // namespace hawser::dtls
