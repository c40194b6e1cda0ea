// dtls.*, memory.idle_dtls: the DTLS engine alone, beside raw EVP and libssl.
#include "engine/dtls_link.hpp"
#include "limit/sealer.hpp"
#include "peers/libssl.hpp"
#include "rows/rows.hpp"
#include "support/heap.hpp"
#include "support/machine.hpp"
#include "support/rounds.hpp"

#include <array>
#include <chrono>
#include <vector>

namespace hawser::bench {
namespace {

constexpr std::chrono::milliseconds kRun{300};
constexpr std::size_t kRounds = 5;
constexpr std::size_t kContentBytes = 1200;
constexpr std::uint16_t kTrain = 32;

dtls::Options client_options(dtls::Version version) {
    dtls::Options options;
    options.version_min = options.version_max = version;
    options.verification.anyone = true;
    return options;
}

dtls::Options server_options(dtls::Version version) {
    SeededRandom random{3};
    const std::chrono::sys_days from{std::chrono::year{2026} / 1 / 1};
    const auto identity = dtls::Identity::self_signed(dtls::KeyKind::ecdsa_p256, "bench", {}, from,
                                                      from + std::chrono::days{3650}, random);
    dtls::Options options;
    options.version_min = options.version_max = version;
    options.identity = *identity;
    options.cookie_exchange = false; // libssl's ends have none either
    return options;
}

/// How long the contents are, a train each: 1200 bytes, or each length of the 16 up to that. AES
/// has blocks of 16 bytes, of which 1200 is 75: there the content type that 1.3 seals beside the
/// content begins a block of its own, which costs libcrypto alone 20 ns. Over all lengths 1.2 has
/// as many incomplete blocks as 1.3.
enum class Lengths : std::uint8_t { one, all };

std::size_t content_bytes(Lengths lengths, std::uint64_t train) {
    return lengths == Lengths::one ? kContentBytes : kContentBytes - train % 16;
}

/// A train of clear segments with exactly the room that their records need.
Transmit clear_train(PacketPool& packets, dtls::Overhead room, std::size_t bytes) {
    Transmit train;
    train.headroom = room.headroom;
    train.tailroom = room.tailroom;
    train.segment_bytes = static_cast<std::uint16_t>(bytes);
    train.payload = packets.take(PacketPool::kLargeBytes);
    train.payload.resize(kTrain * train.stride());
    return train;
}

struct Figures {
    double seal_ns, open_ns;
};

/// Nanoseconds a record, of each, over trains on a connection.
Outcome<Figures> ours(dtls::Version version, Lengths lengths) {
    DtlsLink link{client_options(version), server_options(version)};
    const Instant now{};
    const auto pair = link.connect(now);
    if (!pair) return std::unexpected{pair.error()};
    const dtls::Overhead room = link.client().overhead(pair->client);
    const Ancillary none;
    const Path path = link.path_to_server(0);
    std::chrono::nanoseconds sealing{};
    std::chrono::nanoseconds opening{};
    std::uint64_t records = 0;
    const Clock::time_point end = Clock::now() + kRun;
    while (Clock::now() < end) {
        const std::size_t bytes = content_bytes(lengths, records / kTrain);
        const Clock::time_point start = Clock::now();
        auto sealed =
            link.client().seal(pair->client, clear_train(link.packets(), room, bytes), now);
        const Clock::time_point middle = Clock::now();
        if (!sealed) return std::unexpected{to_string(sealed.error())};
        for (std::size_t i = 0; i < kTrain; ++i) {
            // As a train that GRO has joined comes from the socket.
            const MutableBytes segment = sealed->segment(i);
            const Bytes upcoming = sealed->payload.bytes().subspan((i + 1) * segment.size());
            Datagram datagram{PacketId{1}, path, none, segment, upcoming};
            Verdict verdict{};
            if (link.server().open(datagram, now, verdict).size() != 1)
                return std::unexpected{"a record was refused: " + std::string{name(verdict)}};
        }
        opening += Clock::now() - middle;
        sealing += middle - start;
        records += kTrain;
    }
    const auto each = static_cast<double>(records);
    return Figures{static_cast<double>(sealing.count()) / each,
                   static_cast<double>(opening.count()) / each};
}

/// The same for libcrypto's calls and nothing else.
Figures raw() {
    Sealer sealer{Sealer::Use::seal};
    Sealer opener{Sealer::Use::open};
    const std::size_t size = Sealer::kFront + kContentBytes + Sealer::kBehind;
    std::vector<std::byte> train(kTrain * size);
    std::chrono::nanoseconds sealing{};
    std::chrono::nanoseconds opening{};
    std::uint64_t records = 0;
    bool all = true;
    const Clock::time_point end = Clock::now() + kRun;
    while (Clock::now() < end && all) {
        const Clock::time_point start = Clock::now();
        for (std::size_t i = 0; i < kTrain; ++i)
            sealer.seal(MutableBytes{train}.subspan(i * size, size));
        const Clock::time_point middle = Clock::now();
        for (std::size_t i = 0; i < kTrain; ++i)
            all = opener.open(MutableBytes{train}.subspan(i * size, size)) && all;
        opening += Clock::now() - middle;
        sealing += middle - start;
        records += kTrain;
    }
    const auto each = static_cast<double>(records);
    return {static_cast<double>(sealing.count()) / each,
            static_cast<double>(opening.count()) / each};
}

Outcome<std::vector<Row>> record_row(const std::string& name, double Figures::* figure) {
    const auto of = [figure](dtls::Version version, Lengths lengths) -> Outcome<double> {
        return on_cpu(sender_cpu(), [&]() -> Outcome<double> {
            const auto figures = ours(version, lengths);
            if (!figures) return std::unexpected{figures.error()};
            return *figures.*figure;
        });
    };
    const auto figures =
        medians(kRounds, {[&] { return of(dtls::Version::v1_2, Lengths::one); },
                          [&] { return of(dtls::Version::v1_3, Lengths::one); },
                          [&] { return of(dtls::Version::v1_2, Lengths::all); },
                          [&] { return of(dtls::Version::v1_3, Lengths::all); },
                          [&]() -> Outcome<double> {
                              return on_cpu(sender_cpu(),
                                            [&]() -> Outcome<double> { return raw().*figure; });
                          }});
    if (!figures) return std::unexpected{figures.error()};
    std::vector<Row> rows{
        smaller_than(name, (*figures)[0], "ns", "raw EVP", (*figures)[4]),
        smaller_than(name + ".v1_3", (*figures)[1], "ns", "raw EVP", (*figures)[4]),
        smaller_than(name + ".v1_3.vs_v1_2", (*figures)[3], "ns", "DTLS 1.2", (*figures)[2]),
        smaller_than(name + ".v1_3.vs_v1_2.one_length", (*figures)[1], "ns", "DTLS 1.2",
                     (*figures)[0])};
    rows[2].must = 0.95;
    rows[0].must = 0.90;
    rows[0].goal = 0.95;
    return rows;
}

Outcome<double> handshakes_per_second() {
    dtls::Options client = client_options(dtls::Version::v1_2);
    dtls::Options server = server_options(dtls::Version::v1_2);
    for (dtls::Options* options : {&client, &server}) {
        options->cipher_suites = {dtls::CipherSuite::ecdhe_ecdsa_aes_128_gcm_sha256};
        options->groups = {dtls::NamedGroup::secp256r1};
        options->issue_tickets = false;
    }
    DtlsLink link{client, server};
    const Instant now{};
    std::uint64_t done = 0;
    const Clock::time_point start = Clock::now();
    while (Clock::now() - start < kRun) {
        const auto pair = link.connect(now);
        if (!pair) return std::unexpected{pair.error()};
        static_cast<void>(link.client().close(pair->client, now));
        if (auto settled = link.settle(now); !settled) return std::unexpected{settled.error()};
        ++done;
    }
    return static_cast<double>(done) / seconds_since(start);
}

} // namespace

Outcome<std::vector<Row>> run_dtls_seal() {
    return record_row("dtls.seal.1200", &Figures::seal_ns);
}

Outcome<std::vector<Row>> run_dtls_open() {
    return record_row("dtls.open.1200", &Figures::open_ns);
}

Outcome<std::vector<Row>> run_dtls_handshakes() {
    const auto figures = medians(
        kRounds,
        {[] { return on_cpu(sender_cpu(), [] { return handshakes_per_second(); }); },
         [] { return on_cpu(sender_cpu(), [] { return libssl_handshakes_per_second(kRun); }); }});
    if (!figures) return std::unexpected{figures.error()};
    Row row = faster_than("dtls.handshakes", (*figures)[0], "1/s", "libssl", (*figures)[1]);
    row.must = 1.3;
    return std::vector{row};
}

/// Of the server's end: the clients are forgotten before it is measured.
Outcome<std::vector<Row>> run_memory_idle_dtls() {
    constexpr std::size_t kConnections = 10'000;
    dtls::Options options;
    options.version_min = options.version_max = dtls::Version::v1_3;
    options.psks = {{"bench", std::vector<std::byte>(32, std::byte{1})}};
    options.cookie_exchange = false;
    DtlsLink link{options, options};
    Instant now{};
    std::int64_t before = 0;
    for (std::size_t i = 0; i <= kConnections; ++i) {
        const auto pair = link.connect(now);
        if (!pair) return std::unexpected{pair.error()};
        if (!link.client().export_state(pair->client))
            return std::unexpected{std::string{"a client could not be forgotten"}};
        if (i == 0) before = heap_count().bytes; // pools and tables are there
    }
    now += std::chrono::minutes{10}; // what is kept for late retransmissions has been given back
    link.server().advance(now);
    if (auto settled = link.settle(now); !settled) return std::unexpected{settled.error()};
    const auto each = static_cast<double>(heap_count().bytes - before) / kConnections;
    constexpr double kLibssl = 70'689; // OpenSSL 3.0's server end, measured by a malloc hook
    Row row = smaller_than("memory.idle_dtls", each, "bytes", "libssl 3.0", kLibssl);
    row.must = 2048;
    row.bound = Bound::value_at_most;
    return std::vector{row};
}

} // namespace hawser::bench
