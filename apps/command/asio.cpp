#include "command/asio.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

namespace hawser::command {

void spawn(const asio::any_io_executor& executor, asio::awaitable<void> task) {
    asio::co_spawn(executor, std::move(task), asio::detached);
}

asio::awaitable<void> elapse(asio::steady_timer& timer) {
    static_cast<void>(co_await timer.async_wait(asio::as_tuple(asio::use_awaitable)));
}

} // namespace hawser::command
