// Control chunks that wait for a packet.
#pragma once

#include "sctp/class_table.hpp"
#include "sctp/shared.hpp"

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
    };

    explicit Controls(Shared& shared) : shared_{shared} {}
    ~Controls();
    Controls(const Controls&) = delete;
    Controls& operator=(const Controls&) = delete;

    /// Queues a chunk that fits into a packet of `packet_bytes`; another is dropped.
    void add(wire::sctp::ChunkType type, std::uint8_t flags, Bytes value, ClassId traffic_class,
             std::size_t packet_bytes);
    /// Queues an ERROR with one cause, whose value is cut to half a packet.
    void add_error(wire::sctp::CauseCode code, Bytes value, std::size_t packet_bytes);

    /// The next one that shares a packet with others; empty without any, and when one that the
    /// user marked comes first.
    Bytes front();
    void pop() { shared_.classes.release(queue_.pop_front().traffic_class); }
    /// Drops what comes next and was made for larger packets than the path carries now.
    void keep_fitting(std::size_t packet_bytes);

    /// The next one, if the user marked it: it leaves alone. The caller releases its class.
    std::optional<Control> take_marked();

private:
    static constexpr std::size_t kMax = 32;

    void push(Control control);

    Shared& shared_;
    Ring<Control> queue_;
};

} // namespace hawser::sctp
