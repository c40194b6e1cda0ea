// Opening an association with a peer that may have several addresses.
#pragma once

#include <hawser/endpoint/connect_options.hpp>
#include <hawser/endpoint/sctp_address.hpp>

#include "endpoint/core.hpp"
#include "endpoint/sctp_link.hpp"
#include "endpoint/side_by_side.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace hawser::detail {

class Connecting final : public SideBySide<Connecting, SctpLink> {
public:
    /// `many`: the one-to-many handle that the association will belong to, or nullptr.
    Connecting(std::shared_ptr<Core> core, ConnectOptions options, std::shared_ptr<Many> many,
               Done done);

    void start(std::string target);
    void start(SctpAddress target);

private:
    friend SideBySide;
    Result<std::shared_ptr<SctpLink>> attempt(const Address& host);
    void drop(SctpLink& attempt);
    void told(const SctpLink& attempt, std::optional<sctp::CloseReason> why_not);

    std::shared_ptr<Core> core_;
    ConnectOptions options_;
    std::shared_ptr<Many> many_;
    std::uint16_t port_ = 0;
};

} // namespace hawser::detail
