// Reads packet logs: ours, and what tcpdump, dumpcap and others write.
#pragma once

#include <hawser/capture/source.hpp>
#include <hawser/core/address.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/engine/tap.hpp>
#include <hawser/wire/ip.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::capture {

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// One captured packet. `payload` is borrowed until the next one is read.
struct Frame {
    std::uint64_t number = 0; ///< from 1, as Wireshark counts
    WallTime time{};
    std::uint32_t interface_id = 0;
    std::string interface_name; ///< "" when the file gives none
    std::optional<Direction> direction;
    std::optional<std::uint64_t> packet_id;
    std::uint64_t lost_before = 0; ///< packets that were not written just before this one
    std::vector<std::string> comments;

    /// The IP header, with the ports of UDP in its addresses; nullopt when the frame has none.
    std::optional<wire::IpHeader> ip;
    bool is_udp = false;
    std::optional<Address> source, destination; ///< from the IP header or from upper-PDU tags
    /// "sctp" for an upper PDU, else "".
    std::string dissector;
    /// What the innermost header that was read carries: a UDP payload, an IP payload, a PDU.
    Bytes payload;
    std::size_t payload_bytes = 0; ///< of it on the wire, as far as headers tell
    bool cut = false;              ///< the capture has less than there was on the wire

    /// What a comment `rx drop=bad_tag` or `tx refused=send_refused` says: "bad_tag"; else "".
    std::string_view drop_reason() const;
};

/// What a file says of one interface.
struct InterfaceInfo {
    std::string name;
    std::uint16_t link_type = 0;
    std::optional<std::uint64_t> received, dropped, lost; ///< its statistics
};

/// Streams a pcapng or classic pcap file of any size in a little memory.
class Reader {
public:
    /// Fails with `not_found`, `permission`, `malformed` (neither kind of file), `io`.
    static Result<Reader> open(const std::filesystem::path& path);
    /// Fails with `malformed`, and as the source does.
    static Result<Reader> from(std::unique_ptr<Source> source);
    /// Reads from memory, which must outlive the reader.
    static Result<Reader> from(Bytes file);
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    /// The next frame, valid until the call after; nullptr at the end. Frames of a link type or
    /// protocol that is not known come too, with what is known of them. A broken file ends at the
    /// first block that cannot be right; `problem` then says why.
    const Frame* next();

    /// Why reading ended before the end of the file: cut in the middle of a block (`closed`), or
    /// `malformed`, or `io`; nullopt when it did not.
    const std::optional<Error>& problem() const;
    /// Bytes read and of the whole file, for a progress bar; the latter 0 for a FIFO. Those of
    /// its source, when that unpacks something.
    std::uint64_t bytes_read() const;
    std::uint64_t bytes_total() const;

    const std::vector<InterfaceInfo>& interfaces() const;
    const std::string& application() const;           ///< what wrote the file, as it says
    const std::vector<std::string>& comments() const; ///< of the section
    bool has_secrets() const;

private:
    class State;
    explicit Reader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// `Reader::open`, by the name that the command uses.
Result<Reader> read_log(const std::filesystem::path& path);

} // namespace hawser::capture
