// A third host of bad will, beside the two honest ones.
#pragma once

#include "support/sctp_bytes.hpp"
#include "support/world.hpp"

#include <hawser/engine/random.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace hawser::test {

/// Has associations of its own with whoever listens, on which it says whatever the format allows:
/// right tags, and DATA or I-DATA, SACKs and control chunks of every shape. And it forges packets
/// in the name of an honest host, whose tags it does not know, and repeats and reorders some that
/// it has seen.
class Villain final : public Node {
public:
    /// Its SCTP port, so that others know its associations from theirs.
    static constexpr std::uint16_t kPort = 6666;

    Villain(World& world, const Address& address, std::uint64_t seed);

    /// Whom it talks to, and in whose name it can.
    struct Victim {
        Address address;
        std::uint16_t port;
        Address friend_address;
        std::uint16_t friend_port;
    };
    void act(const Victim& victim);
    /// It sees this datagram go by.
    void overhear(const WireDatagram& datagram);

    // --- a Node: what it has to say leaves in `act` ---

    void receive(Datagram& datagram, Instant now) override;
    void path_event(const PathEvent&, Instant) override {}
    void advance(Instant) override {}
    bool drain(FakeNetwork&, Instant) override { return false; }
    Instant deadline() const override { return kNever; }

private:
    /// An association of its own.
    struct Life {
        bool up = false;
        std::uint32_t own_tag = 0;
        std::uint32_t tag = 0; ///< the victim's; 0: none yet
        std::uint32_t own_tsn = 0;
        std::uint32_t tsn = 0; ///< the newest of the victim's
        Octets cookie;
        bool lists_i_data = false;
    };
    static constexpr std::size_t kOverheardMax = 64;

    void begin(Life& life, const Victim& victim);
    void speak(Life& life, const Victim& victim);
    void forge(const Victim& victim);
    void repeat();
    Chunk anything(const Life& life);
    Chunk some_data(std::uint32_t first_tsn);
    Chunk some_i_data(std::uint32_t first_tsn);
    Chunk some_sack(std::uint32_t newest);
    Chunk nonsense();
    std::uint32_t small(std::uint32_t bound) {
        return static_cast<std::uint32_t>(random_.below(bound));
    }
    std::uint32_t any_u32() { return static_cast<std::uint32_t>(random_.next()); }
    void send(const Address& from, const Address& to, Octets packet);

    World& world_;
    SeededRandom random_;
    std::map<Address, Life> lives_;
    std::vector<WireDatagram> overheard_;
};

} // namespace hawser::test
