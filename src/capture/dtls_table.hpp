// Which DTLS connection of a capture a datagram belongs to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "capture/dtls_tally.hpp"

namespace hawser::capture::detail {

/// Finds connections by the addresses of both ends, and makes a new one at a ClientHello with
/// another random, or at a record whose header shows DTLS, when the capture began late.
class DtlsTable {
public:
    static constexpr std::size_t kConnectionsMax = 4096;

    /// Takes one frame; false: it is no DTLS, as far as that shows.
    bool add(const Frame& frame, const std::string& observer, View view);

    std::vector<DtlsSummary> finish();
    /// Datagrams of connections beyond the first kConnectionsMax.
    std::uint64_t not_kept() const { return not_kept_; }

private:
    struct Ends;
    using Key = std::tuple<std::string, Address, Address>;

    DtlsTally* connection(const Key& key, Bytes datagram);

    std::vector<std::unique_ptr<DtlsTally>> connections_;
    std::map<Key, DtlsTally*> latest_;
    std::uint64_t not_kept_ = 0;
};

} // namespace hawser::capture::detail
