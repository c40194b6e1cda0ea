// usrsctp at the end of a simulated wire, by the world's clock: no thread of its own does anything.
#pragma once

#include "support/world.hpp"

#include <hawser/core/packet.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <usrsctp.h>
#include <vector>

namespace hawser::test {

/// What an association of usrsctp's is to have.
struct UsrsctpOptions {
    std::uint16_t streams = 8;
    bool interleaving = false;
    /// Chunk types that it wants authenticated, with one shared key; none: no AUTH.
    std::vector<std::uint8_t> authenticated;
};

struct UsrsctpMessage {
    std::uint16_t stream = 0;
    bool unordered = false;
    std::vector<std::byte> payload;
};

/// How long usrsctp keeps a message.
struct UsrsctpLimit {
    std::uint16_t policy = 0; ///< SCTP_PR_SCTP_NONE, _TTL or _RTX
    std::uint32_t value = 0;  ///< milliseconds, or retransmissions
};

/// One socket and at most one association. libusrsctp keeps its state in globals: one at a time.
class UsrsctpSide final : public Node {
public:
    static constexpr std::string_view kSecret = "a key that both know";

    /// `seed` is that of every random number of usrsctp's.
    UsrsctpSide(World& world, const Address& address, const Address& remote,
                const UsrsctpOptions& options, std::uint64_t seed);
    ~UsrsctpSide() override;
    UsrsctpSide(const UsrsctpSide&) = delete;
    UsrsctpSide& operator=(const UsrsctpSide&) = delete;

    void listen(std::uint16_t port);
    void connect(std::uint16_t port);
    /// False when it takes nothing now.
    bool send(std::uint16_t stream, bool unordered, const UsrsctpLimit& limit, Bytes message);
    /// Asks for a reset of all of its streams; false while it cannot.
    bool reset_outgoing();
    void shutdown();

    bool up() const { return up_; }
    bool over() const { return over_; }  ///< after a graceful end
    std::string lost;                    ///< how it ended otherwise
    std::deque<UsrsctpMessage> messages; ///< that came

    // --- a Node ---
    void receive(Datagram& datagram, Instant now) override;
    void path_event(const PathEvent&, Instant) override {}
    void advance(Instant now) override;
    bool drain(FakeNetwork& network, Instant now) override;
    Instant deadline() const override { return next_tick_; }

private:
    static int on_output(void* address, void* buffer, std::size_t size, std::uint8_t, std::uint8_t);
    static int on_receive(struct socket* so, sctp_sockstore from, void* data, std::size_t size,
                          sctp_rcvinfo info, int flags, void* side);
    static void start_library();

    struct socket* open_socket(const UsrsctpOptions& options);
    void notified(const sctp_notification& note);
    void take(Bytes some, const sctp_rcvinfo& info, int flags);
    sockaddr_conn address_of(std::uint16_t port);

    Address remote_;
    PacketPool pool_;
    struct socket* socket_ = nullptr;   ///< that listens, or connects
    struct socket* accepted_ = nullptr; ///< what came of listening
    std::deque<std::vector<std::byte>> packets_;
    std::map<std::uint32_t, std::vector<std::byte>> partial_; ///< by stream and order
    Instant next_tick_;
    bool up_ = false;
    bool over_ = false;
    bool resetting_ = false; ///< by our wish, and not told yet what came of it
};

} // namespace hawser::test
