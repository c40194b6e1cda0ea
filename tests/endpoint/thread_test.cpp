#include "endpoint/play.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <thread>

namespace hawser::test {
namespace {

class Threads : public Play {
protected:
    template <class T>
    static T get(std::future<Result<T>> future) {
        if (future.wait_for(kPatience) != std::future_status::ready) {
            throw std::runtime_error{"a future that never comes"};
        }
        return must(future.get(), "future");
    }
};

// One thread runs the endpoints; this one starts operations, takes futures and drops messages.
TEST_F(Threads, MayStartOperationsWhileAnotherRunsTheEndpoint) {
    SctpEndpoint server = open();
    SctpEndpoint client = open();
    const ConnectOptions options = to(server);
    const Listener listener = must(server.listen(kPort));
    {
        std::jthread runner{[this] { io.run_for(kPatience); }};
        auto accepting = listener.accept(asio::use_future);
        const Connection here = get(client.connect("127.0.0.1:2904", options, asio::use_future));
        const Connection there = get(std::move(accepting));
        for (int i = 0; i < 300; ++i) {
            const std::string text = "message " + std::to_string(i);
            get(here.async_send(as_bytes(text), {}, asio::use_future));
            const Message message = get(there.receive(asio::use_future));
            EXPECT_EQ(message.text(), text);
        }
        get(here.shutdown(asio::use_future));
        io.stop();
    }
}

TEST_F(Threads, OfAPoolAreServedThroughAStrand) {
    asio::thread_pool pool{3};
    const asio::any_io_executor strand = asio::make_strand(pool.get_executor());
    const auto act = [&](asio::any_io_executor executor) -> Act {
        SctpEndpoint server = must(SctpEndpoint::open(executor, on_loopback()));
        SctpEndpoint client = must(SctpEndpoint::open(executor, on_loopback()));
        const Listener listener = must(server.listen(kPort));
        const Connection here = must(co_await client.connect("127.0.0.1:2904", to(server)));
        const Connection there = must(co_await listener.within(5s).accept());
        for (int i = 0; i < 100; ++i) {
            must(here.send(as_bytes("to")));
            must(co_await there.within(5s).receive());
            must(there.send(as_bytes("fro")));
            must(co_await here.within(5s).receive());
        }
    };
    std::future<void> over = asio::co_spawn(strand, act(strand), asio::use_future);
    ASSERT_EQ(over.wait_for(kPatience), std::future_status::ready);
    EXPECT_NO_THROW(over.get());
    pool.join();
}

} // namespace
} // namespace hawser::test
