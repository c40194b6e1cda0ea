// RE-CONFIG: streams begin again, and there are more of them (RFC 6525).
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/tlv.hpp>
#include <hawser/wire/sctp/types.hpp>
#include <hawser/wire/writer.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace hawser::wire::sctp {

/// A view of Stream Numbers, two bytes each; none stands for all streams.
class StreamNumbers {
public:
    explicit StreamNumbers(Bytes numbers = {}) : numbers_{numbers} {}
    static std::vector<std::byte> encode(std::span<const StreamId> streams);

    std::size_t size() const { return numbers_.size() / kEach; }
    StreamId operator[](std::size_t index) const {
        return StreamId{load_big<std::uint16_t>(numbers_.data() + index * kEach)};
    }
    Bytes bytes() const { return numbers_; }

    static constexpr std::size_t kEach = 2;

private:
    Bytes numbers_;
};

/// Outgoing SSN Reset Request, RFC 6525 §4.1: the sender's own streams begin again.
///
///      0                   1                   2                   3
///     |     Parameter Type = 13       |       Parameter Length        |
///     |           Re-configuration Request Sequence Number            |
///     |           Re-configuration Response Sequence Number           |
///     |                Sender's Last Assigned TSN                     |
///     |  Stream Number                |   repeated
struct OutgoingSsnResetRequest {
    static constexpr ParameterType kType = ParameterType::outgoing_ssn_reset_request;
    static constexpr std::size_t kFixedBytes = 12;

    RequestNumber number;
    RequestNumber answers; ///< the Incoming SSN Reset Request that asked for it, or the last one
    Tsn last_assigned_tsn;
    StreamNumbers streams;

    static Result<OutgoingSsnResetRequest> parse(Bytes value);
    void write(Writer& out) const;
};

/// Incoming SSN Reset Request, RFC 6525 §4.2: the peer's streams are to begin again.
///
///     |     Parameter Type = 14       |       Parameter Length        |
///     |           Re-configuration Request Sequence Number            |
///     |  Stream Number                |   repeated
struct IncomingSsnResetRequest {
    static constexpr ParameterType kType = ParameterType::incoming_ssn_reset_request;
    static constexpr std::size_t kFixedBytes = 4;

    RequestNumber number;
    StreamNumbers streams;

    static Result<IncomingSsnResetRequest> parse(Bytes value);
    void write(Writer& out) const;
};

/// SSN/TSN Reset Request, RFC 6525 §4.3: all begins again.
///
///     |     Parameter Type = 15       |     Parameter Length = 8      |
///     |           Re-configuration Request Sequence Number            |
struct SsnTsnResetRequest {
    static constexpr ParameterType kType = ParameterType::ssn_tsn_reset_request;

    RequestNumber number;

    static Result<SsnTsnResetRequest> parse(Bytes value);
    void write(Writer& out) const;
};

/// RFC 6525 §4.4.
enum class ReconfigurationResult : std::uint32_t {
    nothing_to_do = 0,
    performed = 1,
    denied = 2,
    wrong_ssn = 3,
    request_in_progress = 4,
    bad_sequence_number = 5,
    in_progress = 6, ///< ask again
};

/// Re-configuration Response, RFC 6525 §4.4.
///
///     |     Parameter Type = 16       |  Parameter Length = 12 or 20  |
///     |         Re-configuration Response Sequence Number             |
///     |                            Result                             |
///     |                   Sender's Next TSN (optional)                |
///     |                  Receiver's Next TSN (optional)               |
struct ReconfigurationResponse {
    static constexpr ParameterType kType = ParameterType::reconfiguration_response;

    /// After an SSN/TSN reset.
    struct NextTsns {
        Tsn sender, receiver;
    };

    RequestNumber answers;
    ReconfigurationResult result{};
    std::optional<NextTsns> next_tsns;

    static Result<ReconfigurationResponse> parse(Bytes value);
    void write(Writer& out) const;
};

/// Add Outgoing Streams Request (RFC 6525 §4.5) and Add Incoming Streams Request (§4.6).
///
///     |  Parameter Type = 17 or 18    |     Parameter Length = 12     |
///     |          Re-configuration Request Sequence Number             |
///     |      Number of new streams    |         Reserved              |
template <ParameterType kParameter>
struct AddStreamsRequest {
    static constexpr ParameterType kType = kParameter;

    RequestNumber number;
    std::uint16_t streams = 0;

    static Result<AddStreamsRequest> parse(Bytes value);
    void write(Writer& out) const;
};
using AddOutgoingStreamsRequest = AddStreamsRequest<ParameterType::add_outgoing_streams_request>;
using AddIncomingStreamsRequest = AddStreamsRequest<ParameterType::add_incoming_streams_request>;

using ReConfigParameter =
    std::variant<OutgoingSsnResetRequest, IncomingSsnResetRequest, SsnTsnResetRequest,
                 ReconfigurationResponse, AddOutgoingStreamsRequest, AddIncomingStreamsRequest>;

/// RE-CONFIG chunk, RFC 6525 §3.1: one parameter, or two.
///
///      0                   1                   2                   3
///     |   Type = 130  |  Flags = 0    |            Length             |
///     |                  Re-configuration Parameter                   |  once or twice
struct ReConfig {
    static constexpr ChunkType kType = ChunkType::re_config;

    ReConfigParameter first;
    std::optional<ReConfigParameter> second;

    /// `value` is the chunk without its 4-byte header. Fails with `malformed` for parameters that
    /// cannot be read, `unsupported` for those that may not stand together or at all.
    static Result<ReConfig> parse(Bytes value);
    void write(Writer& out) const;
};

} // namespace hawser::wire::sctp
