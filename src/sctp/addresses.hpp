// The addresses of an end that has several: which are told, which are believed, which are used.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/path.hpp>
#include <hawser/sctp/options.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace hawser::sctp {

/// Hosts without ports, each once; few enough to stand in a State Cookie.
class AddressList {
public:
    static constexpr std::size_t kMax = Options::kAddressesMax;

    /// False when it is full; what is in it already stays once.
    bool add(const Address& address) {
        const Address host = address.host();
        if (contains(host)) return true;
        if (size_ == kMax) return false;
        hosts_[size_++] = host;
        return true;
    }
    bool contains(const Address& address) const {
        return std::ranges::any_of(*this,
                                   [&](const Address& one) { return one.is_same_host(address); });
    }
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    const Address* begin() const { return hosts_.data(); }
    const Address* end() const { return hosts_.data() + size_; }

private:
    std::array<Address, kMax> hosts_;
    std::size_t size_ = 0;
};

/// Neither unspecified, nor multicast, nor broadcast.
bool is_of_one_host(const Address& address);

/// Those of the parameters of an INIT or INIT ACK that came from `source`, which is the first. Not
/// taken are what no host has, what the other end cannot mean (see
/// Options::addresses_of_any_scope), families that none of our own addresses has, and what goes
/// beyond Options::peer_addresses_max.
AddressList addresses_of_peer(const Options& options, Bytes parameters, const Address& source);

/// Whether a peer that speaks from `source` may add an address (RFC 5061 §4.2.1): by the same
/// rules.
bool may_be_added(const Options& options, const Address& address, const Address& source);

/// Ours, as parameters of an INIT or INIT ACK to `remote`: none when there is one only, which is
/// then the source of the packet (RFC 9260 §5.1.2). What does not fit into `bytes_max` is left out.
void write_our_addresses(wire::Writer& out, const Options& options, const Address& remote,
                         std::size_t bytes_max);

/// Where a user says that a peer is, too: at a UDP port of its own, or at that of the first.
Address remote_beside(const Path& first, const Address& host);

/// Which of ours to send from to `remote`: the one that is most like it (RFC 6724 §5, rule 8), or
/// with `turn` above 0 one of the next best. `first` is what the association began with: used where
/// `ours` has nothing for that family, and for its port.
Address source_towards(const Options& options, std::span<const Address> ours, const Address& first,
                       const Address& remote, std::size_t turn);

} // namespace hawser::sctp
