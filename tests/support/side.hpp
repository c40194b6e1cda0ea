// One SCTP engine with everything it borrows, and a mailbox for what it says.
#pragma once

#include "support/world.hpp"

#include <hawser/sctp/endpoint.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hawser::test {

class Side final : public Node {
public:
    Side(World& world, const Address& address, const sctp::Options& options, std::uint64_t seed);

    // --- the user's calls, with the clock and the usual association filled in ---

    /// The usual association is the one of the last Connected event or connect call.
    sctp::AssociationId association() const { return association_; }
    Result<> listen(std::uint16_t port) { return engine->listen(port); }
    Result<sctp::AssociationId> connect(const Address& remote, std::uint16_t remote_port,
                                        const sctp::ConnectOptions& options = {});
    Result<> send(std::string_view message, const sctp::SendOptions& options = {});
    Result<> send(Bytes message, const sctp::SendOptions& options = {});
    Result<> shutdown() { return engine->shutdown(association_, world_.now()); }
    Result<> abort(std::string_view reason = {});

    // --- what it has said ---

    /// The oldest message not yet asked for, as text; nullopt when there is none.
    std::optional<std::string> received();
    std::optional<sctp::Message> message();
    /// The oldest event of a kind not yet asked for. Events of other kinds stay.
    template <class E>
    std::optional<E> event() {
        for (auto it = events.begin(); it != events.end(); ++it) {
            if (auto* found = std::get_if<E>(&*it)) {
                std::optional<E> taken{std::move(*found)};
                events.erase(it);
                return taken;
            }
        }
        return std::nullopt;
    }
    /// The association is ESTABLISHED.
    bool is_connected() const { return state() == sctp::State::established; }
    /// It is up, or is being shut down.
    bool is_up() const { return state() >= sctp::State::established; }
    /// `closed` when there is no association.
    sctp::State state() const;
    sctp::Status status() const { return engine->status(association_).value(); }
    Instant deadline() const override {
        return engine && !suspended_ ? engine->deadline() : kNever;
    }

    // --- strangers ---

    /// Associations with this SCTP port of a peer are not the user's: nobody reads what they say.
    std::optional<std::uint16_t> stranger_port;
    std::size_t stranger_count() const { return strangers_.size(); }
    void dismiss_strangers();

    // --- death and resurrection ---

    /// The engine is gone without a word, with all that it held; what comes is lost.
    void crash();
    /// A new engine at the same address, which remembers nothing.
    void restart(const sctp::Options& options);
    /// Its process does not run: nothing leaves, no clock ticks, and what comes waits in its
    /// socket, as much as fits. Nobody may ask it anything meanwhile.
    void suspend() { suspended_ = true; }
    /// It goes on, and the clock has leapt.
    void wake();
    bool suspended() const { return suspended_; }

    /// A new engine at the same address goes on with the usual association, and what its user
    /// holds stays; others are gone. Fails as the export or the import does.
    Result<> hand_over(const sctp::Options& options);
    std::vector<std::byte> last_state; ///< that was handed over
    static constexpr StateKey kStateKey{std::byte{7}};
    WallTime wall() const;
    /// Shows every packet, also of engines to come.
    void set_tap(Tap* tap);

    // --- a Node ---

    void receive(Datagram& datagram, Instant now) override;
    void path_event(const PathEvent& event, Instant now) override;
    void advance(Instant now) override;
    bool drain(FakeNetwork& network, Instant now) override;

    Framing framing; ///< what the layers below ask for
    SeededRandom random;
    PacketPool packets;
    BufferPool buffers;
    std::deque<sctp::Message> messages;
    std::deque<sctp::Event> events;           ///< all others, in order
    sctp::Counters last_counters;             ///< of the engine before the last crash
    Verdict last_verdict = Verdict::accepted; ///< of the packet received last
    std::unique_ptr<sctp::Endpoint> engine;   ///< last: it goes before what it borrows

private:
    void begin_anew(const sctp::Options& options);
    void take_events();
    bool is_of_stranger(const sctp::Event& event);

    World& world_;
    bool suspended_ = false;
    std::vector<WireDatagram> socket_; ///< what came while it was suspended
    std::set<sctp::AssociationId> strangers_;
    sctp::AssociationId association_{};
    Tap* tap_ = nullptr;
};

} // namespace hawser::test
