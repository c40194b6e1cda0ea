#include "command/status_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <utility>

#include <unistd.h>

namespace hawser::command {
namespace {

using Stream = asio::local::stream_protocol;

/// From the question to the last byte of the answer.
constexpr auto kReaderWithin = std::chrono::seconds{5};
/// How soon it is tried again to take one, where the system has no descriptor to spare.
constexpr auto kTryAgainAfter = std::chrono::milliseconds{200};
constexpr int kReadersMax = 8;
constexpr std::size_t kQuestionBytesMax = 16;

} // namespace

class StatusServer::Serving : public std::enable_shared_from_this<Serving> {
public:
    Serving(const asio::any_io_executor& executor, StatusSocket socket, Facts facts)
        : socket_(std::move(socket)),
          acceptor_(executor),
          pause_(executor),
          facts_(std::move(facts)) {}

    bool begin() {
        const int own = ::dup(socket_->fd()); // the acceptor closes its own
        boost::system::error_code error;
        acceptor_.assign(Stream{}, own, error);
        if (error) {
            ::close(own);
            return false;
        }
        spawn(acceptor_.get_executor(), accept(shared_from_this()));
        return true;
    }
    void end() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        facts_ = nullptr;
        socket_.reset();
    }

private:
    struct Reader {
        explicit Reader(Stream::socket&& from)
            : socket(std::move(from)), timer(socket.get_executor(), kReaderWithin) {}
        Stream::socket socket;
        asio::steady_timer timer;
        std::string question, answer;
    };

    static asio::awaitable<void> accept(std::shared_ptr<Serving> self);
    static asio::awaitable<void> serve(std::shared_ptr<Serving> self,
                                       std::shared_ptr<Reader> reader);

    std::optional<StatusSocket> socket_;
    Stream::acceptor acceptor_;
    asio::steady_timer pause_;
    Facts facts_; ///< empty: it has ended
    int readers_ = 0;
};

asio::awaitable<void> StatusServer::Serving::accept(std::shared_ptr<Serving> self) {
    while (self->facts_) {
        boost::system::error_code error;
        auto socket =
            co_await self->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (!self->facts_) co_return;
        if (error) {
            self->pause_.expires_after(kTryAgainAfter);
            co_await elapse(self->pause_);
        } else if (self->readers_ < kReadersMax) {
            const auto reader = std::make_shared<Reader>(std::move(socket));
            spawn(self->acceptor_.get_executor(), serve(self, reader));
        }
    }
}

asio::awaitable<void> StatusServer::Serving::serve(std::shared_ptr<Serving> self,
                                                   std::shared_ptr<Reader> reader) {
    ++self->readers_;
    reader->timer.async_wait(
        [weak = std::weak_ptr{reader}](const boost::system::error_code& error) {
            boost::system::error_code ignored;
            if (const auto late = weak.lock(); late && !error) late->socket.close(ignored);
        });
    boost::system::error_code error;
    auto buffer = asio::dynamic_buffer(reader->question, kQuestionBytesMax);
    co_await asio::async_read_until(reader->socket, buffer, '\n',
                                    asio::redirect_error(asio::use_awaitable, error));
    const bool known = reader->question == "text\n" || reader->question == "json\n";
    if (!error && known && self->facts_) {
        const StatusFacts facts = self->facts_();
        const std::string body =
            reader->question == "json\n" ? status_json(facts) : status_text(facts);
        reader->answer = status_heading(body.size()) + body;
        const auto whole = asio::buffer(reader->answer);
        co_await asio::async_write(reader->socket, whole,
                                   asio::redirect_error(asio::use_awaitable, error));
    }
    reader->timer.cancel();
    --self->readers_;
}

StatusServer::StatusServer(asio::any_io_executor executor, Facts facts)
    : executor_(std::move(executor)), facts_(std::move(facts)) {}

StatusServer::~StatusServer() {
    close();
}

Outcome<> StatusServer::open(const std::string& path) {
    auto socket = StatusSocket::open(path);
    if (!socket) return std::unexpected{socket.error()};
    auto serving = std::make_shared<Serving>(executor_, *std::move(socket), facts_);
    if (!serving->begin()) return failure(ExitCode::file, "no descriptor is left");
    serving_ = std::move(serving);
    return {};
}

void StatusServer::close() {
    if (const auto serving = std::exchange(serving_, nullptr)) serving->end();
}

} // namespace hawser::command
