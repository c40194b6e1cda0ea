// Writes SCTP packets one after the other into one slab: a train.
#pragma once

#include "sctp/authentication/authenticator.hpp"

#include <hawser/core/packet.hpp>
#include <hawser/engine/framing.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/packet.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser::sctp {

/// The packets of a train share path, class and size; only the last may be shorter. `open` begins
/// one, chunks claim room in it, `close` finishes it with its checksum.
class TrainWriter {
public:
    using ChunkType = wire::sctp::ChunkType;

    /// `preface` is a finished chunk with which every packet begins, or empty. What the peer wants
    /// authenticated stands after AUTH where `authenticator` is not null.
    TrainWriter(Packet slab, const Framing& framing, const wire::sctp::CommonHeader& header,
                Bytes preface = {}, Authenticator* authenticator = nullptr)
        : slab_{std::move(slab)},
          framing_{framing},
          header_{header},
          preface_{preface},
          authenticator_{authenticator} {
        capacity_ = slab_.size() + slab_.tailroom();
        slab_.resize(capacity_);
    }

    /// Begins a packet of at most `limit` bytes. False when the slab has no room for it.
    bool open(std::size_t limit) {
        start_ = end_ + framing_.headroom;
        if (start_ + limit + framing_.tailroom > std::min(capacity_, framing_.train_bytes_max)) {
            return false;
        }
        limit_ = limit;
        used_ = wire::sctp::kCommonHeaderBytes;
        stream_.reset();
        auth_at_ = 0;
        wire::Writer out{slab_.bytes().subspan(start_, used_)};
        header_.write(out);
        const bool begun = preface_.empty() || add(preface_);
        begun_ = used_;
        return begun;
    }
    /// Bytes that a chunk of this type may still have in the packet at hand.
    std::size_t room(ChunkType type) const {
        return limit_ - std::min(limit_, used_ + auth_before(type));
    }
    /// What it takes to begin a packet with a chunk of this type, besides the chunk.
    std::size_t before(ChunkType type) const {
        return begun_ + (auth_at_ >= begun_ ? auth_of(type) : auth_before(type));
    }
    /// Message bytes that the rest of the train can carry, each packet's in one chunk.
    std::size_t payload_room(ChunkType type, std::size_t chunk_header_bytes) const {
        const std::size_t room = this->room(type);
        const std::size_t each = limit_ - before(type) - chunk_header_bytes;
        const std::size_t stride = framing_.headroom + limit_ + framing_.tailroom;
        const std::size_t fit = std::min(capacity_, framing_.train_bytes_max) / stride;
        const std::size_t packets = std::min(fit, framing_.train_segments_max);
        const std::size_t whole = packets - std::min(packets, count_ + 1);
        return whole * each + (room > chunk_header_bytes ? room - chunk_header_bytes : 0);
    }
    /// Other than the preface.
    bool has_chunks() const { return used_ > begun_; }
    std::size_t limit() const { return limit_; }
    /// Of the user data that was last put into the packet at hand; nullopt without any.
    std::optional<StreamId> stream() const { return stream_; }
    void set_stream(StreamId stream) { stream_ = stream; }
    /// Whether user data of this shared key may stand in the packet at hand: one AUTH has one key,
    /// and so has one train, whose packets would else be as short as the one that another key
    /// ended.
    bool takes(const AuthKey* key) const { return key_ == nullptr || key_ == key; }
    /// Of the user data that was last put into the packet at hand.
    void set_key(AuthKey* key) {
        if (auth_at_ != 0) key_ = key;
    }

    /// Lets the packet at hand be as large as a chunk of `whole` bytes needs; false without room in
    /// the slab.
    bool widen_for(ChunkType type, std::size_t whole) {
        const std::size_t limit = used_ + auth_before(type) + whole;
        if (start_ + limit + framing_.tailroom > capacity_) return false;
        limit_ = std::max(limit_, limit);
        return true;
    }

