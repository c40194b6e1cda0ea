// Sinks that block, fail and fill up: no tap waits, nobody crashes, and the log says what happened.
#include <hawser/capture/log.hpp>
#include <hawser/capture/reader.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/session.hpp"

namespace hawser::capture {
namespace {

using namespace std::chrono_literals;
using test::Conversation;

Conversation large_message() {
    Conversation talk;
    talk.out(test::data_chunk(1, 0, 0, 0, std::string(1200, 'x')));
    return talk;
}

/// Opens when told to; until then every write stands still.
class Gate {
public:
    void open() {
        const std::lock_guard lock{mutex_};
        open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock{mutex_};
        waiting_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
        waiting_ = false;
        changed_.notify_all();
    }
    void wait_until_somebody_waits() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return waiting_; });
    }
    void wait_until_nobody_waits() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return !waiting_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false, waiting_ = false;
};

class GatedSink final : public Sink {
public:
    GatedSink(std::shared_ptr<Gate> gate, std::shared_ptr<std::atomic<bool>> gone)
        : gate_{std::move(gate)}, gone_{std::move(gone)} {}
    ~GatedSink() override { *gone_ = true; }
    Result<> write(Bytes) override {
        gate_->pass();
        return {};
    }

private:
    std::shared_ptr<Gate> gate_;
    std::shared_ptr<std::atomic<bool>> gone_;
};

/// Waits, and then says that the disk is full.
class GatedFullSink final : public Sink {
public:
    explicit GatedFullSink(std::shared_ptr<Gate> gate) : gate_{std::move(gate)} {}
    Result<> write(Bytes) override {
        gate_->pass();
        return fail(Errc::io, "full", ENOSPC);
    }

private:
    std::shared_ptr<Gate> gate_;
};

/// Takes so many bytes and then says that the disk is full.
class SmallSink final : public Sink {
public:
    explicit SmallSink(std::size_t room) : room_{room} {}
    Result<> write(Bytes bytes) override {
        if (bytes.size() > room_) return fail(Errc::io, "full", ENOSPC);
        room_ -= bytes.size();
        return {};
    }

private:
    std::size_t room_;
};

LogOptions quick() {
    LogOptions options = test::options_of_a_test();
    options.flush_interval = 1ms;
    options.queue_bytes = 256 * 1024;
    options.close_wait = 20ms;
    return options;
}

/// Asks again until `holds`; false after five seconds.
template <class Condition>
bool eventually(Condition holds) {
    const auto give_up = std::chrono::steady_clock::now() + 5s;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > give_up) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

