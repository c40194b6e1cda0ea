// From queued records to the blocks of a pcapng file.
#pragma once

#include <hawser/capture/log.hpp>
#include <hawser/engine/wall_clock.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/port.hpp"
#include "capture/record.hpp"

namespace hawser::capture::detail {

/// Appends blocks to a buffer. The interfaces of an attachment are described before its first
/// packet: both, when both will be needed.
class Encoder {
public:
    explicit Encoder(WallClock clock) : clock_{clock} {}

    void begin(std::vector<std::byte>& out, const LogOptions& options);
    /// False when the frame cannot be shown: no header can be made for it.
    bool frame(std::vector<std::byte>& out, Port& port, const RecordView& record);
    void secret(std::vector<std::byte>& out, Port& port, std::string_view line);
    /// One statistics block for each interface, and at least one.
    void end(std::vector<std::byte>& out);

private:
    struct InterfaceState {
        std::uint32_t id = 0;
        std::shared_ptr<Port> port;
        View view = View::wire;
        std::uint64_t seen = 0, dropped = 0, lost_reported = 0;
    };

    struct PortState {
        bool described = false;
        std::array<std::optional<std::uint32_t>, kViews> interfaces; ///< their numbers, by view
    };

    /// What stands before the record's bytes in the frame. False when there is no way to say it.
    bool make_head(const RecordView& record);
    bool make_wire_head(const RecordView& record);
    bool make_clear_head(const RecordView& record);
    /// `path`: of the packet that comes first; nullptr when that is not known.
    void describe(std::vector<std::byte>& out, Port& port, const Path* path);
    PortState& state_of(const Port& port);
    InterfaceState& interface_of(std::vector<std::byte>& out, Port& port, View view);
    std::uint64_t timestamp(Instant at) const;

    WallClock clock_;
    Instant last_{}; ///< of the latest frame: the time of the statistics
    std::vector<InterfaceState> interfaces_;
    std::vector<PortState> ports_; ///< by the number of the attachment
    std::vector<std::byte> head_;  ///< of the frame in the making
    std::string comment_;
};

} // namespace hawser::capture::detail
