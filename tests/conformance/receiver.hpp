// A peer that sends DATA, and what the engine answers it.
#pragma once

#include "support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace hawser::test {

/// An association whose peer sends DATA with TSNs counted from 0, whatever they are on the wire.
struct Receiver : Scene {
    explicit Receiver(const sctp::Options& options = quiet_rfc9260(),
                      std::uint32_t first_tsn = 1000)
        : Scene{options} {
        accept({.tsn = first_tsn});
    }
    /// One packet with one DATA chunk.
    void data_at(std::uint32_t index, DataFields fields = {}) {
        fields.tsn = peer_tsn + index;
        send(data(fields));
    }
    std::optional<SackView> ack() {
        const auto chunk = take(kSack);
        if (!chunk) return std::nullopt;
        return SackView{*chunk};
    }
    std::uint32_t tsn(std::uint32_t index) const { return peer_tsn + index; }
};

/// Packets of one batch, each with one DATA chunk, straight into the engine: it answers none before
/// the last.
inline void receive_batch(Receiver& scene, const std::vector<DataFields>& all) {
    const Path path{.local = scene.world.network.address(scene.engine.id),
                    .remote = scene.peer_address()};
    for (const DataFields& fields : all) {
        Octets packet =
            put_together(Scene::kPeerPort, Scene::kPort, scene.engine_tag, {data(fields)});
        const Ancillary none;
        Datagram datagram{.id = {}, .path = path, .ancillary = none, .payload = packet};
        static_cast<void>(scene.engine.engine->receive(datagram, scene.now()));
    }
    scene.world.settle();
}

} // namespace hawser::test