TEST(Sink, MissesNoKeyWithoutSayingSo) {
    LogOptions options = quick();
    options.keys = true;
    auto log = Log::open(std::make_unique<SmallSink>(std::size_t{1} << 20), options);
    ASSERT_TRUE(log);
    const auto tap = log->attach("alpha");
    tap->secret(std::string(200'000, 'k')); // no block of the queue has room for it
    EXPECT_EQ(log->status().frames_lost, 1u);
    ASSERT_TRUE(log->close());
}

TEST(Sink, ThatFailsLosesTheKeysThatWaitedForIt) {
    LogOptions options = quick();
    options.keys = true;
    const auto gate = std::make_shared<Gate>();
    auto log = Log::open(std::make_unique<GatedFullSink>(gate), options);
    ASSERT_TRUE(log);
    gate->wait_until_somebody_waits(); // in the section header
    log->attach("alpha")->secret("CLIENT_RANDOM 00 11");
    gate->open();
    EXPECT_TRUE(eventually([&] { return log->status().frames_lost == 1; }));
}

TEST(Sink, ThatBlocksForEverStallsNoTap) {
    const Conversation talk = large_message();
    const auto gate = std::make_shared<Gate>();
    const auto gone = std::make_shared<std::atomic<bool>>(false);
    {
        auto log = Log::open(std::make_unique<GatedSink>(gate, gone), quick());
        ASSERT_TRUE(log);
        gate->wait_until_somebody_waits(); // in the section header
        const auto tap = log->attach("alpha");
        for (int i = 0; i < 1000; ++i)
            talk.show(*tap); // more than a megabyte
        const LogStatus status = log->status();
        EXPECT_GT(status.frames_lost, 500u);
        EXPECT_LT(status.frames_lost, 1000u); // the queue took what it could
        EXPECT_EQ(status.frames_written, 0u);
        EXPECT_FALSE(status.error);
        EXPECT_TRUE(eventually([&] { return log->status().stalled; }));
        EXPECT_EQ(log->close().error().code, Errc::timed_out);
        EXPECT_EQ(log->close().error().code, Errc::timed_out);
        talk.show(*tap);
    }
    EXPECT_FALSE(*gone); // its write is still under way
    gate->open();
    EXPECT_TRUE(eventually([&] { return gone->load(); }));
}

TEST(Sink, ThatIsSlowCostsPacketsAndTheFileSaysHowMany) {
    const Conversation talk = large_message();
    const auto gate = std::make_shared<Gate>();
    struct SlowSink final : Sink {
        SlowSink(std::shared_ptr<Gate> g, std::shared_ptr<test::Packet> t)
            : gate{std::move(g)}, to{std::move(t)} {}
        Result<> write(Bytes bytes) override {
            gate->pass();
            to->insert(to->end(), bytes.begin(), bytes.end());
            return {};
        }
        std::shared_ptr<Gate> gate;
        std::shared_ptr<test::Packet> to;
    };
    const auto file = std::make_shared<test::Packet>();
    LogOptions options = quick();
    options.close_wait = 10s;
    auto log = Log::open(std::make_unique<SlowSink>(gate, file), options);
    ASSERT_TRUE(log);
    gate->wait_until_somebody_waits();
    const auto tap = log->attach("alpha");
    for (int i = 0; i < 1000; ++i)
        talk.show(*tap);
    const std::uint64_t lost = log->status().frames_lost;
    ASSERT_GT(lost, 0u);
    gate->open();
    ASSERT_TRUE(eventually([&] { return log->status().frames_written + lost == 1000; }));
    talk.show(*tap); // it goes on, and this frame tells of the hole before it
    ASSERT_TRUE(log->close());

    auto reader = Reader::from(*file);
    std::uint64_t frames = 0;
    std::uint64_t told = 0;
    while (const Frame* frame = reader->next()) {
        frames += 1;
        told = frame->lost_before;
    }
    EXPECT_EQ(frames, 1001 - lost);
    EXPECT_EQ(told, lost);
    ASSERT_EQ(reader->interfaces().size(), 1u);
    EXPECT_EQ(reader->interfaces()[0].received, 1001u);
    EXPECT_EQ(reader->interfaces()[0].lost, lost);
}

TEST(Sink, ThatFailsIsReportedAndLeftAlone) {
    const Conversation talk = large_message();
    auto log = Log::open(std::make_unique<SmallSink>(4000), quick());
    ASSERT_TRUE(log);
    const auto tap = log->attach("alpha");
    ASSERT_TRUE(eventually([&] {
        talk.show(*tap);
        return log->status().error.has_value();
    }));
    EXPECT_EQ(log->status().error->os_errno, ENOSPC);
    const std::uint64_t lost = log->status().frames_lost;
    const std::uint64_t written = log->status().frames_written;
    talk.show(*tap);
    EXPECT_EQ(log->status().frames_lost, lost + 1);
    EXPECT_EQ(log->status().frames_written, written);
    const auto closed = log->close();
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().os_errno, ENOSPC);
}

TEST(FileSink, SaysThatADiskIsFull) {
    if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
    auto log = Log::open("/dev/full", quick());
    ASSERT_TRUE(log);
    const auto tap = log->attach("alpha");
    large_message().show(*tap);
    const auto closed = log->close();
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code, Errc::io);
    EXPECT_EQ(closed.error().os_errno, ENOSPC);
}