    /// Room for a chunk, padding included: the caller writes all of it before `close`. The first
    /// that has to be authenticated gets AUTH before it, which `close` fills in.
    std::byte* claim(ChunkType type, std::size_t bytes) {
        HAWSER_ASSERT(bytes <= room(type));
        if (const std::size_t auth = auth_before(type); auth != 0) {
            auth_at_ = used_;
            used_ += auth;
        }
        std::byte* at = slab_.bytes().data() + start_ + used_;
        used_ += bytes;
        return at;
    }

    /// Copies a finished chunk in; false when it does not fit.
    bool add(Bytes chunk) {
        const ChunkType type{std::to_integer<std::uint8_t>(chunk[0])};
        const std::size_t whole = wire::sctp::padded(chunk.size());
        if (whole > room(type)) return false;
        std::byte* at = claim(type, whole);
        std::ranges::copy(chunk, at);
        std::fill_n(at + chunk.size(), whole - chunk.size(), std::byte{0});
        return true;
    }

    /// Finishes the packet at hand; one without chunks is forgotten.
    void close(bool with_checksum = true) {
        if (!has_chunks()) return;
        const MutableBytes packet = slab_.bytes().subspan(start_, used_);
        if (auth_at_ != 0) sign(packet);
        if (with_checksum) wire::sctp::write_checksum(packet);
        if (count_ == 0) size_ = used_;
        last_ = used_;
        ++count_;
        end_ = start_ + used_ + framing_.tailroom;
        used_ = 0;
    }

    std::size_t count() const { return count_; }
    /// The size that every packet but the last must have.
    std::size_t size() const { return size_; }
    /// True when another packet of the same size may follow.
    bool can_grow() const {
        return count_ > 0 && last_ == size_ && count_ < framing_.train_segments_max;
    }
    Bytes packet(std::size_t index) const {
        const std::size_t stride = framing_.headroom + size_ + framing_.tailroom;
        return slab_.bytes().subspan(index * stride + framing_.headroom,
                                     index + 1 == count_ ? last_ : size_);
    }

    Transmit finish(const Path& path, const Ancillary& ancillary) {
        slab_.resize(end_);
        Transmit transmit;
        transmit.path = path;
        transmit.ancillary = ancillary;
        transmit.payload = std::move(slab_);
        transmit.segment_bytes = count_ > 1 ? static_cast<std::uint16_t>(size_) : std::uint16_t{0};
        transmit.headroom = static_cast<std::uint16_t>(framing_.headroom);
        transmit.tailroom = static_cast<std::uint16_t>(framing_.tailroom);
        return transmit;
    }

private:
    std::size_t auth_of(ChunkType type) const {
        const bool wanted = authenticator_ != nullptr && authenticator_->peer_wants(type);
        return wanted ? authenticator_->chunk_bytes() : 0;
    }
    /// What AUTH takes before a chunk of this type in the packet at hand, where it is not there
    /// yet.
    std::size_t auth_before(ChunkType type) const { return auth_at_ != 0 ? 0 : auth_of(type); }

    void sign(MutableBytes packet) {
        const std::size_t end = auth_at_ + authenticator_->chunk_bytes();
        authenticator_->sign(key_ != nullptr ? *key_ : authenticator_->keys.active(),
                             packet.subspan(auth_at_, end - auth_at_), packet.subspan(end));
    }

    Packet slab_;
    const Framing& framing_;
    wire::sctp::CommonHeader header_;
    Bytes preface_;
    Authenticator* authenticator_;
    AuthKey* key_ = nullptr;  // of the user data after AUTH
    std::size_t auth_at_ = 0; // in the packet at hand; 0: it has no AUTH
    std::size_t begun_ = 0;   // used when the packet at hand was begun
    std::size_t capacity_ = 0;
    std::size_t start_ = 0; // of the packet at hand
    std::size_t used_ = 0;
    std::size_t limit_ = 0;
    std::size_t end_ = 0; // of the last finished packet, tailroom included
    std::size_t size_ = 0;
    std::size_t last_ = 0;
    std::size_t count_ = 0;
    std::optional<StreamId> stream_;
};

} // namespace hawser::sctp
