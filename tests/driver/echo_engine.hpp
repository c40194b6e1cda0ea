// The smallest engine there is: what comes in goes out again.
#pragma once

#include <hawser/core/packet.hpp>
#include <hawser/driver/driver.hpp>
#include <hawser/engine/engine.hpp>

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hawser::test {

/// Answers every datagram on its own path, and says what a test has queued. It writes over what it
/// receives, as a layer that decrypts in place does.
class EchoEngine {
public:
    struct Heard {
        std::string text;
        Path path;
        PacketId id;
    };
    using Event = std::variant<Heard>;

    explicit EchoEngine(PacketPool& packets) : packets_{packets} {}

    bool echoes = true;
    bool records = true; ///< events, which cost an allocation each
    Instant wake_at = kNever;

    void say(const Path& path, std::string_view text, const Ancillary& ancillary = {}) {
        queue_.push_back(make(path, as_bytes(text), ancillary));
    }
    void say(Transmit transmit) { queue_.push_back(std::move(transmit)); }

    Verdict receive(Datagram& datagram, Instant) {
        ++received;
        if (datagram.payload.empty()) return Verdict::malformed;
        if (records) {
            events_.push_back({std::string{as_text(datagram.payload)}, datagram.path, datagram.id});
        }
        if (echoes) {
            Ancillary back;
            back.dscp = datagram.ancillary.dscp;
            back.ecn = datagram.ancillary.ecn;
            queue_.push_back(make(datagram.path, datagram.payload, back));
        }
        std::ranges::fill(datagram.payload, std::byte{0xff});
        return Verdict::accepted;
    }
    void path_event(const PathEvent& event, Instant) { path_events.push_back(event); }
    void advance(Instant now) {
        ++advanced;
        if (now >= wake_at) wake_at = kNever;
    }
    std::optional<Transmit> poll_transmit(Instant, const Framing& framing) {
        ++polled;
        last_framing = framing;
        if (queue_.empty()) return std::nullopt;
        std::optional<Transmit> out{std::move(queue_.front())};
        queue_.pop_front();
        return out;
    }
    std::optional<Event> poll_event() {
        if (events_.empty()) return std::nullopt;
        Event event{std::move(events_.front())};
        events_.pop_front();
        return event;
    }
    Instant deadline() const { return wake_at; }

    std::vector<std::string> heard() {
        std::vector<std::string> texts;
        while (auto event = poll_event())
            texts.push_back(std::get<Heard>(*event).text);
        return texts;
    }

    std::size_t received = 0;
    std::size_t polled = 0;
    std::size_t advanced = 0;
    std::vector<PathEvent> path_events;
    Framing last_framing;

private:
    Transmit make(const Path& path, Bytes bytes, const Ancillary& ancillary) {
        Transmit out{.path = path, .ancillary = ancillary, .payload = packets_.take(bytes.size())};
        out.payload.resize(bytes.size());
        if (!bytes.empty()) std::memcpy(out.payload.bytes().data(), bytes.data(), bytes.size());
        return out;
    }

    PacketPool& packets_;
    std::deque<Transmit> queue_;
    std::deque<Heard> events_;
};

static_assert(Engine<EchoEngine>);

} // namespace hawser::test
