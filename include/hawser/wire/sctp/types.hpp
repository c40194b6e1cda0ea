// The numbers of SCTP.
#pragma once

#include <hawser/core/serial.hpp>

#include <compare>
#include <cstdint>

namespace hawser::wire::sctp {

struct TsnTag;
struct SsnTag;
struct MidTag;
struct RequestNumberTag;

/// Transmission Sequence Number: RFC 9260 §2.3.
using Tsn = Serial<TsnTag, std::uint32_t>;
/// Stream Sequence Number.
using Ssn = Serial<SsnTag, std::uint16_t>;
/// Message Identifier: RFC 8260 §2.1.
using Mid = Serial<MidTag, std::uint32_t>;
/// Of a control chunk that waits for its answer: Re-configuration Request Sequence Number
/// (RFC 6525 §3.1).
using RequestNumber = Serial<RequestNumberTag, std::uint32_t>;

enum class StreamId : std::uint16_t {};
/// Shared Key Identifier: RFC 4895 §5.1.
enum class KeyId : std::uint16_t {};
/// HMAC Identifier: RFC 4895 §3.3.
enum class HmacId : std::uint16_t { sha1 = 1, sha256 = 3 };
/// Payload Protocol Identifier, the application's own: SCTP only carries it.
enum class Ppid : std::uint32_t {};
/// Verification tag; 0 only in a packet that carries INIT.
enum class VerificationTag : std::uint32_t { none = 0 };

} // namespace hawser::wire::sctp

namespace hawser::sctp {
using wire::sctp::HmacId;
using wire::sctp::KeyId;
using wire::sctp::Mid;
using wire::sctp::Ppid;
using wire::sctp::RequestNumber;
using wire::sctp::Ssn;
using wire::sctp::StreamId;
using wire::sctp::Tsn;
using wire::sctp::VerificationTag;
} // namespace hawser::sctp
