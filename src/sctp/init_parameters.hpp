// The parameters of an INIT or INIT ACK.
#pragma once

#include <hawser/wire/sctp/init.hpp>
#include <hawser/wire/sctp/parameters.hpp>

#include <cstdint>
#include <optional>

namespace hawser::sctp {

/// RFC 9260 §3.3.2 and §3.3.3: without these no association can be.
inline bool has_what_it_must(const wire::sctp::Init& init) {
    constexpr std::uint32_t kWindowBytesMin = 1500;
    return init.outbound_streams != 0 && init.inbound_streams != 0 &&
           init.receive_window_bytes >= kWindowBytesMin;
}

/// Parameters as far as they may be looked at: one that is not known may say that nothing after it
/// is (RFC 9260 §3.2.1).
template <class IsKnown>
class WalkedParameters {
public:
    WalkedParameters(Bytes parameters, IsKnown is_known)
        : parameters_{parameters}, is_known_{is_known} {}

    /// The first of this type.
    std::optional<wire::sctp::Parameter> first(wire::sctp::ParameterType type) const {
        std::optional<wire::sctp::Parameter> found;
        walk([&](const wire::sctp::Parameter& parameter, bool) {
            if (!found && parameter.type == type) found = parameter;
        });
        return found;
    }
    /// Those that are not known and whose type asks for a report.
    template <class Visit>
    void for_each_reported(Visit&& visit) const {
        walk([&](const wire::sctp::Parameter& parameter, bool reported) {
            if (reported) visit(parameter);
        });
    }

private:
    template <class Visit>
    void walk(Visit&& visit) const {
        wire::sctp::Parameters walker{parameters_};
        while (const auto parameter = walker.next()) {
            if (is_known_(parameter->type)) {
                visit(*parameter, false);
                continue;
            }
            const auto action = wire::sctp::unknown_action(parameter->type);
            visit(*parameter, action.report);
            if (!action.skip) return;
        }
    }

    Bytes parameters_;
    IsKnown is_known_;
};

} // namespace hawser::sctp
