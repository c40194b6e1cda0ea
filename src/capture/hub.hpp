// The queue between taps and sink, and the thread that empties it.
#pragma once

#include <hawser/capture/log.hpp>
#include <hawser/capture/sink.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "capture/encoder.hpp"
#include "capture/port.hpp"
#include "capture/record_queue.hpp"

namespace hawser::capture::detail {

/// Shared by a Log, its attachments and its thread: the last one to go takes it along, so that a
/// sink that blocks for ever, or an attachment that outlives its log, harms nobody.
class Hub : public std::enable_shared_from_this<Hub> {
public:
    Hub(std::unique_ptr<Sink> sink, const LogOptions& options);

    Result<> start();
    std::shared_ptr<Port> add_port(std::string_view name, const AttachOptions& options);
    LogStatus status() const;
    Result<> close();

    // --- from any thread, for each packet: these neither wait nor allocate ---

    /// Copies what `seen` was shown, or with `segment_bytes` what `seen_train` was. Counts it as
    /// lost when there is no room.
    void put(Port& port, View view, const Sighting& sighting, std::size_t segment_bytes = 0);
    void put_secret(Port& port, std::string_view line);

private:
    void count_lost(Port& port, View view, std::size_t records);
    bool put_record(const RecordHead& head, std::string_view note, Bytes bytes);
    void wake();

    // --- the writer's thread ---
    void run();
    void drain();
    void take(Bytes record);
    void take_secret(const RecordView& line);
    void take_packet(const RecordView& packet);
    void write_out();
    void wait_for_work();
    Port& port_of(std::uint32_t number);

    const LogOptions options_;
    RecordQueue queue_;
    std::atomic<bool> open_{true};
    std::atomic<bool> awake_{false}; ///< somebody has asked the writer to look already

    std::atomic<std::uint64_t> frames_written_{0}, bytes_written_{0}, frames_lost_{0};
    std::atomic<std::int64_t> write_began_{0}; ///< on the monotonic clock; 0: not in a write

    mutable std::mutex mutex_; ///< held for moments only, never across a write
    std::condition_variable work_, finished_;
    std::vector<std::shared_ptr<Port>> ports_;
    std::optional<Error> error_;
    bool done_ = false;

    std::mutex close_mutex_; ///< one `close` at a time; guards the two below
    std::optional<Result<>> closed_;
    std::thread thread_;

    // What only the writer's thread touches.
    std::unique_ptr<Sink> sink_;
    Encoder encoder_;
    std::vector<std::byte> batch_;
    std::uint64_t frames_in_batch_ = 0;
    std::vector<std::shared_ptr<Port>> known_ports_;
    std::atomic<bool> failed_{false};
};

} // namespace hawser::capture::detail
