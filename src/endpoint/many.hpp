// What stands behind the port of a listener or of a one-to-many handle.
#pragma once

#include <hawser/endpoint/listener.hpp>
#include <hawser/endpoint/one_to_many.hpp>

#include "endpoint/core.hpp"
#include "endpoint/sctp_link.hpp"

#include <memory>

namespace hawser::detail {

/// A port whose associations wait to be accepted.
struct Listening {
    std::uint16_t port = 0;
    std::size_t backlog_max = 0;
    Queue<std::shared_ptr<SctpLink>> backlog;
    WaitQueue<Connection> accepts;
    bool closed = false;
};

/// A port whose associations share one handle.
struct Many {
    std::uint16_t port = 0;
    Inbox inbox;
    std::shared_ptr<EventQueue> events; ///< while it has handles
    bool closed = false;
};

class ListenClaim {
public:
    ListenClaim(std::shared_ptr<Core> owner, std::shared_ptr<Listening> held)
        : core(std::move(owner)), listening(std::move(held)) {}
    ListenClaim(const ListenClaim&) = delete;
    ListenClaim& operator=(const ListenClaim&) = delete;
    ~ListenClaim();

    const std::shared_ptr<Core> core;
    const std::shared_ptr<Listening> listening;
};

class ManyClaim {
public:
    ManyClaim(std::shared_ptr<Core> owner, std::shared_ptr<Many> held)
        : core(std::move(owner)), many(std::move(held)) {}
    ManyClaim(const ManyClaim&) = delete;
    ManyClaim& operator=(const ManyClaim&) = delete;
    ~ManyClaim();

    const std::shared_ptr<Core> core;
    const std::shared_ptr<Many> many;
};

} // namespace hawser::detail
