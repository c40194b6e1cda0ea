// A made-up SCTP conversation, and places to log it to.
#pragma once

#include <hawser/capture/log.hpp>
#include <hawser/core/ancillary.hpp>
#include <hawser/core/path.hpp>
#include <hawser/engine/tap.hpp>
#include <hawser/wire/sctp/data.hpp>
#include <hawser/wire/sctp/init.hpp>
#include <hawser/wire/sctp/tlv.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hawser::capture::test {

namespace sctp = wire::sctp;
using Packet = std::vector<std::byte>;

/// An SCTP packet with a right checksum.
Packet packet(std::uint16_t source, std::uint16_t destination, std::uint32_t tag,
              const std::function<void(wire::Writer&)>& write_chunks);

/// Two hosts as one of them sees them: we are 192.0.2.1 (SCTP port 7001), and we ask.
struct Conversation {
    static constexpr std::uint16_t kOurPort = 7001, kTheirPort = 7002;
    static constexpr std::uint32_t kOurTag = 0x1111'aaaa, kTheirTag = 0x2222'bbbb;

    Path path{.protocol = Protocol::udp,
              .local = Address::ipv4({192, 0, 2, 1}, 40'000),
              .remote = Address::ipv4({198, 51, 100, 7}, 9899)};

    struct Step {
        Direction direction;
        Packet packet;
        Ancillary ancillary;
    };
    std::vector<Step> steps;

    void out(const std::function<void(wire::Writer&)>& chunks, Ancillary beside = {});
    void in(const std::function<void(wire::Writer&)>& chunks, Ancillary beside = {});
    /// The four packets of RFC 9260 §5.1, 10 and 3 streams asked for and 20 and 5 allowed.
    void handshake();
    /// The three packets of RFC 9260 §9.2.
    void shutdown();

    /// Shows step after step to a tap, 10 ms apart, ids counted from 1 for each direction.
    void show(Tap& tap, Layer layer = Layer::wire) const;
    void show_step(Tap& tap, std::size_t index, Layer layer, Verdict verdict = Verdict::accepted,
                   std::string_view note = {}) const;
};

std::function<void(wire::Writer&)> init_chunk(sctp::ChunkType type, std::uint32_t tag,
                                              std::uint16_t outbound, std::uint16_t inbound_max);
std::function<void(wire::Writer&)> data_chunk(std::uint32_t tsn, std::uint16_t stream,
                                              std::uint16_t ssn, std::uint32_t ppid,
                                              std::string_view text);
std::function<void(wire::Writer&)> plain_chunk(sctp::ChunkType type, std::uint8_t flags,
                                               std::string_view value = {});

/// Keeps what is written; to be read once the log is closed.
class MemorySink final : public Sink {
public:
    explicit MemorySink(std::shared_ptr<Packet> to) : to_{std::move(to)} {}
    Result<> write(Bytes bytes) override {
        to_->insert(to_->end(), bytes.begin(), bytes.end());
        return {};
    }

private:
    std::shared_ptr<Packet> to_;
};

/// Instants of a test begin at 2026-01-01 00:00:00 UTC.
LogOptions options_of_a_test();

/// A log in memory.
struct MemoryLog {
    explicit MemoryLog(const LogOptions& options = options_of_a_test());
    /// Closes the log and answers the file.
    const Packet& file();

    std::shared_ptr<Packet> bytes = std::make_shared<Packet>();
    Log log;
};

/// A folder that is gone at the end of the test.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

void write_file(const std::filesystem::path& path, Bytes bytes);
Packet read_file(const std::filesystem::path& path);

} // namespace hawser::capture::test
