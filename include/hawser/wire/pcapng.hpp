// The blocks of a pcapng file: what packet logs are made of.
//
// A file is a list of blocks. Each says its type and its length twice, in the byte order of the
// machine that wrote it, which the section header's magic number tells.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hawser::wire::pcapng {

enum class BlockType : std::uint32_t {
    interface_description = 1,
    packet = 2, ///< obsolete, read only
    simple_packet = 3,
    name_resolution = 4,
    interface_statistics = 5,
    enhanced_packet = 6,
    decryption_secrets = 10,
    section_header = 0x0A0D'0D0A, ///< the same in both byte orders
};

/// What an interface's packets begin with.
enum class LinkType : std::uint16_t {
    null = 0, ///< BSD loopback: the family as four octets in the order of the machine
    ethernet = 1,
    raw = 101,  ///< an IPv4 or IPv6 header
    loop = 108, ///< OpenBSD loopback: the family in network order
    linux_sll = 113,
    ipv4 = 228,
    ipv6 = 229,
    sctp = 248,
    upper_pdu = 252, ///< tags, then the bytes of a protocol that they name
    linux_sll2 = 276,
};

/// No block that is read or written is longer; a file that claims one is broken.
inline constexpr std::size_t kBlockBytesMax = std::size_t{16} * 1024 * 1024;

/// Section Header Block. Texts are borrowed, here and below.
struct SectionHeader {
    std::string_view hardware, os, application;
    std::vector<std::string_view> comments;
};

/// Interface Description Block. Interfaces are numbered from 0 as they appear in their section.
struct Interface {
    LinkType link = LinkType::raw;
    std::uint32_t snap_bytes = 0; ///< 0: packets are whole
    std::string_view name, description;
    /// Units of a timestamp: 10^-n s, or 2^-n s with the top bit set. 6 when the block is silent.
    std::uint8_t resolution = 9;
    std::int64_t offset_seconds = 0; ///< if_tsoffset: added to every timestamp
};

/// Which way a packet went: bits 0 and 1 of epb_flags.
enum class PacketDirection : std::uint8_t { unknown = 0, in = 1, out = 2 };

/// Enhanced Packet Block.
struct EnhancedPacket {
    std::uint32_t interface_id = 0;
    std::uint64_t timestamp = 0; ///< in the interface's units since 1970
    Bytes head;                  ///< of the data, where it stands apart; none when read
    Bytes data;
    std::uint32_t original_bytes = 0; ///< on the wire; more than `data` when it was cut
    PacketDirection direction = PacketDirection::unknown;
    std::optional<std::uint64_t> packet_id;
    std::optional<std::uint64_t>
        drop_count; ///< lost between the packet before on this interface and this one
    std::vector<std::string_view> comments;
    bool timed = true; ///< false when read from a Simple Packet Block
};

/// Interface Statistics Block.
struct InterfaceStatistics {
    std::uint32_t interface_id = 0;
    std::uint64_t timestamp = 0;
    std::optional<std::uint64_t> received;   ///< isb_ifrecv
    std::optional<std::uint64_t> dropped;    ///< isb_ifdrop
    std::optional<std::uint64_t> os_dropped; ///< isb_osdrop
    std::vector<std::string_view> comments;
};

/// Decryption Secrets Block.
struct Secrets {
    static constexpr std::uint32_t kTlsKeyLog = 0x544C'534B; ///< "TLSK": lines of an NSS key log
    std::uint32_t type = kTlsKeyLog;
    Bytes data;
};

/// One record of a Name Resolution Block: 4 or 16 octets and what they are called.
struct Name {
    Bytes octets;
    std::string_view name;
};

// --- writing: each appends one whole block in this machine's byte order ---
// Texts above 64 KB are cut: an option cannot be longer.

void append(std::vector<std::byte>& out, const SectionHeader& block);
void append(std::vector<std::byte>& out, const Interface& block);
void append(std::vector<std::byte>& out, const EnhancedPacket& block);
void append(std::vector<std::byte>& out, const InterfaceStatistics& block);
void append(std::vector<std::byte>& out, const Secrets& block);
void append(std::vector<std::byte>& out, const std::vector<Name>& block);

// --- reading ---

/// One block; `body` is borrowed and has neither type nor lengths.
struct Block {
    BlockType type;
    Bytes body;
    std::endian order = std::endian::native;
    std::size_t size_bytes = 0; ///< of the whole block
};

/// The block that `input` begins with. `order` is the section's; a section header changes it.
/// nullopt: the block goes on after the end of `input`. Fails with `malformed`.
Result<std::optional<Block>> next_block(Bytes input, std::endian& order);

// Each fails with `malformed` when the block is not of its kind or a length in it does not hold.
// Options that are not known are passed over.
Result<SectionHeader> parse_section_header(const Block& block);
Result<Interface> parse_interface(const Block& block);
/// Also takes the obsolete Packet Block and the Simple Packet Block.
Result<EnhancedPacket> parse_packet(const Block& block);
Result<InterfaceStatistics> parse_statistics(const Block& block);
Result<Secrets> parse_secrets(const Block& block);
Result<std::vector<Name>> parse_names(const Block& block);

/// Nanoseconds since 1970 of a timestamp, as the interface counts; stays within 64 bits.
std::int64_t to_nanoseconds(const Interface& interface, std::uint64_t timestamp);

} // namespace hawser::wire::pcapng
