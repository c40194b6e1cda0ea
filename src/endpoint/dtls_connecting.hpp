// Opening a DTLS connection with a peer that may have several addresses.
#pragma once

#include <hawser/endpoint/dtls_client.hpp>
#include <hawser/endpoint/sctp_address.hpp>

#include "endpoint/dtls_core.hpp"
#include "endpoint/side_by_side.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace hawser::detail {

/// Ends with the first address that answers, well or badly.
class DtlsConnecting final : public SideBySide<DtlsConnecting, DtlsLink> {
public:
    DtlsConnecting(std::shared_ptr<DtlsCore> core, dtls::Options dtls,
                   const DtlsConnectOptions& options, Done done);

    void start(std::string target);

private:
    friend SideBySide;
    Result<std::shared_ptr<DtlsLink>> attempt(const Address& host);
    void drop(DtlsLink& attempt);
    void told(const DtlsLink& attempt, const Error* why_not);

    std::shared_ptr<DtlsCore> core_;
    dtls::Options dtls_;
    std::uint16_t udp_port_ = 0;
};

} // namespace hawser::detail
