// A connection in bytes, to go on in another process.
#include "dtls/connection.hpp"

#include "crypto/hash.hpp"
#include "crypto/hmac.hpp"

#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace hawser::dtls {

using wire::Reader;
using wire::Writer;
using wire::dtls::read_vector;
using wire::dtls::write_vector;

namespace {

constexpr std::uint32_t kMagic = 0x68'77'64'33; // "hwd3"
constexpr std::size_t kStateBytesMax = 4096;
/// Numbers that are left out, so that one which was used after the state was taken does not come
/// again. Far below 2^15, above which a peer could not tell the whole number of a 1.3 record from
/// its low 16 bits.
constexpr std::uint64_t kNumberGap = 1 << 12;

void write_half(Writer& out, const RecordLayer::Half& half) {
    const RecordKeys& keys = half.keys;
    out.u64(keys.epoch);
    out.u64(half.next);
    out.u8(static_cast<std::uint8_t>(keys.kind));
    out.bytes(keys.key);
    out.bytes(keys.iv);
    out.bytes(keys.number_key);
}

bool read_half(Reader& in, RecordLayer::Half& half, Version version) {
    RecordKeys& keys = half.keys;
    keys.version = version;
    keys.epoch = in.u64();
    // Of data: 1.2 begins with 1 and has 16 bits, 1.3 begins with 3 and stays below 2^48.
    const bool epoch_fits = version == Version::v1_3 ? keys.epoch >= 3 && (keys.epoch >> 48) == 0
                                                     : keys.epoch >= 1 && keys.epoch <= UINT16_MAX;
    if (!epoch_fits) return false;
    half.next = in.u64();
    const std::uint8_t kind = in.u8();
    if (kind > static_cast<std::uint8_t>(crypto::AeadKind::aes_256_ccm_8)) return false;
    keys.kind = static_cast<crypto::AeadKind>(kind);
    for (const MutableBytes to :
         {MutableBytes{keys.key}, MutableBytes{keys.iv}, MutableBytes{keys.number_key}}) {
        const Bytes from = in.bytes(to.size());
        if (from.size() != to.size()) return false;
        std::ranges::copy(from, to.begin());
    }
    return half.next <= wire::dtls::kSequenceMax;
}

using Ids = std::vector<ConnectionId>;

void write_ids(Writer& out, const Ids& ids) {
    out.u8(static_cast<std::uint8_t>(ids.size()));
    for (const auto& id : ids)
        write_vector<1>(out, id);
}

/// nullopt for more than `most`, or another size than `bytes` where that is given.
std::optional<Ids> read_ids(Reader& in, std::size_t most, std::optional<std::size_t> bytes) {
    const std::size_t count = in.u8();
    if (count > most) return std::nullopt;
    Ids ids;
    for (std::size_t i = 0; i < count; ++i) {
        const Bytes id = read_vector<1>(in);
        if (id.empty() || (bytes && id.size() != *bytes)) return std::nullopt;
        ids.emplace_back(id.begin(), id.end());
    }
    return ids;
}

/// All of ours have one length, by which they are found in records.
std::optional<ConnectionIds::All> read_cids(Reader& in) {
    constexpr std::size_t kSparesMax = ConnectionIds::kSparesMax;
    const auto read = [&in] {
        const Bytes id = read_vector<1>(in);
        return std::vector<std::byte>{id.begin(), id.end()};
    };
    ConnectionIds::All cids{
        .own = read(), .previous = read(), .spares = {}, .peer = {}, .peer_spares = {}};
    auto spares = read_ids(in, kSparesMax, cids.own.size());
    cids.peer = read();
    auto peer_spares = read_ids(in, kSparesMax, std::nullopt);
    const bool fits = cids.previous.empty() || cids.previous.size() == cids.own.size();
    if (!fits || !spares || !peer_spares) return std::nullopt;
    cids.spares = std::move(*spares);
    cids.peer_spares = std::move(*peer_spares);
    return cids;
}

void write_renegotiable(Writer& out, const Renegotiable* renegotiable) {
    out.u8(renegotiable != nullptr ? 1 : 0);
    if (renegotiable == nullptr) return;
    out.bytes(renegotiable->client_verify);
    out.bytes(renegotiable->server_verify);
    write_vector<1>(out, renegotiable->session_id);
}

std::unique_ptr<Renegotiable> read_renegotiable(Reader& in) {
    if (in.u8() == 0) return nullptr;
    auto renegotiable = std::make_unique<Renegotiable>();
    for (auto* verify : {&renegotiable->client_verify, &renegotiable->server_verify}) {
        const Bytes bytes = in.bytes(verify->size());
        std::copy_n(bytes.begin(), std::min(bytes.size(), verify->size()), verify->begin());
    }
    const Bytes session_id = read_vector<1>(in);
    renegotiable->session_id.assign(session_id.begin(), session_id.end());
    return renegotiable;
}

bool read_secret(Reader& in, Secret& secret) {
    const Bytes bytes = read_vector<1>(in);
    if (bytes.size() > Secret::kBytesMax) return false;
    secret = Secret{bytes};
    return true;
}

void write_agreement(Writer& out, const Agreement& agreed) {
    out.u16(static_cast<std::uint16_t>(agreed.version));
    out.u16(static_cast<std::uint16_t>(agreed.suite->suite));
    out.u8(agreed.extended_master_secret ? 1 : 0);
    out.u8(agreed.return_routability ? 1 : 0);
    out.u16(agreed.peer_record_limit);
    out.u16(agreed.own_record_limit);
    for (const Secret* secret :
         {&agreed.master, &agreed.resumption, &agreed.read_traffic, &agreed.write_traffic})
        write_vector<1>(out, secret->bytes());
    out.bytes(agreed.client_random);
    out.bytes(agreed.server_random);
}

/// Bytes of content: RFC 8449 counts the content type of 1.3, too.
std::optional<std::uint16_t> read_record_limit(Reader& in, Version version) {
    const std::uint16_t limit = in.u16();
    const int least = wire::dtls::kRecordSizeLimitMin - (version == Version::v1_3 ? 1 : 0);
    if (limit < least || limit > wire::dtls::kPlaintextBytesMax) return std::nullopt;
    return limit;
}

bool read_agreement(Reader& in, Agreement& agreed) {
    agreed.version = static_cast<Version>(in.u16());
    agreed.suite = wire::dtls::find_cipher_suite(static_cast<CipherSuite>(in.u16()));
    if (agreed.suite == nullptr || agreed.suite->is_1_3() != (agreed.version == Version::v1_3))
        return false;
    agreed.extended_master_secret = in.u8() != 0;
    agreed.return_routability = in.u8() != 0;
    const auto peer_record_limit = read_record_limit(in, agreed.version);
    const auto own_record_limit = read_record_limit(in, agreed.version);
    if (!peer_record_limit || !own_record_limit) return false;
    agreed.peer_record_limit = *peer_record_limit;
    agreed.own_record_limit = *own_record_limit;
    for (Secret* secret :
         {&agreed.master, &agreed.resumption, &agreed.read_traffic, &agreed.write_traffic}) {
        if (!read_secret(in, *secret)) return false;
    }
    for (HelloRandom* random : {&agreed.client_random, &agreed.server_random}) {
        const Bytes bytes = in.bytes(random->size());
        if (bytes.size() != random->size()) return false;
        std::ranges::copy(bytes, random->begin());
    }
    return true;
}

void write_cids(Writer& out, const ConnectionIds::All& cids) {
    write_vector<1>(out, cids.own);
    write_vector<1>(out, cids.previous);
    write_ids(out, cids.spares);
    write_vector<1>(out, cids.peer);
    write_ids(out, cids.peer_spares);
}

} // namespace

