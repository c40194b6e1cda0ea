// The memory of one recvmmsg.
#pragma once

#include "net/kernel.hpp"
#include "net/sockaddr.hpp"

#include <hawser/net/receive_batch.hpp>

#include <memory>
#include <vector>

#include <sys/socket.h>
#include <sys/uio.h>

namespace hawser::net {

struct ReceiveStorage {
    ReceiveStorage(std::size_t messages, std::size_t slab_bytes);

    /// Readies the first `count` headers for the kernel, which has written over them.
    void prepare(std::size_t count);

    std::size_t slab_bytes;
    std::unique_ptr<std::byte[]> slabs;
    std::vector<mmsghdr> headers;
    std::vector<iovec> pieces;
    std::vector<SocketAddress> names;
    std::vector<ControlBuffer> controls;
    std::vector<Received> messages;
    /// Messages to ask for: fewer while trains are coming, so that what a call brings is still in
    /// the cache when it is read.
    std::size_t wanted;
};

} // namespace hawser::net
