#include "simulation/villain.hpp"

#include <string>
#include <utility>

namespace hawser::test {

Villain::Villain(World& world, const Address& address, std::uint64_t seed)
    : world_{world}, random_{seed ^ 0x7177'1a17} {
    world.attach(*this, address);
}

void Villain::send(const Address& from, const Address& to, Octets packet) {
    world_.network.inject({.id = {},
                           .path = {.local = from, .remote = to},
                           .ancillary = {},
                           .bytes = std::move(packet)},
                          world_.now());
}

void Villain::act(const Victim& victim) {
    Life& life = lives_[victim.address];
    for (std::uint32_t left = 1 + small(6); left > 0; --left) {
        switch (small(8)) {
        case 0:
        case 1: forge(victim); break;
        case 2: repeat(); break;
        default: life.tag == 0 ? begin(life, victim) : speak(life, victim); break;
        }
    }
}

void Villain::begin(Life& life, const Victim& victim) {
    life = {};
    life.own_tag = any_u32() | 1u;
    life.own_tsn = any_u32();
    InitFields fields{.tag = life.own_tag,
                      .window = small(4) == 0 ? small(3000) : any_u32(),
                      .outbound_streams = small(5),
                      .inbound_streams = small(5),
                      .tsn = life.own_tsn};
    life.lists_i_data = small(2) == 0;
    if (life.lists_i_data) {
        fields.parameters = {
            {.type = kSupportedExtensions, .value = {std::byte{kIData}, std::byte{kIForwardTsn}}},
            {.type = kForwardTsnSupported, .value = {}}};
    }
    for (std::uint32_t i = small(3); i > 0; --i) {
        fields.parameters.push_back(
            {.type = static_cast<std::uint16_t>(small(2) == 0 ? small(16) : any_u32()),
             .value = Octets(small(20))});
    }
    send(world_.network.address(id), victim.address,
         put_together(kPort, victim.port, 0, {init(fields)}));
}

void Villain::speak(Life& life, const Victim& victim) {
    std::vector<Chunk> chunks;
    if (!life.up && !life.cookie.empty()) chunks.push_back(cookie_echo(life.cookie));
    for (std::uint32_t left = 1 + small(10); left > 0; --left)
        chunks.push_back(anything(life));
    Octets packet = put_together(kPort, victim.port, life.tag, chunks);
    if (small(20) == 0) { // a bit is wrong, and the checksum right
        packet[12 + small(static_cast<std::uint32_t>(packet.size() - 12))] ^= std::byte{1}
                                                                              << small(8);
        seal(packet);
    }
    send(world_.network.address(id), victim.address, std::move(packet));
    if (small(50) == 0) life = {}; // it forgets, and comes again
}

Chunk Villain::anything(const Life& life) {
    switch (small(16)) {
    case 0: return heartbeat(std::string(small(200), 'h'));
    case 1: return {.type = kHeartbeatAck, .value = Octets(small(60))};
    case 2: return small(8) == 0 ? shutdown(life.tsn - small(4)) : bare(kCookieAck);
    case 3: return bare(small(8) == 0 ? kShutdownAck : kShutdownComplete, 0);
    case 4: return nonsense();
    case 5:
        return error({{.type = static_cast<std::uint16_t>(small(16)), .value = Octets(small(40))}});
    case 6:
    case 7: return some_sack(life.tsn);
    default:
        // Mostly the kind that may have been agreed on.
        return life.lists_i_data == (small(50) != 0) ? some_i_data(life.own_tsn)
                                                     : some_data(life.own_tsn);
    }
}

Chunk Villain::some_data(std::uint32_t first_tsn) {
    static const std::string kText(2000, 'v');
    return data({.tsn = first_tsn + small(24) - small(4),
                 .stream = small(4),
                 .ssn = small(4),
                 .flags = static_cast<std::uint8_t>(small(16)),
                 .ppid = 666,
                 .payload = std::string_view{kText}.substr(0, small(8) == 0 ? small(300) : 1)});
}

Chunk Villain::some_i_data(std::uint32_t first_tsn) {
    static const std::string kText(2000, 'v');
    const std::uint32_t tsn = first_tsn + small(24) - small(4);
    if (small(20) == 0) {
        return i_forward_tsn(tsn,
                             {{.stream = small(4), .unordered = small(2) == 0, .mid = small(4)}});
    }
    return i_data({.tsn = tsn,
                   .stream = small(4),
                   .mid = small(30) == 0 ? any_u32() : small(4),
                   .fsn = small(30) == 0 ? any_u32() : small(6),
                   .flags = static_cast<std::uint8_t>(small(16)),
                   .ppid = 666,
                   .payload = std::string_view{kText}.substr(0, small(8) == 0 ? small(300) : 1)});
}

Chunk Villain::some_sack(std::uint32_t newest) {
    SackFields fields{.tsn = newest - small(6), .window = small(2) == 0 ? small(2000) : any_u32()};
    for (std::uint32_t i = small(4); i > 0; --i) {
        fields.gaps.emplace_back(static_cast<std::uint16_t>(small(12)),
                                 static_cast<std::uint16_t>(small(12)));
    }
    for (std::uint32_t i = small(3); i > 0; --i)
        fields.duplicates.push_back(any_u32());
    return sack(fields);
}

Chunk Villain::nonsense() {
    Octets value(small(40));
    random_.fill(value);
    return {.type = static_cast<std::uint8_t>(random_.next()),
            .flags = static_cast<std::uint8_t>(random_.next()),
            .value = std::move(value)};
}

/// In the name of the victim's friend, and of a neighbour behind the same NAT, with tags that it
/// can only guess.
void Villain::forge(const Victim& victim) {
    const bool neighbour = small(3) == 0;
    const Address from =
        neighbour
            ? victim.friend_address.with_port(static_cast<std::uint16_t>(30'000 + small(1000)))
            : victim.friend_address;
    const std::uint32_t tag = any_u32() | 1u;
    std::vector<Chunk> chunks;
    switch (small(6)) {
    case 0:
        return send(from, victim.address,
                    put_together(victim.friend_port, victim.port, 0,
                                 {init({.tag = tag, .tsn = any_u32()})}));
    case 1: chunks.push_back(abort({}, static_cast<std::uint8_t>(small(2)))); break;
    case 2: chunks.push_back(bare(kShutdownAck)); break;
    case 3: chunks.push_back(bare(kShutdownComplete, static_cast<std::uint8_t>(small(2)))); break;
    case 4: chunks.push_back(cookie_echo(Octets(small(80)))); break;
    default: chunks.push_back(anything({.own_tsn = any_u32(), .tsn = any_u32()})); break;
    }
    send(from, victim.address, put_together(victim.friend_port, victim.port, tag, chunks));
}

/// What began an association may begin another as long as its cookie lives; the rest is old news.
void Villain::overhear(const WireDatagram& datagram) {
    const ReadPacket packet = take_apart(datagram.bytes);
    if (packet.chunks.empty()) return;
    const std::uint8_t first = packet.chunks[0].type;
    if (first == kInit || first == kCookieEcho) return;
    if (overheard_.size() < kOverheardMax) {
        overheard_.push_back(datagram);
    } else {
        overheard_[small(kOverheardMax)] = datagram;
    }
}

void Villain::repeat() {
    if (overheard_.empty()) return;
    const auto which = random_.below(overheard_.size());
    world_.network.inject(overheard_[which], world_.now());
}

void Villain::receive(Datagram& datagram, Instant) {
    const auto found = lives_.find(datagram.path.remote);
    if (found == lives_.end()) return;
    Life& life = found->second;
    const ReadPacket packet = take_apart(datagram.payload);
    for (const Chunk& chunk : packet.chunks) {
        switch (chunk.type) {
        case kInitAck: {
            const InitView view{chunk};
            life.tag = view.tag;
            life.tsn = view.tsn - 1;
            life.cookie = view.cookie;
            break;
        }
        case kCookieAck: life.up = true; break;
        case kData:
        case kIData: life.tsn = chunk.u32(0); break;
        case kAbort:
        case kShutdownComplete: life = {}; return;
        default: break;
        }
    }
}

} // namespace hawser::test
