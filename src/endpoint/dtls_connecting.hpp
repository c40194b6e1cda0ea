// Opening a DTLS connection with a peer that may have several addresses.
#pragma once

#include <hawser/endpoint/dtls_client.hpp>
#include <hawser/endpoint/sctp_address.hpp>

#include "endpoint/dtls_core.hpp"

#include <functional>
#include <memory>

namespace hawser::detail {

/// Tries one address after the other until one answers, well or badly.
class DtlsConnecting : public std::enable_shared_from_this<DtlsConnecting> {
public:
    using Done = std::move_only_function<void(Result<std::shared_ptr<DtlsLink>>)>;

    DtlsConnecting(std::shared_ptr<DtlsCore> core, dtls::Options dtls,
                   const DtlsConnectOptions& options, Done done);

    void start(std::string target);
    /// Nobody waits for it any more.
    void give_up();

private:
    void try_next();
    void told(const Error* why_not);
    void finish(Result<std::shared_ptr<DtlsLink>> result);

    std::shared_ptr<DtlsCore> core_;
    dtls::Options dtls_;
    DtlsConnectOptions options_;
    Done done_;
    SctpAddress target_; ///< its port is the UDP port
    std::size_t next_ = 0;
    Error last_error_{Errc::invalid_argument, "no address to connect to"};
    std::shared_ptr<DtlsLink> attempt_;
};

} // namespace hawser::detail
