// Work that waits for a disk, beside a loop that must not.
#pragma once

#include "command/asio.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <stop_token>
#include <type_traits>
#include <utility>

namespace hawser::command {

/// One thread; what is given to it runs in that order.
class DiskThread {
public:
    DiskThread() = default;
    ~DiskThread() {
        stop_.request_stop();
        pool_.join();
    }
    DiskThread(const DiskThread&) = delete;
    DiskThread& operator=(const DiskThread&) = delete;

    /// Runs `work` there and gives its result here. What it works on must stay until then.
    template <class Work>
    asio::awaitable<std::invoke_result_t<Work&>> run(Work work) {
        using Result = std::invoke_result_t<Work&>;
        const auto executor = co_await asio::this_coro::executor;
        auto start = [this, executor](auto handler, Work job) {
            asio::post(pool_, [handler = std::move(handler), job = std::move(job), executor,
                               guard = asio::make_work_guard(executor)]() mutable {
                asio::post(executor, [handler = std::move(handler), result = job()]() mutable {
                    std::move(handler)(std::move(result));
                });
                guard.reset();
            });
        };
        co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result)>(
            std::move(start), asio::use_awaitable, std::move(work));
    }

    /// Says when work that may take for ever, such as reading a pipe, has to give up.
    std::stop_token stop_token() const { return stop_.get_token(); }

private:
    std::stop_source stop_;
    asio::thread_pool pool_{1};
};

} // namespace hawser::command
