// The PPID of a message whose fragments do not all say it.
#pragma once

#include <hawser/wire/sctp/data.hpp>
#include <hawser/wire/sctp/i_data.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <tuple>

namespace hawser::capture::detail {

/// Of I-DATA only the first fragment has a PPID (RFC 8260 §2.1): it is remembered until the last
/// one has come by. PPID 0 for a message whose beginning the capture has not, or has too late.
class MessagePpids {
public:
    static constexpr std::size_t kMessagesMax = 4096; ///< at a time; of more the rest counts as 0

    wire::sctp::Ppid of(const wire::sctp::Data& data) { return data.ppid; }
    wire::sctp::Ppid of(const wire::sctp::IData& data) {
        if (data.beginning && data.ending) return data.ppid;
        const Key key{data.stream, data.unordered, data.mid.value};
        if (data.beginning) {
            if (begun_.size() < kMessagesMax) begun_.insert_or_assign(key, data.ppid);
            return data.ppid;
        }
        const auto found = begun_.find(key);
        if (found == begun_.end()) return {};
        const wire::sctp::Ppid ppid = found->second;
        if (data.ending) begun_.erase(found);
        return ppid;
    }

private:
    using Key = std::tuple<wire::sctp::StreamId, bool, std::uint32_t>;
    std::map<Key, wire::sctp::Ppid> begun_;
};

} // namespace hawser::capture::detail
