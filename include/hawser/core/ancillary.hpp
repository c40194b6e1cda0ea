// What travels beside a payload, in both directions.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/core/result.hpp>

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser {

/// Differentiated Services Code Point, six bits: RFC 2474 §3. Any value 0 to 63 is allowed; the
/// names are those of the standard per-hop behaviours (RFC 2474, RFC 2597, RFC 3246, RFC 5865,
/// RFC 8622).
enum class Dscp : std::uint8_t {
    cs0 = 0,
    le = 1,
    cs1 = 8,
    af11 = 10,
    af12 = 12,
    af13 = 14,
    cs2 = 16,
    af21 = 18,
    af22 = 20,
    af23 = 22,
    cs3 = 24,
    af31 = 26,
    af32 = 28,
    af33 = 30,
    cs4 = 32,
    af41 = 34,
    af42 = 36,
    af43 = 38,
    cs5 = 40,
    voice_admit = 44,
    ef = 46,
    cs6 = 48,
    cs7 = 56,
};

/// Explicit Congestion Notification, two bits: RFC 3168 §5.
enum class Ecn : std::uint8_t { not_ect = 0, ect1 = 1, ect0 = 2, ce = 3 };

/// "EF", "AF41", "CS0"; a value without a name as its number, "5".
std::string to_string(Dscp dscp);
/// "Not-ECT", "ECT(1)", "ECT(0)", "CE".
std::string_view to_string(Ecn ecn);
/// Reads a name in any case (`ef`, `AF41`, `voice-admit`) or a number 0 to 63.
Result<Dscp> parse_dscp(std::string_view text);
/// Reads `not-ect`, `ect0`, `ect1`, `ECT(0)`, `ce`, or 0 to 3.
Result<Ecn> parse_ecn(std::string_view text);

/// When a message may leave.
struct SendTime {
    Instant at;
    friend constexpr auto operator<=>(SendTime, SendTime) = default;
};

/// When the kernel took a datagram from the network (CLOCK_REALTIME).
struct ReceiveTime {
    std::chrono::sys_time<std::chrono::nanoseconds> at;
    friend constexpr auto operator<=>(ReceiveTime, ReceiveTime) = default;
};

/// Any control message that has no typed field, as sendmsg and recvmsg carry it.
struct ControlMessage {
    int level = 0;
    int type = 0;
    std::vector<std::byte> data;

    friend bool operator==(const ControlMessage&, const ControlMessage&) = default;
};

/// A list of control messages that costs one pointer, and no allocation, while it is empty.
class ControlMessages {
public:
    ControlMessages() = default;
    ControlMessages(const ControlMessages& other);
    ControlMessages& operator=(const ControlMessages& other);
    ControlMessages(ControlMessages&&) noexcept = default;
    ControlMessages& operator=(ControlMessages&&) noexcept = default;
    ~ControlMessages() = default;

    bool empty() const { return list_ == nullptr || list_->empty(); }
    std::size_t size() const { return list_ == nullptr ? 0 : list_->size(); }
    void push_back(ControlMessage message);
    void clear() { list_.reset(); }
    const ControlMessage* begin() const { return empty() ? nullptr : list_->data(); }
    const ControlMessage* end() const { return empty() ? nullptr : list_->data() + list_->size(); }

    friend bool operator==(const ControlMessages& a, const ControlMessages& b) {
        return a.size() == b.size() && (a.empty() || *a.list_ == *b.list_);
    }

private:
    std::unique_ptr<std::vector<ControlMessage>> list_;
};

/// What travels beside a payload. Every field is for this one packet; a field that is not set is
/// the socket's or association's own default outbound, and was not reported inbound.
///
/// A marking that cannot be honoured is never silently dropped: the call answers
/// `Errc::unsupported` with nothing sent.
struct Ancillary {
    std::optional<Dscp> dscp;
    std::optional<Ecn> ecn;
    std::optional<std::uint8_t> hop_limit; ///< IPv4 TTL or IPv6 hop limit, 1 to 255
    std::optional<bool> dont_fragment;     ///< IPv4 DF; IPv6: the host does not fragment
    std::optional<std::uint32_t> interface_index;
    std::optional<std::uint32_t> flow_label; ///< IPv6 only, 20 bits: RFC 6437
    std::optional<std::uint32_t> mark;       ///< SO_MARK
    std::optional<std::uint32_t> priority;   ///< SO_PRIORITY, 0 to 6 without privilege
    std::optional<SendTime> send_at;         ///< outbound only
    std::optional<ReceiveTime> received_at;  ///< inbound only; ignored on send and in comparison
    ControlMessages extra;                   ///< any other control message

    /// Reads a raw control buffer laid out as for sendmsg (cmsg(3)). Fails with `invalid_argument`
    /// for a length that does not hold; kinds without a typed field go to `extra`. Defined by the
    /// net layer, which alone knows the system's numbers.
    static Result<Ancillary> from_control(Bytes control);

    /// These fields, and where one is not set that of `defaults`. Times are not defaults.
    Ancillary over(const Ancillary& defaults) const;

    /// True when nothing is asked for.
    bool empty() const { return *this == Ancillary{} && !received_at; }

    friend bool operator==(const Ancillary& a, const Ancillary& b) {
        return a.dscp == b.dscp && a.ecn == b.ecn && a.hop_limit == b.hop_limit &&
               a.dont_fragment == b.dont_fragment && a.interface_index == b.interface_index &&
               a.flow_label == b.flow_label && a.mark == b.mark && a.priority == b.priority &&
               a.send_at == b.send_at && a.extra == b.extra;
    }
};

/// "EF ECT(1) hop limit 64": the fields that are set, for people.
std::string to_string(const Ancillary& ancillary);

} // namespace hawser
