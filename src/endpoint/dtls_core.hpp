// The DTLS engine on an executor: what all handles of a DtlsClient or DtlsServer share.
#pragma once

#include <hawser/dtls/endpoint.hpp>
#include <hawser/endpoint/dtls_connection.hpp>

#include "endpoint/dtls_link.hpp"
#include "endpoint/looped.hpp"

#include <memory>
#include <unordered_map>
#include <vector>

namespace hawser::detail {

class DtlsCore final : public Looped<DtlsCore, dtls::Endpoint> {
public:
    static Result<std::shared_ptr<DtlsCore>> open(boost::asio::any_io_executor executor,
                                                  const DtlsEndpointOptions& options);
    DtlsCore(boost::asio::any_io_executor executor, const DtlsEndpointOptions& options);

    const DtlsEndpointOptions& options() const { return options_; }
    void close() override;

    // --- only while open ---
    dtls::Endpoint& engine() { return running_->engine; }
    const dtls::Endpoint& engine() const { return running_->engine; }
    void set_tap(Tap* tap, TapViews views);
    Result<> listen(const dtls::Options& dtls);
    /// The engine tells connections apart by path: ours has the port that the socket got.
    Path path_to(const Address& remote) const;
    Result<std::shared_ptr<DtlsLink>> connect(const Path& path, const dtls::Options& dtls);
    Result<std::shared_ptr<DtlsLink>> import_state(Bytes state, const Address& remote,
                                                   const dtls::Options& dtls);
    /// What was written leaves now, so that a refusal is heard of while its link is there.
    void send_now() { running_->driver.flush(); }
    /// The engine has given it away.
    void forget(dtls::ConnectionHandle handle) { links_.erase(handle); }
    /// Gives it another chance to write when something has been sent.
    void wait_for_room(std::shared_ptr<DtlsLink> link);

    void accept(WaitPointer<DtlsConnection> wait);
    void stop_listening();

    Queue<dtls::Received>::Room spare_inbox; ///< what the last burst needed, for the next

    // --- the loop says ---
    void dispatch(dtls::Event&& event);
    void settled();
    void before_flush() {}

private:
    void on_connected(dtls::Connected&& event);
    void on_closed(dtls::Closed&& event);
    std::shared_ptr<DtlsLink> find(dtls::ConnectionHandle handle) const;
    Result<> check_defaults_on(const Path& path, const dtls::Options& dtls) const;
    std::shared_ptr<DtlsLink> add_link(dtls::ConnectionHandle handle, const Path& path);

    DtlsEndpointOptions options_;
    bool listening_ = false;
    std::unordered_map<dtls::ConnectionHandle, std::shared_ptr<DtlsLink>> links_;
    Queue<std::shared_ptr<DtlsLink>> backlog_;
    WaitQueue<DtlsConnection> accepts_;
    std::vector<std::shared_ptr<DtlsLink>> waiting_for_room_;
};

} // namespace hawser::detail
