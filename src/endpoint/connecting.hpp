// Opening an association with a peer that may have several addresses.
#pragma once

#include <hawser/endpoint/connect_options.hpp>
#include <hawser/endpoint/sctp_address.hpp>

#include "endpoint/association.hpp"
#include "endpoint/core.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace hawser::detail {

/// Tries one address after the other until one answers: the next one when an address refuses, is
/// unreachable, or is silent for ConnectOptions::per_address.
class Connecting : public std::enable_shared_from_this<Connecting> {
public:
    using Done = std::move_only_function<void(Result<std::shared_ptr<Association>>)>;

    /// `many`: the one-to-many handle that the association will belong to, or nullptr.
    Connecting(std::shared_ptr<Core> core, ConnectOptions options, std::shared_ptr<Many> many,
               Done done);

    void start(std::string target);
    void start(SctpAddress target);
    /// Nobody waits for it any more.
    void give_up();

private:
    void try_next();
    void told(std::optional<sctp::CloseReason> why_not);
    void finish(Result<std::shared_ptr<Association>> result);

    std::shared_ptr<Core> core_;
    ConnectOptions options_;
    std::shared_ptr<Many> many_;
    Done done_;
    SctpAddress target_;
    std::size_t next_ = 0;
    Error last_error_{Errc::invalid_argument, "no address to connect to"};
    std::shared_ptr<Association> attempt_;
    boost::asio::steady_timer timer_;
};

} // namespace hawser::detail
