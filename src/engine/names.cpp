#include <hawser/engine/tap.hpp>
#include <hawser/engine/verdict.hpp>

namespace hawser {

std::string_view name(Verdict verdict) {
    switch (verdict) {
    case Verdict::accepted: return "accepted";
    case Verdict::malformed: return "malformed";
    case Verdict::bad_checksum: return "bad_checksum";
    case Verdict::bad_tag: return "bad_tag";
    case Verdict::out_of_the_blue: return "out_of_the_blue";
    case Verdict::bad_source: return "bad_source";
    case Verdict::bad_cookie: return "bad_cookie";
    case Verdict::stale_cookie: return "stale_cookie";
    case Verdict::unexpected: return "unexpected";
    case Verdict::unknown_chunk: return "unknown_chunk";
    case Verdict::rate_limited: return "rate_limited";
    case Verdict::no_room: return "no_room";
    case Verdict::protocol_violation: return "protocol_violation";
    case Verdict::truncated: return "truncated";
    case Verdict::send_refused: return "send_refused";
    case Verdict::bad_mac: return "bad_mac";
    case Verdict::replayed: return "replayed";
    case Verdict::unknown_epoch: return "unknown_epoch";
    case Verdict::unknown_connection: return "unknown_connection";
    case Verdict::unauthenticated: return "unauthenticated";
    case Verdict::bad_authentication: return "bad_authentication";
    case Verdict::other_shard: return "other_shard";
    }
    return "unknown";
}

std::string_view name(Layer layer) {
    switch (layer) {
    case Layer::wire: return "wire";
    case Layer::dtls: return "dtls";
    case Layer::sctp: return "sctp";
    case Layer::rtp: return "rtp";
    case Layer::rtcp: return "rtcp";
    }
    return "unknown";
}

} // namespace hawser
