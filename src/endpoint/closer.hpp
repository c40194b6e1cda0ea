// Ends endpoints together with the execution context that they run in.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace hawser::detail {

/// What a Closer closes.
class Closable {
public:
    virtual void close() = 0;

protected:
    ~Closable() = default;
};

/// A context may go while operations are under way. What waits for them (a coroutine, a callback)
/// often holds the very endpoint that it waits for; closing the endpoint takes the waiters out of
/// it, for the context to destroy.
class Closer : public boost::asio::execution_context::service {
public:
    using key_type = Closer;
    static inline boost::asio::execution_context::id id;

    explicit Closer(boost::asio::execution_context& context)
        : boost::asio::execution_context::service(context) {}

    static void add(const boost::asio::any_io_executor& executor,
                    const std::shared_ptr<Closable>& core);

private:
    void shutdown() override;

    std::mutex mutex_;
    std::vector<std::weak_ptr<Closable>> cores_;
};

} // namespace hawser::detail
