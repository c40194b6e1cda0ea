#include "dtls/connection_ids.hpp"

#include <algorithm>

namespace hawser::dtls {

using wire::dtls::ConnectionIdUsage;

bool ConnectionIds::is_other_own(Bytes cid) const {
    const auto is = [cid](const auto& one) { return std::ranges::equal(one, cid); };
    return (!previous_.empty() && is(previous_)) || std::ranges::any_of(spares_, is);
}

ConnectionId ConnectionIds::on_used(Bytes cid) {
    const auto found = std::ranges::find_if(
        spares_, [cid](const auto& one) { return std::ranges::equal(one, cid); });
    if (found == spares_.end()) return {};
    ConnectionId retired = std::exchange(previous_, std::exchange(own_, std::move(*found)));
    spares_.erase(found);
    return retired;
}

std::vector<Bytes> ConnectionIds::newest(std::size_t count) const {
    return {spares_.end() - static_cast<std::ptrdiff_t>(count), spares_.end()};
}

std::vector<ConnectionId> ConnectionIds::all_own() const {
    std::vector<ConnectionId> all = spares_;
    for (const ConnectionId* cid : {&own_, &previous_}) {
        if (!cid->empty()) all.push_back(*cid);
    }
    return all;
}

bool ConnectionIds::take_next_peer() {
    if (peer_spares_.empty()) return false;
    peer_ = std::move(peer_spares_.front());
    peer_spares_.erase(peer_spares_.begin());
    return true;
}

bool ConnectionIds::take(const wire::dtls::NewConnectionId& fresh) {
    const auto is_empty = [](const auto& id) { return id.bytes.empty(); };
    if (peer_.empty() || std::ranges::any_of(fresh.cids, is_empty)) return false;
    const bool at_once = fresh.usage == ConnectionIdUsage::immediate;
    if (at_once) peer_spares_.clear();
    for (const auto& id : fresh.cids) {
        if (peer_spares_.size() >= kSparesMax) break;
        peer_spares_.emplace_back(id.bytes.begin(), id.bytes.end());
    }
    if (std::exchange(next_wanted_, false) || at_once) take_next_peer();
    return true;
}

void ConnectionIds::restore(All&& all) {
    own_ = std::move(all.own);
    previous_ = std::move(all.previous);
    spares_ = std::move(all.spares);
    peer_ = std::move(all.peer);
    peer_spares_ = std::move(all.peer_spares);
}

} // namespace hawser::dtls
