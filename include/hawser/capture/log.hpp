// A packet log: taps of many endpoints in, one pcapng file out, which opens in Wireshark as it is.
#pragma once

#include <hawser/capture/sink.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/core/result.hpp>
#include <hawser/engine/tap.hpp>
#include <hawser/engine/wall_clock.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::capture {

/// Some of the layers that a tap shows.
class LayerSet {
public:
    constexpr LayerSet() = default;
    constexpr LayerSet(std::initializer_list<Layer> layers) {
        for (const Layer layer : layers)
            bits_ |= bit(layer);
    }
    static constexpr LayerSet all() { return LayerSet{0xffu}; }
    static constexpr LayerSet none() { return {}; }

    constexpr LayerSet without(Layer layer) const {
        return LayerSet{bits_ & ~unsigned{bit(layer)}};
    }
    constexpr bool has(Layer layer) const { return (bits_ & bit(layer)) != 0; }
    constexpr std::uint8_t bits() const { return bits_; }
    static constexpr LayerSet from_bits(std::uint8_t bits) { return LayerSet{bits}; }
    friend constexpr bool operator==(LayerSet, LayerSet) = default;

private:
    constexpr explicit LayerSet(unsigned bits) : bits_{static_cast<std::uint8_t>(bits)} {}
    static constexpr std::uint8_t bit(Layer layer) {
        return static_cast<std::uint8_t>(1u << static_cast<unsigned>(layer));
    }
    std::uint8_t bits_ = 0;
};

/// Whether what a wire frame carries is also written on an interface of its own, `<name>/clear`.
enum class Clear : std::uint8_t {
    automatic, ///< only where Wireshark would not see it in the wire frame: see `clear_is_needed`
    never,
    always, ///< for paths that are sealed
};

/// True when Wireshark, without settings, does not look for SCTP in the UDP datagrams of `path`: it
/// asks the lower of the two ports first and knows 9899 (RFC 6951 §5.1) alone.
bool clear_is_needed(const Path& path);

struct LogOptions {
    LayerSet layers = LayerSet::all();
    std::vector<std::string> endpoints; ///< names as given to `attach`; empty: every endpoint
    Clear clear = Clear::automatic;     ///< for endpoints that do not say
    /// Puts key-log lines into the file: whoever has the file can then read what was sealed.
    bool keys = false;
    /// Room for packets that are not yet written, 256 KiB to 1 GiB; above it they are lost and
    /// counted. 8 MiB is 60 ms of 1 Gbit/s. Memory is taken as the queue grows.
    std::size_t queue_bytes = std::size_t{8} * 1024 * 1024;
    /// What was seen is in the file at most this much later.
    Duration flush_interval = std::chrono::milliseconds{200};
    /// How long `close` waits for a sink that blocks.
    Duration close_wait = std::chrono::seconds{2};
    /// Turns an Instant into the time in the file; nullopt: Instants count the monotonic clock's
    /// time, as those of the net layer do.
    std::optional<WallClock> wall_clock;
    std::string application = "hawser"; ///< stands in the section header
    std::string comment;                ///< stands there too
};

struct AttachOptions {
    LayerSet layers = LayerSet::all();
    std::optional<Clear> clear; ///< nullopt: the log's
};

/// How a log is doing.
struct LogStatus {
    std::uint64_t frames_written = 0; ///< given to the sink
    std::uint64_t bytes_written = 0;
    std::uint64_t frames_lost = 0; ///< seen but not written: the queue was full, or the sink failed
    /// What found no room in the queue, as packets: one counts once, though two views of it did.
    std::uint64_t packets_lost = 0;
    std::optional<Error> error; ///< the sink failed; nothing is written any more
    bool stalled = false;       ///< the sink has been busy with one write for over a second
};

namespace detail {
class Hub;
struct Port;
} // namespace detail

/// One endpoint's way into a log. `seen` copies and returns: it neither waits nor allocates, and
/// does nothing once detached or once the log is closed. Every member may be called from any
/// thread.
class Attachment final : public Tap {
public:
    /// Made by `Log::attach` alone: the parts are private to the library.
    Attachment(std::shared_ptr<detail::Hub> hub, std::shared_ptr<detail::Port> port);
    ~Attachment() override;
    Attachment(const Attachment&) = delete;
    Attachment& operator=(const Attachment&) = delete;

    void seen(const Sighting& sighting) override;
    void seen_train(const Sighting& train, std::size_t segment_bytes) override;
    bool wants(Layer layer) const override;
    void secret(std::string_view line) override;

    const std::string& name() const;
    /// Takes effect with the next packet; what the log leaves out stays out.
    void set_layers(LayerSet layers);
    void set_clear(Clear clear);
    /// Writes nothing from now on.
    void detach();

private:
    std::shared_ptr<detail::Hub> hub_;
    std::shared_ptr<detail::Port> port_;
};

/// Writes what its attachments see. Move-only; the destructor closes.
class Log {
public:
    /// Makes the file, or empties the one that is there; with `keys` it is only for its owner.
    /// Fails as `open_file_sink` does, with `invalid_argument` for options out of range, or with
    /// `exhausted` when the system gives no thread or no memory.
    static Result<Log> open(const std::filesystem::path& path, const LogOptions& options = {});
    static Result<Log> open(std::unique_ptr<Sink> sink, const LogOptions& options = {});
    Log(Log&&) noexcept;
    Log& operator=(Log&&) noexcept;
    ~Log();

    /// A tap for an endpoint, which may come later, be there already, or run on another thread. Its
    /// interfaces are `<name>/wire` and `<name>/clear`. Give the same name twice and there are two.
    /// Keep it for as long as the endpoint has its address.
    std::shared_ptr<Attachment> attach(std::string_view name, const AttachOptions& options = {});

    LogStatus status() const;

    /// Writes what is queued and the statistics, and closes the sink. Fails with the sink's error,
    /// or with `timed_out` when the sink blocks; it is then left to itself. Again: the same answer.
    Result<> close();

private:
    explicit Log(std::shared_ptr<detail::Hub> hub);
    std::shared_ptr<detail::Hub> hub_;
};

} // namespace hawser::capture
