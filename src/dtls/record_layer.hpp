// Records under the keys of their epochs, in both directions (RFC 6347 §4.1, RFC 9147 §4).
#pragma once

#include "dtls/connection_ids.hpp"
#include "dtls/record_keys.hpp"
#include "dtls/record_protection.hpp"
#include "dtls/replay_window.hpp"
#include "dtls/services.hpp"
#include "dtls/standing.hpp"

#include <hawser/core/result.hpp>
#include <hawser/engine/verdict.hpp>
#include <hawser/wire/dtls/post_handshake.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

namespace hawser::dtls {

using wire::dtls::RecordNumber;

class RecordLayer {
public:
    /// What records of one epoch are sealed under.
    struct Writing {
        RecordKeys keys;
        std::uint64_t next = 0; ///< record number
    };
    struct Opened {
        ContentType type;
        MutableBytes content;
        RecordNumber number;
        bool is_newest; ///< of its epoch
        bool is_under_other_cid;
    };
    struct Refused {
        Verdict verdict;                          ///< `unknown_epoch`: there are no keys for it
        std::optional<Fault> ends = std::nullopt; ///< the connection, with that
    };

    RecordLayer(Services& services, const Standing& standing, const ConnectionIds& ids)
        : services_{services}, standing_{standing}, ids_{ids} {}

    // --- in ---
    /// Opens it in its place. A record that is refused has spoiled its bytes, unless there are no
    /// keys for it. `upcoming`: see `unmask_number`.
    std::expected<Opened, Refused> open(const wire::dtls::Record& record,
                                        const wire::dtls::RecordInPlace& place, Bytes upcoming);
    bool reads() const { return !reading_.empty(); }
    /// The epochs that can be read: the newest, and the oldest that is kept beside it.
    std::uint64_t read_epoch() const { return reads() ? reading_.back().keys.epoch : 0; }
    std::uint64_t oldest_read_epoch() const { return reading_.front().keys.epoch; }
    void install_read(RecordKeys keys);
    void forget_reading_before(std::size_t kept);

    // --- out ---
    /// Of the epoch that is written in now.
    std::uint64_t write_epoch() const { return writing_.empty() ? 0 : writing_.back().keys.epoch; }
    /// What data is sealed under: until a renegotiation is done, the keys before it.
    Writing& for_data() { return standing_.renegotiating() ? writing_.front() : writing_.back(); }
    const Writing& for_data() const {
        return standing_.renegotiating() ? writing_.front() : writing_.back();
    }
    void install_write(RecordKeys keys);
    void forget_writing_before();
    /// Epoch 0 goes on with this number.
    void set_next_plain(std::uint64_t number) { next_plain_ = number; }

    /// Bytes around the content of a record of that epoch.
    std::size_t bytes_around(std::uint64_t epoch) const;
    /// Puts a record after what is in `datagram`; its number.
    std::uint64_t append(ContentType type, std::uint64_t epoch, Bytes content,
                         std::vector<std::byte>& datagram);

    RecordRoom room(const Writing& epoch) const {
        return record_room(epoch.keys, ids_.peer().size());
    }
    /// Of a record around so much content, with what a short one is padded by.
    std::size_t record_bytes(const Writing& epoch, std::size_t content_bytes) const;
    /// Copies the content into `record`, which has `record_bytes`, and seals it.
    void seal_content(Writing& epoch, ContentType type, Bytes content, MutableBytes record);
    /// Seals what stands in `record` between its room.
    void seal(Writing& epoch, ContentType type, MutableBytes record);
    /// The same in two steps, for a row of records: see `hide_numbers` of record_protection.hpp.
    void seal_in_sight(Writing& epoch, ContentType type, MutableBytes record);
    void hide_numbers(Writing& epoch, MutableBytes row, std::size_t record_bytes);
    /// No number is ever used twice under one key; the last few are for alerts and updates.
    static Result<> numbers_left(const Writing& epoch, std::size_t records);
    /// RFC 9147 §4.5.3: so much was sealed that there should be new keys.
    static bool is_worn(const Writing& epoch) {
        return epoch.next >= aead_limits(epoch.keys.kind).seal;
    }

    // --- for a state that another process goes on with ---
    struct Half {
        RecordKeys keys;
        std::uint64_t next = 0;
    };
    Half read_half() const { return {reading_.back().keys, reading_.back().window.next()}; }
    Half write_half() const { return {writing_.back().keys, writing_.back().next}; }
    void restore(const Half& read, const Half& write);

    void shrink();

private:
    struct Reading {
        RecordKeys keys;
        ReplayWindow window;
        std::uint64_t failures = 0;
    };

    Reading* reading(const wire::dtls::Record& record);
    Writing* writing(std::uint64_t epoch);
    Refused on_forged(Reading& reading);
    std::uint64_t append_plain(ContentType type, Bytes content, std::vector<std::byte>& datagram);

    Services& services_;
    const Standing& standing_;
    const ConnectionIds& ids_;
    std::vector<Reading> reading_; ///< rising epochs; 0 is not in it
    std::vector<Writing> writing_;
    std::uint64_t next_plain_ = 0;
};

} // namespace hawser::dtls
