// The other end of `hawser status`: a process that says how it is when it is asked.
#pragma once

#include "command/asio.hpp"
#include "command/outcome.hpp"
#include "command/status_place.hpp"
#include "command/status_report.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace hawser::command {

/// Answers on the executor of the endpoint, and never waits for whoever asks: one who does not read
/// is dropped after a while, and so are more than a few at once.
class StatusServer {
public:
    using Facts = std::function<StatusFacts()>;

    StatusServer(asio::any_io_executor executor, Facts facts);
    ~StatusServer();
    StatusServer(const StatusServer&) = delete;
    StatusServer& operator=(const StatusServer&) = delete;

    /// Can be asked at `path` from now on. Fails as StatusSocket::open does.
    Outcome<> open(const std::string& path);
    bool is_open() const { return serving_ != nullptr; }
    void close();

private:
    class Serving;

    asio::any_io_executor executor_;
    Facts facts_;
    std::shared_ptr<Serving> serving_;
};

} // namespace hawser::command
