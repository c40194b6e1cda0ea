#include "dtls/transcript.hpp"

#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/writer.hpp>

#include <array>

namespace hawser::dtls {

using wire::dtls::HandshakeHeader;
using wire::dtls::HandshakeType;
using wire::dtls::Version;

void Transcript::choose(Version version, crypto::Hash hash) {
    version_ = version;
    keeps_bytes_ = version == Version::v1_2;
    running_.emplace(hash);
    for (const Message& message : before_)
        take(message.type, message.sequence, message.body);
    before_.clear();
}

void Transcript::add(HandshakeType type, std::uint16_t sequence, Bytes body) {
    if (running_) return take(type, sequence, body);
    before_.push_back({type, sequence, {body.begin(), body.end()}});
}

void Transcript::add_message_hash(Bytes hash_of_first_hello) {
    take(HandshakeType::message_hash, 0, hash_of_first_hello);
}

void Transcript::take(HandshakeType type, std::uint16_t sequence, Bytes body) {
    std::array<std::byte, wire::dtls::kHandshakeHeaderBytes> header;
    wire::Writer out{header};
    if (version_ == Version::v1_3) {
        wire::dtls::write_tls_handshake_header(out, type, body.size());
    } else {
        HandshakeHeader::whole(type, sequence, body.size()).write(out);
    }
    running_->update(out.output());
    running_->update(body);
    if (!keeps_bytes_) return;
    bytes_.insert(bytes_.end(), out.output().begin(), out.output().end());
    bytes_.insert(bytes_.end(), body.begin(), body.end());
}

crypto::Digest Transcript::hash() const {
    return running_->digest();
}

crypto::Digest Transcript::hash_with(Bytes more) const {
    crypto::RunningHash hash = *running_;
    hash.update(more);
    return hash.digest();
}

void Transcript::forget_bytes() {
    keeps_bytes_ = false;
    bytes_ = {};
}

} // namespace hawser::dtls
