// How operations that take time are started and completed: Boost.Asio completion tokens.
#pragma once

#include <hawser/core/instant.hpp>
#include <hawser/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

// g++ 12 inlines Asio's operator new for a coroutine's frame but not its operator delete, and takes
// that for a mismatch, at the end of the program's own coroutine.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace hawser {

/// No deadline.
inline constexpr Duration kForever = Duration::max();

/// What an operation may be given to say how it completes: `boost::asio::use_awaitable` (the
/// default), a callback `void(Result<T>)`, `boost::asio::use_future`, or any other token of Asio.
template <class Token, class T>
concept CompletesWith = boost::asio::completion_token_for<Token, void(Result<T>)>;

using Awaitable = boost::asio::use_awaitable_t<>;

namespace detail {

/// One operation that somebody waits for. It finishes once: with a result, at its deadline, or when
/// the caller takes it back; the completion is posted, so it never runs inside a call of the
/// user's.
template <class T>
class Wait : public std::enable_shared_from_this<Wait<T>> {
public:
    using Done = std::move_only_function<void(Result<T>)>;

    Wait(boost::asio::any_io_executor executor, Done done)
        : executor_(std::move(executor)), done_(std::move(done)) {}

    bool finished() const { return !done_; }

    /// Completes the operation; nothing happens when it is finished already.
    void finish(Result<T> result) {
        if (finished()) return;
        Done done = std::exchange(done_, nullptr);
        timer_.reset();
        on_give_up_ = nullptr;
        done(std::move(result));
        keep_.reset();
    }

    /// Completes it without what was waited for, and tells the one who was working on it.
    void give_up(Errc code) {
        if (finished()) return;
        auto on_give_up = std::exchange(on_give_up_, nullptr);
        finish(fail(code, code == Errc::timed_out ? "deadline" : "cancelled"));
        if (on_give_up) on_give_up();
    }

    /// What to do when the deadline passes or the caller cancels.
    void on_give_up(std::move_only_function<void()> action) { on_give_up_ = std::move(action); }

    /// Keeps the handle that the operation was started through until it finishes.
    void keep(std::shared_ptr<void> handle) { keep_ = std::move(handle); }

    void arm(Duration within) {
        if (within == kForever || finished()) return;
        timer_.emplace(executor_, within);
        timer_->async_wait([weak = this->weak_from_this()](const boost::system::error_code& error) {
            if (error) return;
            if (const auto self = weak.lock()) self->give_up(Errc::timed_out);
        });
    }

private:
    boost::asio::any_io_executor executor_;
    Done done_;
    std::move_only_function<void()> on_give_up_;
    std::optional<boost::asio::steady_timer> timer_;
    std::shared_ptr<void> keep_;
};

template <class T>
using WaitPointer = std::shared_ptr<Wait<T>>;

/// Makes a Wait that posts `handler` to the handler's own executor, which it keeps from running out
/// of work meanwhile, and that listens to the handler's cancellation slot.
template <class T, class Handler>
WaitPointer<T> make_wait(const boost::asio::any_io_executor& executor, Handler handler) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    auto guard = boost::asio::make_work_guard(handler, executor);
    auto done = [guard = std::move(guard), handler = std::move(handler)](Result<T> result) mutable {
        auto target = guard.get_executor();
        boost::asio::post(target,
                          [handler = std::move(handler), result = std::move(result)]() mutable {
                              std::move(handler)(std::move(result));
                          });
        guard.reset();
    };
    auto wait = std::make_shared<Wait<T>>(executor, std::move(done));
    if (slot.is_connected()) {
        slot.assign([weak = std::weak_ptr{wait}, executor](boost::asio::cancellation_type type) {
            if (type == boost::asio::cancellation_type::none) return;
            boost::asio::dispatch(executor, [weak] {
                if (const auto self = weak.lock()) self->give_up(Errc::cancelled);
            });
        });
    }
    return wait;
}

/// Starts an operation on the endpoint's executor, from whatever thread it is asked. `start` is
/// called with what `handle` points to and the Wait.
template <class T, class Handle, class Start, class Token>
auto initiate(const std::shared_ptr<Handle>& handle, Duration within, Start start, Token&& token) {
    return boost::asio::async_initiate<Token, void(Result<T>)>(
        [handle, within, start = std::move(start)](auto handler) mutable {
            const boost::asio::any_io_executor executor = executor_of(*handle);
            WaitPointer<T> wait = make_wait<T>(executor, std::move(handler));
            boost::asio::dispatch(executor,
                                  [handle = std::move(handle), within, start = std::move(start),
                                   wait = std::move(wait)]() mutable {
                                      wait->keep(handle);
                                      start(*handle, wait);
                                      wait->arm(within);
                                  });
        },
        token);
}

} // namespace detail
} // namespace hawser
