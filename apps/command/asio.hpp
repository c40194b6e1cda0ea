// Boost.Asio under the name that the command uses, and what each use of it would compile anew.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hawser::command {

namespace asio = boost::asio;

/// Runs it by itself: nobody waits for its end.
void spawn(const asio::any_io_executor& executor, asio::awaitable<void> task);
/// Until the timer fires or is cancelled.
asio::awaitable<void> elapse(asio::steady_timer& timer);

} // namespace hawser::command
