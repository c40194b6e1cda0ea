#include "limit/limit.hpp"

#include "limit/packetizer.hpp"
#include "limit/sealer.hpp"
#include "support/machine.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <thread>

namespace hawser::bench {
namespace {

constexpr std::size_t kWindowBytes = 1024 * 1024;
constexpr std::size_t kAcknowledgeBytes = kWindowBytes / 4;
constexpr std::size_t kTrainPackets = 50;
constexpr std::size_t kBatchPackets = 64;
constexpr int kSocketBytes = 8 * 1024 * 1024; // a packet costs the kernel about twice its size
constexpr std::chrono::microseconds kNap{50}; // a window lasts eight times as long
constexpr timeval kPatience{.tv_sec = 1, .tv_usec = 0};

std::size_t datagram_bytes(Seal seal) {
    return Shape::kPacketBytes + (seal == Seal::none ? 0 : Sealer::kFront + Sealer::kBehind);
}

MutableBytes content_of(MutableBytes datagram, Seal seal) {
    if (seal == Seal::none) return datagram;
    return datagram.subspan(Sealer::kFront, Shape::kPacketBytes);
}

/// A block of packets and the calls that move it whole: one train, or one batch of datagrams.
class Block {
public:
    Block(Offload offload, Seal seal)
        : offload_{offload},
          packet_bytes_{datagram_bytes(seal)},
          packets_{offload == Offload::gso ? kTrainPackets : kBatchPackets},
          bytes_(packets_ * packet_bytes_) {
        for (std::size_t i = 0; i < packets_; ++i) {
            iovecs_[i] = {.iov_base = packet(i).data(), .iov_len = packet_bytes_};
            headers_[i].msg_hdr.msg_iov = &iovecs_[i];
            headers_[i].msg_hdr.msg_iovlen = 1;
        }
    }

    std::size_t packets() const { return packets_; }
    std::size_t size() const { return bytes_.size(); }
    MutableBytes packet(std::size_t index) {
        return MutableBytes{bytes_}.subspan(index * packet_bytes_, packet_bytes_);
    }

    bool send(int fd) {
        if (offload_ == Offload::gso) {
            return ::send(fd, bytes_.data(), bytes_.size(), 0) ==
                   static_cast<ssize_t>(bytes_.size());
        }
        for (std::size_t sent = 0; sent < packets_;) {
            const int some =
                ::sendmmsg(fd, &headers_[sent], static_cast<unsigned>(packets_ - sent), 0);
            if (some <= 0) return false;
            sent += static_cast<std::size_t>(some);
        }
        return true;
    }

    /// Answers how many packets came; 0 when none did in time.
    std::size_t receive(int fd) {
        const std::size_t packets = receive(fd, MSG_DONTWAIT);
        if (packets > 0) return packets;
        // A reader that sleeps in the kernel is woken for each train, at the sender's expense. One
        // that naps finds several there when it comes back.
        std::this_thread::sleep_for(kNap);
        return receive(fd, 0);
    }

private:
    std::size_t receive(int fd, int flags) {
        if (offload_ == Offload::gso) {
            const ssize_t got = ::recv(fd, bytes_.data(), bytes_.size(), flags);
            return got <= 0 ? 0 : static_cast<std::size_t>(got) / packet_bytes_;
        }
        const int got = ::recvmmsg(fd, headers_.data(), static_cast<unsigned>(packets_),
                                   flags | MSG_WAITFORONE, nullptr);
        return got <= 0 ? 0 : static_cast<std::size_t>(got);
    }

