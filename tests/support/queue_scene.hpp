// A send queue by itself, for tests that drive it.
#pragma once

#include "sctp/tx/send_queue.hpp"

#include <hawser/engine/random.hpp>

#include <gtest/gtest.h>

#include <string>

namespace hawser::sctp::test {

class QueueScene : public testing::Test {
protected:
    /// One that could leave at once, and never expires.
    OutgoingMessage* message(std::size_t bytes, std::uint16_t stream,
                             const Ancillary& ancillary = {}) {
        OutgoingMessage* message = shared_.messages.take();
        message->payload = buffers_.copy(as_bytes(std::string(bytes, 'x')));
        message->stream = static_cast<StreamId>(stream);
        message->expires = kNever;
        message->not_before = now_;
        message->traffic_class = shared_.classes.intern(ancillary).value();
        return message;
    }
    /// It is acknowledged.
    void end(OutgoingMessage* message) {
        queue_.uncount(*message);
        queue_.release(message);
    }

    Instant now_{std::chrono::hours{1}};
    SeededRandom random_{1};
    PacketPool packets_;
    BufferPool buffers_;
    Shared shared_{Options{}, {.random = random_, .packets = packets_, .buffers = buffers_}};
    SendQueue queue_{shared_};
};

} // namespace hawser::sctp::test
