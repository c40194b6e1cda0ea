#include "engine/sealed_state.hpp"

#include "crypto/aead.hpp"
#include "crypto/key_derivation.hpp"
#include "crypto/secret.hpp"

#include <hawser/core/check.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <utility>

namespace hawser {
namespace {

constexpr std::uint32_t kMagic = 0x68'77'73'31; // "hws1"
constexpr auto kAead = crypto::AeadKind::aes_256_gcm;
/// What two clocks of one time may differ by.
constexpr Duration kClocksDiffer = std::chrono::seconds{5};
/// Numbers beyond it are no times.
constexpr Duration kTimeMost = std::chrono::hours{24 * 365 * 200};

struct Header {
    StateKind kind{};
    std::uint8_t version = 0;
    StateId id;
    Duration exported_at{}; // since 1970
    Duration valid_for{};

    void write(wire::Writer& out) const {
        out.u32(kMagic);
        out.u8(static_cast<std::uint8_t>(kind));
        out.u8(version);
        out.u16(0);
        out.bytes(id.octets);
        out.u64(static_cast<std::uint64_t>(exported_at.count()));
        out.u64(static_cast<std::uint64_t>(valid_for.count()));
    }
    static Result<Header> read(Bytes state) {
        wire::Reader in{state};
        if (in.u32() != kMagic || state.size() < kStateHeaderBytes + kStateTagBytes)
            return fail(Errc::malformed, "not an exported state");
        Header header;
        header.kind = static_cast<StateKind>(in.u8());
        header.version = in.u8();
        in.skip(2);
        std::ranges::copy(in.bytes(header.id.octets.size()), header.id.octets.begin());
        header.exported_at = Duration{static_cast<Duration::rep>(in.u64())};
        header.valid_for = Duration{static_cast<Duration::rep>(in.u64())};
        return header;
    }
};

/// The cipher of one export, and its nonce.
struct Cipher {
    Cipher(const StateKey& key, const StateId& id, crypto::Aead::Use use) {
        constexpr std::size_t kKeyBytes = crypto::key_bytes(kAead);
        crypto::Secret made{kKeyBytes + crypto::kNonceBytes};
        const crypto::Secret extracted = crypto::hkdf_extract(crypto::Hash::sha256, id.octets, key);
        crypto::hkdf_expand(crypto::Hash::sha256, extracted.bytes(), as_bytes("hawser state"),
                            made.bytes());
        aead.set_key(kAead, use, made.bytes().first(kKeyBytes));
        std::ranges::copy(made.bytes().last(crypto::kNonceBytes), nonce.begin());
    }
    crypto::Aead aead;
    std::array<std::byte, crypto::kNonceBytes> nonce{};
};

} // namespace

Result<> StateExport::check() const {
    constexpr Duration kValidMost = std::chrono::hours{1};
    if (valid_for <= Duration{} || valid_for > kValidMost)
        return fail(Errc::invalid_argument, "StateExport::valid_for: want up to an hour");
    return {};
}

bool ImportedStates::add(const StateId& id, WallTime valid_until, WallTime now) {
    // Those that nobody could import any more: twice as long as they were good for, since a wall
    // clock may be set back.
    std::erase_if(ids_, [now](const auto& one) { return one.second < now; });
    const Duration left = std::max(valid_until - now, Duration{});
    return ids_.try_emplace(id, valid_until + left + kClocksDiffer).second;
}

Result<StateId> id_of_state(Bytes state) {
    const auto header = Header::read(state);
    if (!header) return std::unexpected{header.error()};
    return header->id;
}

std::vector<std::byte> seal_state(StateKind kind, std::uint8_t version, MutableBytes content,
                                  const StateExport& how, Random& random) {
    Header header{.kind = kind,
                  .version = version,
                  .id = {},
                  .exported_at = how.now.time_since_epoch(),
                  .valid_for = how.valid_for};
    random.fill(header.id.octets);
    std::vector<std::byte> state(kStateHeaderBytes + content.size() + kStateTagBytes);
    wire::Writer out{state};
    header.write(out);
    const Bytes clear = out.output();
    const MutableBytes text = out.claim(content.size());
    std::ranges::copy(content, text.begin());
    crypto::wipe(content);
    Cipher cipher{how.key, header.id, crypto::Aead::Use::seal};
    cipher.aead.seal(cipher.nonce, clear, text, out.claim(kStateTagBytes));
    HAWSER_ASSERT(out.ok() && clear.size() == kStateHeaderBytes);
    return state;
}

OpenedState::~OpenedState() {
    crypto::wipe(content);
}

Result<OpenedState> open_state(StateKind kind, std::uint8_t version, Bytes state,
                               const StateImport& how) {
    const auto header = Header::read(state);
    if (!header) return std::unexpected{header.error()};
    if (header->version != version)
        return fail(Errc::unsupported, "state: exported by another version");
    if (header->kind != kind) return fail(Errc::malformed, "state: of something else");
    OpenedState opened;
    opened.id = header->id;
    const Bytes text =
        state.subspan(kStateHeaderBytes, state.size() - kStateHeaderBytes - kStateTagBytes);
    opened.content.assign(text.begin(), text.end());
    Cipher cipher{how.key, header->id, crypto::Aead::Use::open};
    if (!cipher.aead.open(cipher.nonce, state.first(kStateHeaderBytes), opened.content,
                          state.last(kStateTagBytes)))
        return fail(Errc::malformed, "state: sealed by another key, or changed");
    const Duration now = how.now.time_since_epoch();
    for (const Duration time : {header->exported_at, header->valid_for, now}) {
        if (time < Duration{} || time > kTimeMost) return fail(Errc::malformed, "state: its time");
    }
    const Duration age = now - header->exported_at;
    if (age < -kClocksDiffer) return fail(Errc::timed_out, "state: of the future");
    if (age > header->valid_for) return fail(Errc::timed_out, "state: too old");
    opened.age = std::max(age, Duration{});
    opened.valid_until = WallTime{header->exported_at + header->valid_for};
    return opened;
}

} // namespace hawser
