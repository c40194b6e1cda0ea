// Control chunks that wait for a packet.
#pragma once

#include "sctp/class_table.hpp"
#include "sctp/shared.hpp"
#include "sctp/tx/destination.hpp"

#include <hawser/core/buffer.hpp>
#include <hawser/wire/sctp/causes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser::sctp {

/// Chunks that are sent once: answers, errors, heartbeats. More than fit here are not sent, so that
/// nobody makes us hoard them by asking; `Counters::answers_suppressed` counts those.
class Controls {
public:
    struct Control {
        Buffer chunk;
        ClassId traffic_class{};
        std::uint8_t destination = 0; ///< where it goes
    };

    explicit Controls(Shared& shared) : shared_{shared} {}
    ~Controls();
    Controls(const Controls&) = delete;
    Controls& operator=(const Controls&) = delete;

    void add(wire::sctp::ChunkType type, std::uint8_t flags, Bytes value, ClassId traffic_class,
             const Destination& to);
    /// Queues an ERROR with one cause, whose value is cut to half a packet.
    void add_error(wire::sctp::CauseCode code, Bytes value, const Destination& to);

    /// Those that were to go there go elsewhere.
    void redirect(std::uint8_t from, std::uint8_t to);

    /// Where the next one goes; nullopt without any.
    std::optional<std::uint8_t> destination() const {
        return queue_.empty() ? std::nullopt : std::optional{queue_.front().destination};
    }

    /// The next one, if it leaves alone: the user marked it, or it is larger than a packet of
    /// `packet_bytes`. The caller releases its class.
    std::optional<Control> take_alone(std::size_t packet_bytes);

    /// The next one, which shares a packet with others: after `take_alone` had nothing. Empty
    /// without any, and when one that the user marked comes first.
    Bytes front();
    void pop();

private:
    friend struct StateAccess;
    static constexpr std::size_t kMax = 32;
    static constexpr std::size_t kBytesMax = std::size_t{64} * 1024;

    void push(Control control);
    Control take();

    Shared& shared_;
    Ring<Control> queue_;
    std::size_t bytes_ = 0; // of its chunks
};

} // namespace hawser::sctp
