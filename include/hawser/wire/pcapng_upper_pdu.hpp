// The bytes of one protocol with a note which protocol it is: LINKTYPE_WIRESHARK_UPPER_PDU.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hawser::wire::pcapng {

/// What the ports of an upper PDU are ports of.
enum class PortType : std::uint32_t { none = 0, sctp = 1, tcp = 2, udp = 3 };

/// Tags in network byte order (u16 tag, u16 length, value padded to 4), a tag 0, then the bytes.
struct UpperPdu {
    std::string_view dissector;                 ///< "sctp", "rtp", "dtls": a name of Wireshark's
    std::optional<Address> source, destination; ///< with their ports
    PortType port_type = PortType::none;
    std::optional<std::uint32_t> original_frame; ///< number of the frame that carried it
    std::string_view protocol_column;            ///< instead of the dissector's own; empty: that
    Bytes payload;

    /// Fails with `malformed` for a tag that does not fit.
    static Result<UpperPdu> parse(Bytes frame);
    /// Appends tags and payload.
    void append_to(std::vector<std::byte>& out) const;
    /// Appends the tags alone.
    void append_tags_to(std::vector<std::byte>& out) const;
};

} // namespace hawser::wire::pcapng
