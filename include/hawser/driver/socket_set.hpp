// The sockets of one engine, and the taps on their wires.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/core/path.hpp>
#include <hawser/core/result.hpp>
#include <hawser/engine/framing.hpp>
#include <hawser/engine/tap.hpp>
#include <hawser/engine/verdict.hpp>
#include <hawser/net/receive_batch.hpp>
#include <hawser/net/socket.hpp>
#include <hawser/net/wait.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace hawser {

/// Everything of a driver that does not depend on its engine: which socket takes a packet, the one
/// batch that is held while a socket is full, the packet ids, and what taps are shown.
class SocketSet {
public:
    /// Transmits, and bytes, that are sent at once. Few bytes, so that the slabs of a batch are
    /// still in the cache when the next one is written.
    static constexpr std::size_t kBatchTransmits = 64;
    static constexpr std::size_t kBatchBytes = std::size_t{128} * 1024;
    /// What engines are told of UDP: the payload that fits one IPv4 packet, and UDP_MAX_SEGMENTS of
    /// Linux before 6.9.
    static constexpr std::size_t kDatagramBytesMax = 65'507;
    static constexpr std::size_t kTrainSegmentsMax = 64;

    explicit SocketSet(std::vector<net::Socket> sockets);

    void add(net::Socket socket);
    /// As Socket::hear, of each raw socket, and of those that are added later.
    Result<> hear(std::vector<std::uint16_t> sctp_ports);
    std::span<net::Socket> sockets() { return sockets_; }
    std::span<const net::Socket> sockets() const { return sockets_; }

    /// Connects every socket that can send there. Fails with `invalid_argument` without one, and
    /// with what the first said that could not, when those before it are connected.
    Result<> connect(const Address& peer);

    /// What to watch: writable only while a batch is held for that socket.
    std::span<const net::Interest> interests() const { return interests_; }
    Framing framing() const;

    /// As Socket::check, of the socket that the path would leave by. Fails also with
    /// `invalid_argument` when no socket serves the path.
    Result<> check(const Ancillary& ancillary, const Path& path) const;

    void set_tap(Tap* tap, std::string endpoint);
    /// What was received last is shown.
    bool tapped() const { return tapped_; }

    // --- out ---

    /// Whether the batch takes one more.
    bool has_room() const { return batch_.size() < kBatchTransmits && batch_bytes_ < kBatchBytes; }
    /// Puts the packet into the batch. One without an id takes the next: they are counted from 1,
    /// one a datagram, in the order in which the engine hands them out. An engine that shows a
    /// packet's inside before it hands it out counts along, or sets the id itself.
    void put(Transmit&& transmit);
    bool empty() const { return batch_.empty(); }
    /// Sends the batch; appends the refusals that a path should hear of. False when a socket is
    /// full: the rest is held.
    bool send(Instant now, std::vector<PathEvent>& events);

    // --- in ---

    /// Receives from one socket. What came is valid until the next call.
    std::span<const net::Received> receive(std::size_t socket);
    /// True when the last receive filled its batch, so that more may be waiting.
    bool more() const { return receiving_.full(); }
    /// Empties the error queues that are known to hold something; `all`: every one.
    void read_errors(std::vector<PathEvent>& events, bool all);
    PacketId next_received() { return static_cast<PacketId>(++last_received_); }

    /// Keeps the bytes of a message as they came, for a tap: an engine may open them in place.
    void keep(const net::Received& message);
    /// Shows datagram `index` of the message that was kept last.
    void show(const net::Received& message, std::size_t index, PacketId id, Verdict verdict,
              Instant now);

private:
    /// A row of datagrams of one Transmit that had the same fate.
    struct Shown {
        std::size_t first, last;
        Verdict verdict;
    };

    std::optional<std::size_t> socket_for(const Path& path) const;
    bool send_run(std::size_t last, std::optional<std::size_t> index, Instant now,
                  std::vector<PathEvent>& events);
    void report(std::span<const Transmit> run, const net::SendOutcome& outcome, Instant now,
                std::vector<PathEvent>& events, const net::Socket* socket);
    void show_sent(const Transmit& transmit, const Shown& shown, Instant now,
                   const net::Socket* socket);
    Address source_of(const Path& path, const net::Socket* socket);
    void update_interests();
    bool is_shown() const { return tap_ != nullptr && tap_->wants(Layer::wire); }

    std::vector<net::Socket> sockets_;
    std::vector<std::uint16_t> heard_ports_;
    std::vector<net::Interest> interests_;
    net::ReceiveBatch receiving_;

    std::vector<Transmit> batch_;
    std::size_t batch_bytes_ = 0;
    std::size_t sent_ = 0;          ///< Transmits at the front of the batch that are done with
    std::size_t sent_segments_ = 0; ///< and datagrams of the one after them
    std::optional<std::size_t> blocked_;
    std::uint64_t last_sent_ = 0;
    std::uint64_t last_received_ = 0;

    Tap* tap_ = nullptr;
    bool tapped_ = false;
    std::string endpoint_;
    std::vector<std::byte> kept_;
    std::unordered_map<Address, Address, AddressHash> sources_;
};

} // namespace hawser
