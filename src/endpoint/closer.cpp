#include "endpoint/closer.hpp"

#include <boost/asio/execution/context.hpp>

#include <utility>

namespace hawser::detail {

void Closer::add(const boost::asio::any_io_executor& executor,
                 const std::shared_ptr<Closable>& core) {
    auto& context = boost::asio::query(executor, boost::asio::execution::context);
    auto& closer = boost::asio::use_service<Closer>(context);
    const std::lock_guard lock{closer.mutex_};
    std::erase_if(closer.cores_, [](const auto& weak) { return weak.expired(); });
    closer.cores_.push_back(core);
}

void Closer::shutdown() {
    for (const std::weak_ptr<Closable>& weak : std::exchange(cores_, {})) {
        if (const auto core = weak.lock()) core->close();
    }
}

} // namespace hawser::detail