    Offload offload_;
    std::size_t packet_bytes_;
    std::size_t packets_;
    std::vector<std::byte> bytes_;
    std::array<iovec, kBatchPackets> iovecs_{};
    std::array<mmsghdr, kBatchPackets> headers_{};
};

/// What the receiver says every quarter of a window, of all it has taken so far.
struct Acknowledgement {
    std::uint64_t packet_bytes;
    std::uint64_t message_bytes;
};

/// Takes and acknowledges packets on a thread of its own until it is destroyed.
class Receiver {
public:
    Receiver(int fd, Offload offload, Seal seal)
        : fd_{fd}, seal_{seal}, block_{offload, seal}, thread_{[this] { run(); }} {}
    ~Receiver() {
        done_ = true;
        ::shutdown(fd_, SHUT_RD); // wakes it
        thread_.join();
    }
    bool failed() const { return failed_; }

private:
    void run() {
        pin_thread(receiver_cpu());
        std::uint64_t taken_bytes = 0;
        std::uint64_t acknowledged_bytes = 0;
        while (!done_) {
            const std::size_t packets = block_.receive(fd_);
            for (std::size_t i = 0; i < packets; ++i) {
                const MutableBytes datagram = block_.packet(i);
                const bool sealed = seal_ != Seal::none;
                if (sealed && !sealer_.open(datagram)) failed_ = true;
                if (!reassembler_.take(content_of(datagram, seal_), !sealed)) failed_ = true;
            }
            taken_bytes += packets * datagram_bytes(seal_);
            if (failed_) return;
            if (taken_bytes - acknowledged_bytes < kAcknowledgeBytes) continue;
            acknowledged_bytes = taken_bytes;
            const Acknowledgement answer{taken_bytes, reassembler_.bytes_delivered()};
            if (::send(fd_, &answer, sizeof answer, 0) < 0) failed_ = true;
        }
    }

    int fd_;
    Seal seal_;
    Sealer sealer_{Sealer::Use::open};
    Block block_;
    Reassembler reassembler_;
    std::atomic<bool> done_{false};
    std::atomic<bool> failed_{false};
    std::thread thread_;
};

class Sender {
public:
    Sender(int fd, Offload offload, Seal seal) : fd_{fd}, seal_{seal}, block_{offload, seal} {}

    /// Bytes of whole messages that have been acknowledged, a second.
    Outcome<double> run(std::chrono::milliseconds duration) {
        const Clock::time_point start = Clock::now();
        const Clock::time_point end = start + duration;
        while (Clock::now() < end) {
            for (std::size_t i = 0; i < block_.packets(); ++i) {
                const bool sealed = seal_ != Seal::none;
                packetizer_.fill(content_of(block_.packet(i), seal_), !sealed);
                if (sealed) sealer_.seal(block_.packet(i));
            }
            if (!block_.send(fd_)) return std::unexpected{system_error("limit: send")};
            sent_bytes_ += block_.size();
            while (sent_bytes_ - acknowledged_.packet_bytes > kWindowBytes - block_.size()) {
                const ssize_t got = ::recv(fd_, &acknowledged_, sizeof acknowledged_, 0);
                if (got != sizeof acknowledged_) {
                    return std::unexpected{std::string{"limit: a packet was lost on loopback"}};
                }
            }
        }
        return static_cast<double>(acknowledged_.message_bytes) / seconds_since(start);
    }

private:
    int fd_;
    Seal seal_;
    Sealer sealer_{Sealer::Use::seal};
    Block block_;
    Packetizer packetizer_;
    std::uint64_t sent_bytes_ = 0;
    Acknowledgement acknowledged_{};
};

bool set(int fd, int level, int option, int value) {
    return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

} // namespace

Outcome<double> limit_bytes_per_second(Offload offload, std::chrono::milliseconds duration,
                                       Seal seal) {
    auto sockets = udp_pair(kSocketBytes);
    if (!sockets) return std::unexpected{sockets.error()};
    const int from = sockets->first.get();
    const int to = sockets->second.get();
    for (const int fd : {from, to}) {
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    }
    if (offload == Offload::gso &&
        (!set(from, SOL_UDP, UDP_SEGMENT, static_cast<int>(datagram_bytes(seal))) ||
         !set(to, SOL_UDP, UDP_GRO, 1))) {
        return std::unexpected{system_error("limit: UDP_SEGMENT or UDP_GRO")};
    }

    Receiver receiver{to, offload, seal};
    Sender sender{from, offload, seal};
    const auto figure = on_cpu(sender_cpu(), [&] { return sender.run(duration); });
    if (receiver.failed()) return std::unexpected{std::string{"limit: a packet came damaged"}};
    return figure;
}

} // namespace hawser::bench
