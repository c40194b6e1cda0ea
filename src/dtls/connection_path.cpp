// Where the peer is, and what the network says of the way there.
#include "dtls/connection.hpp"

#include <array>
#include <utility>

namespace hawser::dtls {

using wire::dtls::RrcMessage;
using wire::dtls::RrcType;

/// A record of the peer's, newer than all before it, from a path that is not its own.
void Connection::on_new_path(const Path& path, std::size_t bytes, const Call& call) {
    // Nothing to ask with: RFC 9146 §6 lets a fresh, authentic record speak for itself.
    if (!standing_.agreement.return_routability) return move_to(path);
    if (validator_.on_record(path, bytes, services_.random(), call.now)) challenge(call);
}

void Connection::challenge(const Call& call) {
    const Overhead around = overhead();
    const std::size_t size = RrcMessage::kBytes + around.headroom + around.tailroom;
    if (const auto due = validator_.challenge(size, call.now))
        send_on(due->to, {RrcType::path_challenge, due->cookie});
}

Verdict Connection::on_routability(Bytes content, const Path& path) {
    if (!standing_.connected || !standing_.agreement.return_routability) return Verdict::unexpected;
    const auto message = RrcMessage::parse(content);
    if (!message) return Verdict::malformed;
    if (message->type == RrcType::path_challenge) {
        send_on(path, {RrcType::path_response, message->cookie});
        return Verdict::accepted;
    }
    if (!validator_.is_asked(message->cookie)) return Verdict::unexpected;
    if (message->type == RrcType::path_drop) {
        validator_.end();
    } else {
        move_to(Path{validator_.candidate()});
    }
    return Verdict::accepted;
}

void Connection::move_to(const Path& path) {
    services_.moved.push_back({this, standing_.path});
    standing_.path = path;
    validator_.end();
    ids_.take_next_peer(); // RFC 9147 §9: so that nobody can tell that it is the same peer
    services_.events.push(PathChanged{standing_.handle, standing_.path});
}

/// In a datagram of its own, to a path that need not be the peer's.
void Connection::send_on(const Path& path, RrcMessage message) {
    std::array<std::byte, RrcMessage::kBytes> content;
    wire::Writer out{content};
    message.write(out);
    RecordLayer::Writing& epoch = records_.for_data();
    const MutableBytes record = services_.outgoing.append(
        path, standing_.options->handshake_ancillary, records_.record_bytes(epoch, content.size()));
    records_.seal_content(epoch, ContentType::return_routability_check, content, record);
    ++services_.counters.datagrams_sent;
}

void Connection::on_path_event(const PathEvent& event, const Call& call) {
    constexpr std::size_t kLeastBytes = 256;
    if (const auto fits = event.payload_bytes_max(kLeastBytes))
        flights_.on_payload_bytes_max(*fits);
    if (event.kind == PathEvent::Kind::send_refused)
        services_.events.push(SendRefused{standing_.handle, event.ancillary, event.os_errno});
    const bool nobody = event.kind == PathEvent::Kind::unreachable;
    if (standing_.connected && !standing_.ended && (nobody || event.says_no_route()) &&
        !std::exchange(unreachable_told_, true))
        services_.events.push(PathUnreachable{standing_.handle, standing_.path, event.os_errno});
    if (standing_.connected || standing_.role == Role::server) return;
    if (nobody) end(Error{Errc::unreachable, "nobody listens there", event.os_errno}, call);
    if (event.says_no_route())
        end(Error{Errc::unreachable, "no route leads there", event.os_errno}, call);
}

} // namespace hawser::dtls
