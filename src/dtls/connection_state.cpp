// A connection in bytes, to go on in another process.
#include "dtls/connection.hpp"

#include "crypto/hash.hpp"
#include "crypto/hmac.hpp"

#include <hawser/wire/dtls/vectors.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
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

void write_keys(Writer& out, const RecordKeys& keys, std::uint64_t next) {
    out.u64(keys.epoch);
    out.u64(next);
    out.u8(static_cast<std::uint8_t>(keys.kind));
    out.bytes(keys.key);
    out.bytes(keys.iv);
    out.bytes(keys.number_key);
}

bool read_keys(Reader& in, RecordKeys& keys, std::uint64_t& next, Version version) {
    keys.version = version;
    keys.epoch = in.u64();
    // Of data: 1.2 begins with 1 and has 16 bits, 1.3 begins with 3 and stays below 2^48.
    const bool epoch_fits = version == Version::v1_3 ? keys.epoch >= 3 && (keys.epoch >> 48) == 0
                                                     : keys.epoch >= 1 && keys.epoch <= UINT16_MAX;
    if (!epoch_fits) return false;
    next = in.u64();
    const std::uint8_t kind = in.u8();
    if (kind > static_cast<std::uint8_t>(crypto::AeadKind::aes_256_ccm_8)) return false;
    keys.kind = static_cast<crypto::AeadKind>(kind);
    for (const MutableBytes to :
         {MutableBytes{keys.key}, MutableBytes{keys.iv}, MutableBytes{keys.number_key}}) {
        const Bytes from = in.bytes(to.size());
        if (from.size() != to.size()) return false;
        std::ranges::copy(from, to.begin());
    }
    return next <= wire::dtls::kSequenceMax;
}

using Ids = std::vector<std::vector<std::byte>>;

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

struct Cids {
    std::vector<std::byte> own, previous;
    Ids spares;
    std::vector<std::byte> peer;
    Ids peer_spares;
};

/// All of ours have one length, by which they are found in records.
std::optional<Cids> read_cids(Reader& in, std::size_t spares_max) {
    const auto read = [&in] {
        const Bytes id = read_vector<1>(in);
        return std::vector<std::byte>{id.begin(), id.end()};
    };
    Cids cids{.own = read(), .previous = read(), .spares = {}, .peer = {}, .peer_spares = {}};
    auto spares = read_ids(in, spares_max, cids.own.size());
    cids.peer = read();
    auto peer_spares = read_ids(in, spares_max, std::nullopt);
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

} // namespace

Result<std::vector<std::byte>> Connection::export_state() const {
    if (!connected_ || key_update_sent_ || renegotiating() ||
        (messages_ && !messages_->outbox.empty() && !messages_->last_flight))
        return hawser::fail(Errc::exhausted, "a handshake or key update is under way");
    std::vector<std::byte> room(kStateBytesMax);
    Writer out{room};
    out.u32(kMagic);
    out.u8(role_ == Role::server ? 1 : 0);
    out.u16(static_cast<std::uint16_t>(agreement_.version));
    out.u16(static_cast<std::uint16_t>(agreement_.suite->suite));
    out.u8(agreement_.extended_master_secret ? 1 : 0);
    out.u8(agreement_.return_routability ? 1 : 0);
    out.u16(agreement_.peer_record_limit);
    out.u16(agreement_.own_record_limit);
    for (const Secret* secret : {&agreement_.master, &agreement_.resumption,
                                 &agreement_.read_traffic, &agreement_.write_traffic})
        write_vector<1>(out, secret->bytes());
    out.bytes(agreement_.client_random);
    out.bytes(agreement_.server_random);
    write_vector<1>(out, own_cid_);
    write_vector<1>(out, previous_cid_);
    write_ids(out, spare_cids_);
    write_vector<1>(out, peer_cid_);
    write_ids(out, peer_spares_);
    out.u16(next_send_);
    out.u16(messages_ ? messages_->inbox.next_sequence() : next_receive_);
    write_renegotiable(out, agreement_.renegotiable.get());
    write_keys(out, reading_.back().keys, reading_.back().window.next());
    write_keys(out, writing_.back().keys, writing_.back().next);
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
    role_ = in.u8() != 0 ? Role::server : Role::client;
    agreement_.version = static_cast<Version>(in.u16());
    agreement_.suite = wire::dtls::find_cipher_suite(static_cast<CipherSuite>(in.u16()));
    if (agreement_.suite == nullptr ||
        agreement_.suite->is_1_3() != (agreement_.version == Version::v1_3))
        return malformed();
    agreement_.extended_master_secret = in.u8() != 0;
    agreement_.return_routability = in.u8() != 0;
    agreement_.peer_record_limit = in.u16();
    agreement_.own_record_limit = in.u16();
    for (Secret* secret : {&agreement_.master, &agreement_.resumption, &agreement_.read_traffic,
                           &agreement_.write_traffic}) {
        if (!read_secret(in, *secret)) return malformed();
    }
    for (HelloRandom* random : {&agreement_.client_random, &agreement_.server_random}) {
        const Bytes bytes = in.bytes(random->size());
        if (bytes.size() != random->size()) return malformed();
        std::ranges::copy(bytes, random->begin());
    }
    drop_own_cid();
    const auto cids = read_cids(in, kSpareIdsMax);
    if (!cids) return malformed();
    next_send_ = in.u16();
    next_receive_ = in.u16();
    agreement_.renegotiable = read_renegotiable(in);
    RecordKeys read;
    RecordKeys write;
    std::uint64_t read_next = 0;
    std::uint64_t write_next = 0;
    if (!read_keys(in, read, read_next, agreement_.version) ||
        !read_keys(in, write, write_next, agreement_.version) || !in.ok() || in.remaining() != 0) {
        return malformed();
    }
    if (wire::dtls::kSequenceMax - write_next < kNumberGap)
        return hawser::fail(Errc::too_large, "the connection has no numbers left");
    own_cid_ = cids->own;
    previous_cid_ = cids->previous;
    spare_cids_ = cids->spares;
    peer_cid_ = cids->peer;
    peer_spares_ = cids->peer_spares;
    install_read(read);
    if (read_next != 0) reading_.back().window.take(read_next - 1);
    install_write(write);
    writing_.back().next = write_next + kNumberGap;
    require_epoch(read.epoch);
    connected_ = true;
    handshake_until_ = kNever;
    settle();
    return {};
}

} // namespace hawser::dtls
