// What a tap leaves in the queue for the writer.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/path.hpp>
#include <hawser/engine/tap.hpp>

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace hawser::capture::detail {

/// Which of an endpoint's two interfaces a frame is for.
enum class View : std::uint8_t { wire, clear };
inline constexpr std::size_t kViews = 2;

/// The fixed part of a record. The note follows it, then the bytes to the end of the record.
struct RecordHead {
    enum class Kind : std::uint8_t { frame, secret };

    Kind kind = Kind::frame;
    View view = View::wire;
    Layer layer = Layer::wire;
    Direction direction = Direction::in;
    Verdict verdict = Verdict::accepted;
    Dscp dscp = Dscp::cs0;
    Ecn ecn = Ecn::not_ect;
    std::uint8_t hop_limit = 64;
    bool dont_fragment = true;
    std::uint32_t flow_label = 0;
    std::uint32_t port = 0; ///< the attachment's number
    std::uint32_t note_bytes = 0;
    std::uint32_t segment_bytes = 0; ///< of a train's packets but the last; 0: one packet
    std::uint64_t packet_id = 0;     ///< of a train's first; they count up
    std::uint64_t lost = 0;          ///< frames of this view that had found no room before this one
    Instant at{};
    Path path;
};

/// How many packets `bytes` are.
constexpr std::size_t packets_in(std::size_t bytes, std::size_t segment_bytes) {
    return segment_bytes == 0 ? 1 : (bytes + segment_bytes - 1) / segment_bytes;
}

static_assert(std::is_trivially_copyable_v<RecordHead>);

/// A record taken apart again; the note and the bytes are borrowed from the queue.
struct RecordView {
    RecordHead head;
    std::string_view note;
    Bytes bytes;

    static RecordView of(Bytes record) {
        RecordView view;
        std::memcpy(&view.head, record.data(), sizeof view.head);
        view.note = as_text(record.subspan(sizeof view.head, view.head.note_bytes));
        view.bytes = record.subspan(sizeof view.head + view.head.note_bytes);
        return view;
    }
};

} // namespace hawser::capture::detail
