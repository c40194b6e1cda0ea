// A peer that writes from somewhere new is asked there before it is believed (RFC 9853).
#include "dtls/connection.hpp"

#include <algorithm>
#include <array>

namespace hawser::dtls {

using wire::dtls::RrcMessage;
using wire::dtls::RrcType;

namespace {

constexpr Duration kAgain = std::chrono::seconds{1};
constexpr Duration kGiveUp = std::chrono::seconds{6};
/// Before it has answered, a new path gets at most so many times what came from it.
constexpr std::uint64_t kAmplificationMax = 3;

} // namespace

/// A record of the peer's, newer than all before it, from a path that is not its own.
void Connection::on_new_path(const Path& path, std::size_t bytes) {
    if (!agreement_.return_routability) {
        // Nothing to ask with: RFC 9146 §6 lets a fresh, authentic record speak for itself.
        return move_to(path);
    }
    if (!moving_ || moving_->candidate != path) {
        moving_ = std::make_unique<Moving>();
        moving_->candidate = path;
        moving_->until = services_.now + kGiveUp;
        moving_->bytes_in = bytes;
        moving_->cookie = services_.random().u64();
        return send_challenge();
    }
    moving_->bytes_in += bytes;
}

void Connection::send_challenge() {
    std::array<std::byte, RrcMessage::kBytes> room;
    wire::Writer out{room};
    RrcMessage{RrcType::path_challenge, moving_->cookie}.write(out);
    moving_->again_at = services_.now + kAgain;
    const Overhead around = overhead();
    const std::size_t size = room.size() + around.headroom + around.tailroom;
    if (moving_->bytes_out + size > kAmplificationMax * moving_->bytes_in) return;
    moving_->bytes_out += size;
    send_on(moving_->candidate, ContentType::return_routability_check, out.output());
}

Verdict Connection::on_routability(Bytes content, const Path& path) {
    if (!connected_ || !agreement_.return_routability) return Verdict::unexpected;
    const auto message = RrcMessage::parse(content);
    if (!message) return Verdict::malformed;
    if (message->type == RrcType::path_challenge) {
        std::array<std::byte, RrcMessage::kBytes> room;
        wire::Writer out{room};
        RrcMessage{RrcType::path_response, message->cookie}.write(out);
        send_on(path, ContentType::return_routability_check, out.output());
        return Verdict::accepted;
    }
    if (!moving_ || message->cookie != moving_->cookie) return Verdict::unexpected;
    if (message->type == RrcType::path_drop) {
        moving_.reset();
        return Verdict::accepted;
    }
    move_to(Path{moving_->candidate});
    return Verdict::accepted;
}

void Connection::move_to(const Path& path) {
    services_.moved.push_back({this, path_});
    path_ = path;
    moving_.reset();
    take_next_peer_cid(); // RFC 9147 §9: so that nobody can tell that it is the same peer
    services_.events.push(PathChanged{handle_, path_});
}

/// One record in a datagram of its own, to a path that need not be ours.
void Connection::send_on(const Path& path, ContentType type, Bytes content) {
    WriteEpoch& epoch = data_writer();
    const MutableBytes record = services_.outgoing.append(path, options_->handshake_ancillary,
                                                          record_bytes(epoch, content.size()));
    seal_content(epoch, type, content, record);
    ++services_.counters.datagrams_sent;
}

} // namespace hawser::dtls