Result<std::vector<std::byte>> Connection::export_state() const {
    if (!standing_.connected || key_update_sent_ || standing_.renegotiating() ||
        flights_.is_owed_answer())
        return hawser::fail(Errc::exhausted, "a handshake or key update is under way");
    const Agreement& agreed = standing_.agreement;
    std::vector<std::byte> room(kStateBytesMax);
    Writer out{room};
    out.u32(kMagic);
    out.u8(standing_.role == Role::server ? 1 : 0);
    write_agreement(out, agreed);
    write_cids(out, ids_.all());
    out.u16(flights_.next_sequence());
    out.u16(flights_.next_receive());
    write_renegotiable(out, agreed.renegotiable.get());
    write_half(out, records_.read_half());
    write_half(out, records_.write_half());
    const crypto::Digest check = crypto::digest(crypto::Hash::sha256, {out.output()});
    out.bytes(check.bytes());
    if (!out.ok()) return hawser::fail(Errc::too_large, "the state does not fit");
    room.resize(out.written());
    return room;
}

Result<> Connection::import_state(Bytes state) {
    const auto malformed = [] {
        return hawser::fail(Errc::malformed,
                            "not the state of a connection, or of another version");
    };
    constexpr std::size_t kCheckBytes = 32;
    if (state.size() <= kCheckBytes) return malformed();
    const Bytes content = state.first(state.size() - kCheckBytes);
    const crypto::Digest check = crypto::digest(crypto::Hash::sha256, {content});
    if (!crypto::equal_in_constant_time(check.bytes(), state.last(kCheckBytes))) return malformed();
    Reader in{content};
    if (in.u32() != kMagic) return malformed();
    standing_.role = in.u8() != 0 ? Role::server : Role::client;
    Agreement& agreed = standing_.agreement;
    if (!read_agreement(in, agreed)) return malformed();
    auto cids = read_cids(in);
    if (!cids) return malformed();
    const std::uint16_t next_send = in.u16();
    const std::uint16_t next_receive = in.u16();
    agreed.renegotiable = read_renegotiable(in);
    RecordLayer::Half read;
    RecordLayer::Half write;
    if (!read_half(in, read, agreed.version) || !read_half(in, write, agreed.version) || !in.ok() ||
        in.remaining() != 0)
        return malformed();
    if (wire::dtls::kSequenceMax - write.next < kNumberGap)
        return hawser::fail(Errc::too_large, "the connection has no numbers left");
    write.next += kNumberGap;
    ids_.restore(std::move(*cids));
    flights_.set_next(next_send, next_receive);
    records_.restore(read, write);
    epoch_min_ = read.keys.epoch;
    standing_.connected = confirmed_ = true;
    handshake_until_ = kNever;
    settle();
    return {};
}

} // namespace hawser::dtls
