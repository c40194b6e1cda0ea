#include <hawser/endpoint/listener.hpp>

#include "endpoint/core.hpp"
#include "endpoint/many.hpp"

#include <boost/asio/post.hpp>

namespace hawser {

namespace detail {

ListenClaim::~ListenClaim() {
    if (core->closed()) return;
    boost::asio::post(core->executor(), [core = core, held = listening] { core->stop(*held); });
}

boost::asio::any_io_executor executor_of(const ListenClaim& claim) {
    return claim.core->executor();
}

void start_accept(ListenClaim& claim, WaitPointer<Connection> wait) {
    claim.core->accept(*claim.listening, std::move(wait));
}

} // namespace detail

std::uint16_t Listener::port() const {
    return claim_->listening->port;
}
void Listener::close() const {
    claim_->core->stop(*claim_->listening);
}

} // namespace hawser
