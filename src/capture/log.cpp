#include <hawser/capture/log.hpp>

#include <algorithm>
#include <utility>

#include "capture/hub.hpp"

namespace hawser::capture {
namespace {

constexpr std::uint16_t kSctpOverUdpPort = 9899; // RFC 6951 §5.1
constexpr std::size_t kQueueBytesMin = std::size_t{256} * 1024;
constexpr std::size_t kQueueBytesMax = std::size_t{1024} * 1024 * 1024;

bool shows_clear(Clear clear, const Sighting& sighting) {
    if (clear != Clear::automatic) return clear == Clear::always;
    return sighting.layer != Layer::sctp || clear_is_needed(sighting.path);
}

/// Where it is written; nullopt: nowhere.
std::optional<detail::View> view_of(const detail::Port& port, const Sighting& sighting) {
    const auto layers = LayerSet::from_bits(port.layers.load(std::memory_order_relaxed));
    if (!layers.has(sighting.layer)) return std::nullopt;
    if (sighting.layer == Layer::wire) return detail::View::wire;
    if (!shows_clear(port.clear.load(std::memory_order_relaxed), sighting)) return std::nullopt;
    return detail::View::clear;
}

} // namespace

bool clear_is_needed(const Path& path) {
    if (path.protocol != Protocol::udp) return path.protocol != Protocol::ip;
    const std::uint16_t ours = path.local.port();
    const std::uint16_t theirs = path.remote.port();
    // Before the first packet has come ours may not be known.
    return (ours == 0 ? theirs : std::min(ours, theirs)) != kSctpOverUdpPort;
}

Attachment::Attachment(std::shared_ptr<detail::Hub> hub, std::shared_ptr<detail::Port> port)
    : hub_{std::move(hub)}, port_{std::move(port)} {}

Attachment::~Attachment() = default;

void Attachment::seen(const Sighting& sighting) {
    if (const auto view = view_of(*port_, sighting)) hub_->put(*port_, *view, sighting);
}

void Attachment::seen_train(const Sighting& train, std::size_t segment_bytes) {
    if (const auto view = view_of(*port_, train)) hub_->put(*port_, *view, train, segment_bytes);
}

bool Attachment::wants(Layer layer) const {
    return LayerSet::from_bits(port_->layers.load(std::memory_order_relaxed)).has(layer);
}

void Attachment::secret(std::string_view line) {
    if (port_->layers.load(std::memory_order_relaxed) != 0) hub_->put_secret(*port_, line);
}

const std::string& Attachment::name() const {
    return port_->name;
}

void Attachment::set_layers(LayerSet layers) {
    port_->layers = static_cast<std::uint8_t>(layers.bits() & port_->allowed.bits());
}

void Attachment::set_clear(Clear clear) {
    port_->clear = clear;
}

void Attachment::detach() {
    port_->layers = LayerSet::none().bits();
}

Result<Log> Log::open(const std::filesystem::path& path, const LogOptions& options) {
    auto sink = open_file_sink(path, {.secret = options.keys});
    if (!sink) return std::unexpected{sink.error()};
    return open(std::move(*sink), options);
}

Result<Log> Log::open(std::unique_ptr<Sink> sink, const LogOptions& options) {
    if (sink == nullptr) return fail(Errc::invalid_argument, "a packet log without a sink");
    if (options.queue_bytes < kQueueBytesMin || options.queue_bytes > kQueueBytesMax) {
        return fail(Errc::invalid_argument, "queue_bytes of a packet log: 256 KiB to 1 GiB");
    }
    if (options.flush_interval <= Duration::zero() || options.close_wait < Duration::zero()) {
        return fail(Errc::invalid_argument, "a packet log's times are above zero");
    }
    auto hub = std::make_shared<detail::Hub>(std::move(sink), options);
    if (auto started = hub->start(); !started) return std::unexpected{started.error()};
    return Log{std::move(hub)};
}

Log::Log(std::shared_ptr<detail::Hub> hub) : hub_{std::move(hub)} {}
Log::Log(Log&&) noexcept = default;

Log& Log::operator=(Log&& other) noexcept {
    if (this != &other) {
        if (hub_ != nullptr) static_cast<void>(hub_->close());
        hub_ = std::move(other.hub_);
    }
    return *this;
}

Log::~Log() {
    if (hub_ != nullptr) static_cast<void>(hub_->close());
}

std::shared_ptr<Attachment> Log::attach(std::string_view name, const AttachOptions& options) {
    return std::make_shared<Attachment>(hub_, hub_->add_port(name, options));
}

LogStatus Log::status() const {
    return hub_->status();
}

Result<> Log::close() {
    return hub_->close();
}

} // namespace hawser::capture
