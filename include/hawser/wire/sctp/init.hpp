// INIT and INIT ACK: what each side brings to an association.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/sctp/parameters.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <cstdint>
#include <utility>

namespace hawser::wire::sctp {

/// Initiation chunk and its acknowledgement, RFC 9260 §3.3.2 and §3.3.3: a view.
///
///      0                   1                   2                   3
///     |  Type = 1, 2  |  Flags = 0    |           Length              |
///     |                         Initiate Tag                          |
///     |          Advertised Receiver Window Credit (bytes)            |
///     |  Number of Outbound Streams   |   Number of Inbound Streams   |
///     |                          Initial TSN                          |
///     |                          Parameters                           |
struct Init {
    /// The chunk header and the fixed fields.
    static constexpr std::size_t kHeaderBytes = 20;

    VerificationTag initiate_tag{};
    std::uint32_t receive_window_bytes = 0;
    std::uint16_t outbound_streams = 0;
    std::uint16_t inbound_streams = 0;
    Tsn initial_tsn;
    Bytes parameters; ///< borrowed; walk it with `Parameters{init.parameters}`

    /// `value` is the chunk without its 4-byte header. Fails with `malformed` when the fixed fields
    /// are cut or the parameters cannot be walked to their end. What the fields say is not judged:
    /// a tag of 0 or no streams are the engine's to refuse.
    static Result<Init> parse(Bytes value) {
        Reader in{value};
        Init init;
        init.initiate_tag = VerificationTag{in.u32()};
        init.receive_window_bytes = in.u32();
        init.outbound_streams = in.u16();
        init.inbound_streams = in.u16();
        init.initial_tsn = {in.u32()};
        init.parameters = in.rest();
        if (!well_formed<Parameter>(init.parameters)) {
            return fail(Errc::malformed, "parameters of INIT");
        }
        return in.finish(init, "INIT shorter than its fixed fields");
    }

    /// The whole chunk, with padding, and `parameters` as they stand.
    void write(Writer& out, ChunkType type) const {
        write(out, type, [this](Writer& to) { to.bytes(parameters); });
    }

    /// The whole chunk, with padding, and in the place of `parameters` what `write_parameters`
    /// writes, e.g. with `write_address` or `write_item`.
    template <std::invocable<Writer&> WriteParameters>
    void write(Writer& out, ChunkType type, WriteParameters&& write_parameters) const {
        write_chunk(out, type, 0, [&](Writer& to) {
            to.u32(std::to_underlying(initiate_tag));
            to.u32(receive_window_bytes);
            to.u16(outbound_streams);
            to.u16(inbound_streams);
            to.u32(initial_tsn.value);
            write_parameters(to);
        });
    }
};

} // namespace hawser::wire::sctp