TEST(FileSink, CutsAFileThatCannotGrowBackToWholeBlocks) {
    const test::TemporaryFolder folder;
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{.rlim_cur = 10'001, .rlim_max = before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0); // SIGXFSZ finds the writer's signals blocked
    auto log = Log::open(folder / "a.pcapng", quick());
    const auto tap = log->attach("alpha");
    for (int i = 0; i < 100; ++i)
        large_message().show(*tap);
    const auto closed = log->close();
    setrlimit(RLIMIT_FSIZE, &before);

    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().os_errno, EFBIG);
    auto reader = Reader::open(folder / "a.pcapng");
    ASSERT_TRUE(reader);
    std::uint64_t frames = 0;
    while (reader->next() != nullptr)
        frames += 1;
    EXPECT_FALSE(reader->problem());
    EXPECT_GE(frames, 5u); // what was whole is kept
    EXPECT_LE(reader->bytes_read(), 10'001u);
}

TEST(FileSink, OutlivesTheReaderOfAFifo) {
    const test::TemporaryFolder folder;
    const auto path = folder / "fifo";
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    ASSERT_GE(reader, 0);
    auto log = Log::open(path, quick());
    ASSERT_TRUE(log);
    const auto tap = log->attach("alpha");
    large_message().show(*tap);
    ASSERT_TRUE(eventually([&] { return log->status().frames_written == 1; }));
    ::close(reader); // and nobody is killed by SIGPIPE
    ASSERT_TRUE(eventually([&] {
        large_message().show(*tap);
        return log->status().error.has_value();
    }));
    EXPECT_EQ(log->status().error->os_errno, EPIPE);
}

TEST(FileSink, SaysWhatIsWrongWithAPath) {
    const test::TemporaryFolder folder;
    const auto code_of = [](const std::filesystem::path& path) {
        const auto sink = open_file_sink(path);
        return sink ? std::optional<Errc>{} : sink.error().code;
    };
    EXPECT_EQ(code_of(folder / "new.pcapng"), std::nullopt);
    EXPECT_EQ(code_of(folder / "missing/a.pcapng"), Errc::not_found);
    EXPECT_EQ(code_of(folder / ""), Errc::invalid_argument);
    const auto fifo = folder / "fifo";
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(code_of(fifo), Errc::refused); // and not: waits
    // The one folder where not even root may make a file.
    if (std::filesystem::exists("/proc/self")) {
        EXPECT_TRUE(code_of("/proc/self/a.pcapng").has_value());
    }
}

/// What a file holds.
std::string contents(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

TEST(FileSink, LeavesWhatIsThereUntilTheFirstWrite) {
    const test::TemporaryFolder folder;
    const auto path = folder / "a.pcapng";
    std::ofstream{path} << "an older log";
    {
        const auto unused = open_file_sink(path);
        ASSERT_TRUE(unused);
    }
    EXPECT_EQ(contents(path), "an older log");
    const auto sink = open_file_sink(path);
    ASSERT_TRUE(sink);
    EXPECT_EQ(contents(path), "an older log");
    ASSERT_TRUE((*sink)->write(as_bytes("new")));
    EXPECT_EQ(contents(path), "new");
}

TEST(FileSink, ThatIsNeverWrittenToLeavesNoFileBehind) {
    const test::TemporaryFolder folder;
    {
        ASSERT_TRUE(open_file_sink(folder / "a.pcapng"));
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "a.pcapng"));
}

TEST(FileSink, IsTheOnlyOneThatWritesItsFile) {
    const test::TemporaryFolder folder;
    const auto path = folder / "a.pcapng";
    auto first = Log::open(path, quick());
    ASSERT_TRUE(first);
    const auto tap = first->attach("alpha");
    large_message().show(*tap);
    const auto second = Log::open(path, quick());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::in_use);
    ASSERT_TRUE(first->close());
    auto reader = Reader::open(path);
    ASSERT_TRUE(reader);
    EXPECT_NE(reader->next(), nullptr);
    EXPECT_TRUE(Log::open(path, quick())); // whose writer is gone is free again
}

TEST(FileSink, WithKeysIsForItsOwnerAlone) {
    const test::TemporaryFolder folder;
    const auto mode_of = [](const std::filesystem::path& path) {
        return std::filesystem::status(path).permissions();
    };
    using std::filesystem::perms;
    std::ofstream{folder / "old.pcapng"} << "readable for all";
    std::filesystem::permissions(folder / "old.pcapng", perms{0644});
    LogOptions options = quick();
    options.keys = true;
    for (const char* const name : {"old.pcapng", "new.pcapng"}) {
        const auto log = Log::open(folder / name, options);
        ASSERT_TRUE(log);
        EXPECT_EQ(mode_of(folder / name), perms{0600}) << name;
    }
}

TEST(DescriptorSink, LeavesTheDescriptorToItsOwner) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    {
        const auto sink = open_descriptor_sink(pipe[1]);
        ASSERT_TRUE(sink);
        ASSERT_TRUE((*sink)->write(as_bytes("abc")));
    }
    ASSERT_EQ(::write(pipe[1], "d", 1), 1);
    std::array<char, 8> read{};
    EXPECT_EQ(::read(pipe[0], read.data(), read.size()), 4);
    EXPECT_STREQ(read.data(), "abcd");
    ::close(pipe[0]);
    ::close(pipe[1]);
    EXPECT_EQ(open_descriptor_sink(pipe[1]).error().os_errno, EBADF);
}

} // namespace
} // namespace hawser::capture
