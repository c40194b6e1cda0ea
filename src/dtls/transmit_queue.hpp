// Datagrams that wait to be polled, each with its number: equal neighbours become trains.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/core/path.hpp>
#include <hawser/engine/framing.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace hawser::dtls {

class TransmitQueue {
public:
    explicit TransmitQueue(PacketPool& packets) : packets_{packets} {}

    /// Room for one more datagram of exactly `bytes`, to be filled before the next call. It joins
    /// the train before it when path, ancillary data and size allow.
    MutableBytes append(const Path& path, const Ancillary& ancillary, std::size_t bytes);
    /// As `append`, but the room may be in the datagram before it, when that was made for sharing,
    /// is not taken yet, and has at most `limit` bytes then.
    MutableBytes share(const Path& path, const Ancillary& ancillary, std::size_t bytes,
                       std::size_t limit);
    /// Numbers so many datagrams in a row, which leave by another way; the first one's.
    PacketId take_ids(std::size_t count);
    /// What the next datagram will have.
    PacketId next_id() const { return PacketId{next_id_}; }
    /// Of the datagram that `append` or `share` gave room in last.
    PacketId last_id() const { return last_id_; }
    std::optional<Transmit> pop(const Framing& framing);
    /// Datagrams that wait.
    std::size_t size() const { return datagrams_; }

private:
    bool joins(const Transmit& train, const Path& path, const Ancillary& ancillary,
               std::size_t bytes) const;
    MutableBytes join(Transmit& train, std::size_t bytes);

    PacketPool& packets_;
    std::uint64_t next_id_ = 1;
    PacketId last_id_{};
    Framing framing_;
    std::vector<Transmit> waiting_;
    std::size_t first_ = 0; ///< those before it have been taken
    std::size_t datagrams_ = 0;
    bool shared_ = false; ///< the last one has room for more records
};

} // namespace hawser::dtls
