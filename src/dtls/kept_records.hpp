// Records that have to wait, within bounds.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/core/path.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace hawser::dtls {

struct KeptRecord {
    std::vector<std::byte> bytes;
    Path path;
    Ancillary ancillary;
    PacketId packet;
    wire::dtls::RecordNumber number; ///< of one that is opened
};

class KeptRecords {
public:
    static constexpr std::size_t kMost = 16;
    static constexpr std::size_t kBytesMax = 16 * 1024; ///< of all of them

    bool empty() const { return records_.empty(); }
    /// Whether another one of so many bytes may wait.
    bool has_room(std::size_t bytes) const {
        return records_.size() < kMost && bytes_ + bytes <= kBytesMax;
    }
    void keep(KeptRecord&& record) {
        bytes_ += record.bytes.size();
        records_.push_back(std::move(record));
    }
    std::vector<KeptRecord> take() {
        bytes_ = 0;
        return std::exchange(records_, {});
    }

private:
    std::vector<KeptRecord> records_;
    std::size_t bytes_ = 0;
};

} // namespace hawser::dtls
