#include "sctp/association/controls.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {

Controls::~Controls() {
    while (!queue_.empty())
        pop();
}

void Controls::add(wire::sctp::ChunkType type, std::uint8_t flags, Bytes value,
                   ClassId traffic_class, std::size_t packet_bytes) {
    const std::size_t whole = wire::sctp::padded(value.size() + wire::sctp::kTlvHeaderBytes);
    if (whole > packet_bytes - wire::sctp::kCommonHeaderBytes) {
        ++shared_.counters.answers_suppressed;
        return;
    }
    Buffer chunk = shared_.buffers.take(whole);
    chunk.resize(chunk.capacity());
    wire::Writer out{chunk.bytes()};
    wire::sctp::write_chunk(out, type, flags, value);
    chunk.resize(out.written());
    push({std::move(chunk), traffic_class});
}

void Controls::add_error(wire::sctp::CauseCode code, Bytes value, std::size_t packet_bytes) {
    value = value.first(std::min(value.size(), packet_bytes / 2));
    Buffer chunk =
        shared_.buffers.take(wire::sctp::padded(value.size() + 2 * wire::sctp::kTlvHeaderBytes));
    chunk.resize(chunk.capacity());
    wire::Writer out{chunk.bytes()};
    wire::sctp::write_chunk(out, wire::sctp::ChunkType::error, 0,
                            [&](wire::Writer& to) { wire::sctp::write_item(to, code, value); });
    chunk.resize(out.written());
    push({std::move(chunk), ClassTable::kDefault});
}

void Controls::push(Control control) {
    if (queue_.size() >= kMax) {
        ++shared_.counters.answers_suppressed;
        return;
    }
    shared_.classes.hold(control.traffic_class);
    queue_.push_back(std::move(control));
}

void Controls::keep_fitting(std::size_t packet_bytes) {
    const std::size_t room = packet_bytes - wire::sctp::kCommonHeaderBytes;
    while (!queue_.empty() && wire::sctp::padded(queue_.front().chunk.size()) > room) {
        ++shared_.counters.answers_suppressed;
        pop();
    }
}

Bytes Controls::front() {
    const bool plain = !queue_.empty() && queue_.front().traffic_class == ClassTable::kDefault;
    return plain ? Bytes{queue_.front().chunk.bytes()} : Bytes{};
}

std::optional<Controls::Control> Controls::take_marked() {
    const bool marked = !queue_.empty() && queue_.front().traffic_class != ClassTable::kDefault;
    if (!marked) return std::nullopt;
    return queue_.pop_front();
}

} // namespace hawser::sctp
