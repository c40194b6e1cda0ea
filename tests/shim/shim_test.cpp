// The shim under a runner that is written here: over the same frames as any other one.
#include "dtls/talk.hpp"
#include "shim/flags.hpp"
#include "shim/frames.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

namespace hawser::shim {
namespace {

using namespace std::chrono_literals;
using dtls::Version;
using dtls::test::End;

/// A file that goes away with the test.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& text) {
        std::string pattern = (std::filesystem::temp_directory_path() / "shim-XXXXXX").string();
        const int made = ::mkstemp(pattern.data());
        EXPECT_GE(made, 0);
        ::close(made);
        path = pattern;
        std::ofstream{path} << text;
    }
    ~TemporaryFile() { std::filesystem::remove(path); }
    std::string path;
};

class Runner : public testing::TestWithParam<Version> {
protected:
    Runner() {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in any{};
        any.sin_family = AF_INET;
        any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t bytes = sizeof any;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&any), bytes), 0);
        EXPECT_EQ(::listen(listener_, 4), 0);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &bytes);
        port_ = ntohs(any.sin_port);
    }
    ~Runner() override {
        frames.reset();
        ::close(listener_);
        if (shim_ > 0) {
            ::kill(shim_, SIGKILL);
            ::waitpid(shim_, nullptr, 0);
        }
    }

    static std::string version_text() { return std::to_string(static_cast<unsigned>(GetParam())); }

    void start(std::vector<std::string> flags) {
        const char* const program = std::getenv("DTLS_SHIM");
        ASSERT_NE(program, nullptr) << "DTLS_SHIM names the shim";
        flags.insert(flags.begin(), {program, "-port", std::to_string(port_), "-shim-id", "77"});
        std::vector<char*> arguments;
        for (std::string& flag : flags)
            arguments.push_back(flag.data());
        arguments.push_back(nullptr);
        ASSERT_EQ(::posix_spawn(&shim_, program, nullptr, nullptr, arguments.data(), environ), 0);
    }
    /// The shim's next connection, and its ID at the beginning.
    void accept() {
        pollfd ready{.fd = listener_, .events = POLLIN, .revents = 0};
        ASSERT_EQ(::poll(&ready, 1, 20'000), 1) << "the shim does not connect";
        const int made = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        ASSERT_GE(made, 0);
        timeval patience{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        std::array<std::byte, 8> id{};
        ASSERT_EQ(::recv(made, id.data(), id.size(), MSG_WAITALL), 8);
        EXPECT_EQ(id[0], std::byte{77}) << "little endian";
        EXPECT_EQ(id[7], std::byte{0});
        frames = std::make_unique<Frames>(made);
    }
    int exit_status() {
        frames.reset();
        int status = 0;
        EXPECT_EQ(::waitpid(shim_, &status, 0), shim_);
        shim_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    Path path() const { return {.local = peer.address, .remote = Address::ipv4({10, 9, 9, 9}, 9)}; }
    /// What our end has to say goes to the shim.
    void say() {
        while (auto out = peer.endpoint.poll_transmit(now, {.train_segments_max = 1}))
            ASSERT_TRUE(frames->send(out->payload.bytes()));
        while (auto event = peer.endpoint.poll_event())
            peer.events.push_back(std::move(*event));
    }
    /// One frame of the shim's.
    void hear() {
        auto frame = frames->receive();
        ASSERT_TRUE(frame) << "the shim is gone";
        ASSERT_EQ(frame->opcode, Opcode::packet);
        largest = std::max(largest, frame->datagram.size());
        Datagram datagram{PacketId{0}, path(), none, frame->datagram};
        static_cast<void>(peer.endpoint.receive(datagram, now));
        say();
    }
    void say_hello() {
        dtls::Options options = dtls::test::client_options();
        options.version_min = options.version_max = GetParam();
        const auto made = peer.endpoint.connect(path(), options, now);
        ASSERT_TRUE(made);
        connection = *made;
        say();
    }
    void connect_to_server() {
        say_hello();
        for (int i = 0; i < 20 && peer.count<dtls::Connected>() == 0; ++i)
            hear();
        ASSERT_EQ(peer.count<dtls::Connected>(), 1u);
    }
    void expect_echo(std::string text) {
        ASSERT_TRUE(peer.endpoint.write(connection, dtls::test::bytes_of(text), {}, now));
        say();
        for (int i = 0; i < 20 && peer.count<dtls::Received>() == 0; ++i)
            hear();
        for (char& one : text)
            one = static_cast<char>(~one);
        EXPECT_EQ(peer.texts(), std::vector<std::string>{text});
    }

    int listener_ = -1;
    std::uint16_t port_ = 0;
    pid_t shim_ = -1;
    std::unique_ptr<Frames> frames;
    End peer{{}, 3, Address::ipv4({10, 8, 8, 8}, 8)};
    Instant now{};
    const Ancillary none;
    dtls::ConnectionHandle connection{};
    std::size_t largest = 0;
    TemporaryFile certificate{dtls::test::ecdsa_identity().certificates_pem()};
    TemporaryFile key{dtls::test::ecdsa_identity().key_pem()};
};

TEST_P(Runner, ShakesHandsWithAServerAndHearsItsEcho) {
    start({"-server", "-dtls", "-cert-file", certificate.path, "-key-file", key.path,
           "-expect-version", version_text()});
    accept();
    connect_to_server();
    expect_echo("to and fro");
    ASSERT_TRUE(peer.endpoint.close(connection, now));
    say();
    EXPECT_EQ(exit_status(), 0);
}

TEST_P(Runner, ShakesHandsWithAClientThatWritesFirst) {
    start({"-min-version", version_text(), "-max-version", version_text(), "-shim-writes-first",
           "-permute-extensions"});
    accept();
    dtls::Options options = dtls::test::server_options();
    options.cookie_exchange = false;
    ASSERT_TRUE(peer.endpoint.listen(options));
    for (int i = 0; i < 20 && peer.count<dtls::Received>() == 0; ++i)
        hear();
    EXPECT_EQ(peer.texts(), std::vector<std::string>{"hello"});
    EXPECT_EQ(exit_status(), 0);
}

TEST_P(Runner, MovesTheClockAndHearsTheFlightAgain) {
    start({"-min-version", version_text(), "-max-version", version_text(),
           "-initial-timeout-duration-ms", "1000"});
    accept();
    const auto first = frames->receive();
    ASSERT_TRUE(first);
    constexpr std::uint64_t kSecond = 1'000'000'000;
    ASSERT_TRUE(frames->send(Opcode::expect_timer, kSecond));
    ASSERT_TRUE(frames->send(Opcode::timeout, kSecond));
    const auto done = frames->receive();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->opcode, Opcode::timeout_done);
    const auto again = frames->receive();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->datagram.size(), first->datagram.size());
    ASSERT_TRUE(frames->send(Opcode::expect_timer, 2 * kSecond));
    ASSERT_TRUE(frames->send(Opcode::expect_timer, kSecond)); // a wrong one
    EXPECT_FALSE(frames->receive()) << "it ends";
    EXPECT_EQ(exit_status(), 1);
}

TEST_P(Runner, MakesDatagramsSmaller) {
    start({"-server", "-cert-file", certificate.path, "-key-file", key.path});
    accept();
    // The server has to have the connection before it can be told about its path.
    say_hello();
    std::optional<Frame> lost = frames->receive(); // the flight, or the question for a share
    ASSERT_TRUE(lost);
    ASSERT_TRUE(frames->send(Opcode::mtu, 300));
    ASSERT_TRUE(frames->send(Opcode::timeout, 1'000'000'000));
    while (lost && lost->opcode == Opcode::packet)
        lost = frames->receive();
    for (int i = 0; i < 40 && peer.count<dtls::Connected>() == 0; ++i)
        hear();
    EXPECT_EQ(peer.count<dtls::Connected>(), 1u);
    EXPECT_LE(largest, 300u);
}

TEST_P(Runner, IsToldWhatIsNotImplemented) {
    start({"-a-flag-that-nobody-has"});
    EXPECT_EQ(exit_status(), kNotImplemented);
}

TEST_P(Runner, HearsOfAHandshakeThatFails) {
    start({"-min-version", version_text(), "-max-version", version_text(), "-verify-peer",
           "-verify-fail"});
    accept();
    dtls::Options options = dtls::test::server_options();
    options.cookie_exchange = false;
    ASSERT_TRUE(peer.endpoint.listen(options));
    for (int i = 0; i < 20 && peer.count<dtls::Closed>() == 0; ++i)
        hear();
    EXPECT_EQ(peer.last<dtls::Closed>()->alert_received, dtls::AlertDescription::handshake_failure);
    EXPECT_EQ(exit_status(), 1);
}

INSTANTIATE_TEST_SUITE_P(Shim, Runner, testing::Values(Version::v1_2, Version::v1_3),
                         [](const auto& version) {
                             return version.param == Version::v1_2 ? "Version1_2" : "Version1_3";
                         });

} // namespace
} // namespace hawser::shim
