#include "capture/hub.hpp"

#include <hawser/core/check.hpp>
#include <hawser/net/clock.hpp>

#include <csignal>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <system_error>

namespace hawser::capture::detail {
namespace {

constexpr std::size_t kWakeBlocks = 4;
constexpr std::size_t kBatchBytes = std::size_t{256} * 1024;
constexpr Duration kStalledAfter = std::chrono::seconds{1};
constexpr std::size_t kNoteBytesMax = 1024;

/// A signal is the program's, not ours: and one of them, SIGPIPE, would end it when the reader of a
/// FIFO goes away.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace

Hub::Hub(std::unique_ptr<Sink> sink, const LogOptions& options)
    : options_{options},
      queue_{options.queue_bytes},
      sink_{std::move(sink)},
      encoder_{options.wall_clock.value_or(net::Clock::wall_clock())} {
    batch_.reserve(2 * kBatchBytes);
}

Result<> Hub::start() {
    if (!queue_.has_memory()) return fail(Errc::exhausted, "no memory for the packet log's queue");
    // std::thread has no other way to say that there is none.
    try {
        thread_ = std::thread{[hub = shared_from_this()] { hub->run(); }};
    } catch (const std::system_error& error) {
        return fail(Errc::exhausted, "no thread for the packet log", error.code().value());
    }
    return {};
}

std::shared_ptr<Port> Hub::add_port(std::string_view name, const AttachOptions& options) {
    auto port = std::make_shared<Port>();
    port->name = name;
    const bool wanted = options_.endpoints.empty() ||
                        std::ranges::find(options_.endpoints, name) != options_.endpoints.end();
    port->allowed = wanted ? options_.layers : LayerSet::none();
    port->layers = static_cast<std::uint8_t>(options.layers.bits() & port->allowed.bits());
    port->clear = options.clear.value_or(options_.clear);
    const std::lock_guard lock{mutex_};
    port->number = static_cast<std::uint32_t>(ports_.size());
    ports_.push_back(port);
    return port;
}

LogStatus Hub::status() const {
    const Instant began{Duration{write_began_.load()}};
    LogStatus status{.frames_written = frames_written_.load(),
                     .bytes_written = bytes_written_.load(),
                     .frames_lost = frames_lost_.load(),
                     .stalled = began != Instant{} && net::Clock::now() - began > kStalledAfter};
    const std::lock_guard lock{mutex_};
    status.error = error_;
    for (const auto& port : ports_)
        status.packets_lost += std::max(port->lost_in(View::wire), port->lost_in(View::clear));
    return status;
}

Result<> Hub::close() {
    open_ = false;
    const std::lock_guard closing{close_mutex_};
    if (closed_) return *closed_;
    std::unique_lock lock{mutex_};
    work_.notify_one();
    const bool done = finished_.wait_for(lock, options_.close_wait, [this] { return done_; });
    closed_.emplace();
    if (!done) closed_ = fail(Errc::timed_out, "the packet log's sink blocks");
    if (done && error_) closed_ = std::unexpected{*error_};
    lock.unlock();
    done ? thread_.join() : thread_.detach();
    return *closed_;
}

void Hub::put(Port& port, View view, const Sighting& sighting, std::size_t segment_bytes) {
    if (!open_.load(std::memory_order_relaxed)) return;
    const Ancillary& beside = sighting.ancillary;
    const std::string_view note = sighting.note.substr(0, kNoteBytesMax);
    const RecordHead head{.view = view,
                          .layer = sighting.layer,
                          .direction = sighting.direction,
                          .verdict = sighting.verdict,
                          .dscp = beside.dscp.value_or(Dscp::cs0),
                          .ecn = beside.ecn.value_or(Ecn::not_ect),
                          .hop_limit = beside.hop_limit.value_or(64),
                          .dont_fragment = beside.dont_fragment.value_or(true),
                          .flow_label = beside.flow_label.value_or(0),
                          .port = port.number,
                          .note_bytes = static_cast<std::uint32_t>(note.size()),
                          .segment_bytes = static_cast<std::uint32_t>(segment_bytes),
                          .packet_id = std::to_underlying(sighting.packet_id),
                          .lost = port.lost_in(view).load(std::memory_order_relaxed),
                          .at = sighting.at,
                          .path = sighting.path};
    if (!failed_.load(std::memory_order_relaxed) && put_record(head, note, sighting.bytes)) return;
    count_lost(port, view, packets_in(sighting.bytes.size(), segment_bytes));
}

void Hub::put_secret(Port& port, std::string_view line) {
    if (!options_.keys || line.empty() || !open_.load(std::memory_order_relaxed)) return;
    const RecordHead head{.kind = RecordHead::Kind::secret, .port = port.number};
    if (!failed_.load(std::memory_order_relaxed) && put_record(head, {}, as_bytes(line))) return;
    count_lost(port, View::wire, 1); // no packet, but who reads the file will miss it all the more
}

void Hub::count_lost(Port& port, View view, std::size_t records) {
    port.lost_in(view).fetch_add(records, std::memory_order_relaxed);
    frames_lost_.fetch_add(records, std::memory_order_relaxed);
}

bool Hub::put_record(const RecordHead& head, std::string_view note, Bytes bytes) {
    const std::size_t size = sizeof head + note.size() + bytes.size();
    const RecordQueue::Claim claim = queue_.claim(size);
    if (!claim) return false;
    std::memcpy(claim.data, &head, sizeof head);
    if (!note.empty()) std::memcpy(claim.data + sizeof head, note.data(), note.size());
    if (!bytes.empty()) {
        std::memcpy(claim.data + sizeof head + note.size(), bytes.data(), bytes.size());
    }
    RecordQueue::commit(claim, size);
    // The writer looks by itself at every flush interval; only a burst need call it, and soon, so
    // that few blocks are in use.
    if (claim.used_blocks > std::min(kWakeBlocks, queue_.block_count() / 2)) wake();
    return true;
}

void Hub::wake() {
    if (awake_.load(std::memory_order_relaxed) || awake_.exchange(true)) return;
    const std::lock_guard lock{mutex_};
    work_.notify_one();
}

void Hub::run() {
    block_signals();
    encoder_.begin(batch_, options_);
    for (;;) {
        const bool last = !open_.load();
        drain();
        if (last) break;
        wait_for_work();
    }
    encoder_.end(batch_);
    write_out();
    sink_.reset();
    const std::lock_guard lock{mutex_};
    done_ = true;
    finished_.notify_all();
}

/// Empties the queue. A record that is claimed but not yet whole is waited for: its tap is copying.
void Hub::drain() {
    for (;;) {
        const Bytes record = queue_.front();
        if (record.empty()) {
            // Only now: whoever looks at the head takes its line from the taps.
            if (queue_.empty()) break;
            std::this_thread::yield();
            continue;
        }
        take(record);
        queue_.pop();
        if (batch_.size() >= kBatchBytes) write_out();
    }
    write_out();
}

void Hub::take(Bytes record) {
    RecordView view = RecordView::of(record);
    RecordHead& head = view.head;
    if (head.kind == RecordHead::Kind::secret) return take_secret(view);
    const Bytes all = view.bytes;
    const std::size_t step = head.segment_bytes == 0 ? all.size() : head.segment_bytes;
    std::size_t at = 0;
    do {
        view.bytes = all.subspan(at, std::min(step, all.size() - at));
        take_packet(view);
        ++head.packet_id;
        at += step;
    } while (at < all.size());
}

void Hub::take_secret(const RecordView& line) {
    if (failed_) {
        frames_lost_ += 1;
    } else {
        encoder_.secret(batch_, port_of(line.head.port), as_text(line.bytes));
    }
}

void Hub::take_packet(const RecordView& packet) {
    if (failed_) {
        frames_lost_ += 1; // its port's count has gone into no file
    } else if (encoder_.frame(batch_, port_of(packet.head.port), packet)) {
        frames_in_batch_ += 1;
    } else {
        count_lost(port_of(packet.head.port), packet.head.view, 1);
    }
}

Port& Hub::port_of(std::uint32_t number) {
    if (number >= known_ports_.size()) {
        const std::lock_guard lock{mutex_};
        known_ports_ = ports_;
    }
    HAWSER_ASSERT(number < known_ports_.size());
    return *known_ports_[number];
}

void Hub::write_out() {
    if (batch_.empty()) return;
    if (!failed_) {
        write_began_ = net::Clock::now().time_since_epoch().count();
        Result<> written = sink_->write(batch_);
        if (written && queue_.empty()) written = sink_->flush();
        write_began_ = 0;
        if (written) {
            frames_written_ += frames_in_batch_;
            bytes_written_ += batch_.size();
        } else {
            frames_lost_ += frames_in_batch_;
            failed_ = true;
            const std::lock_guard lock{mutex_};
            error_ = written.error();
        }
    }
    batch_.clear();
    frames_in_batch_ = 0;
}

void Hub::wait_for_work() {
    std::unique_lock lock{mutex_};
    work_.wait_for(lock, options_.flush_interval,
                   [this] { return awake_.load() || !open_.load(); });
    awake_ = false;
}

} // namespace hawser::capture::detail
