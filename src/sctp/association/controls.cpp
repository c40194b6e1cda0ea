#include "sctp/association/controls.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {

Controls::~Controls() {
    while (!queue_.empty())
        pop();
}

void Controls::add(wire::sctp::ChunkType type, std::uint8_t flags, Bytes value,
                   ClassId traffic_class, const Destination& to) {
    Buffer chunk =
        shared_.buffers.take(wire::sctp::padded(value.size() + wire::sctp::kTlvHeaderBytes));
    chunk.resize(chunk.capacity());
    wire::Writer out{chunk.bytes()};
    wire::sctp::write_chunk(out, type, flags, value);
    chunk.resize(out.written());
    push({std::move(chunk), traffic_class, to.index});
}

void Controls::add_error(wire::sctp::CauseCode code, Bytes value, const Destination& to) {
    value = value.first(std::min<std::size_t>(value.size(), to.packet_bytes / 2));
    Buffer chunk =
        shared_.buffers.take(wire::sctp::padded(value.size() + 2 * wire::sctp::kTlvHeaderBytes));
    chunk.resize(chunk.capacity());
    wire::Writer out{chunk.bytes()};
    wire::sctp::write_chunk(out, wire::sctp::ChunkType::error, 0,
                            [&](wire::Writer& in) { wire::sctp::write_item(in, code, value); });
    chunk.resize(out.written());
    push({std::move(chunk), ClassTable::kDefault, to.index});
}

void Controls::push(Control control) {
    if (queue_.size() >= kMax || bytes_ + control.chunk.size() > kBytesMax) {
        ++shared_.counters.answers_suppressed;
        return;
    }
    bytes_ += control.chunk.size();
    shared_.classes.hold(control.traffic_class);
    queue_.push_back(std::move(control));
}

Controls::Control Controls::take() {
    bytes_ -= queue_.front().chunk.size();
    return queue_.pop_front();
}

void Controls::pop() {
    shared_.classes.release(take().traffic_class);
}

std::optional<Controls::Control> Controls::take_alone(std::size_t packet_bytes) {
    if (queue_.empty()) return std::nullopt;
    const Control& next = queue_.front();
    const std::size_t whole =
        wire::sctp::kCommonHeaderBytes + wire::sctp::padded(next.chunk.size());
    const bool shares = next.traffic_class == ClassTable::kDefault && whole <= packet_bytes;
    return shares ? std::nullopt : std::optional{take()};
}

void Controls::redirect(std::uint8_t from, std::uint8_t to) {
    for (std::size_t left = queue_.size(); left > 0; --left) {
        Control control = queue_.pop_front();
        if (control.destination == from) control.destination = to;
        queue_.push_back(std::move(control));
    }
}

Bytes Controls::front() {
    const bool plain = !queue_.empty() && queue_.front().traffic_class == ClassTable::kDefault;
    return plain ? Bytes{queue_.front().chunk.bytes()} : Bytes{};
}

} // namespace hawser::sctp
