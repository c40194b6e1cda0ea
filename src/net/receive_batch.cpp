#include <hawser/net/receive_batch.hpp>

#include "net/receive_storage.hpp"

#include <hawser/core/check.hpp>

namespace hawser::net {
namespace {

constexpr std::size_t kMessagesMax = 1024;

/// Slabs begin in different cache sets: at a distance of a power of two their first lines, which
/// hold the headers, would drive each other out.
constexpr std::size_t kSkewBytes = 5 * 64;

} // namespace

ReceiveStorage::ReceiveStorage(std::size_t count, std::size_t bytes)
    : slab_bytes{bytes},
      slabs{std::make_unique_for_overwrite<std::byte[]>(count * (bytes + kSkewBytes))},
      headers(count),
      pieces(count),
      names(count),
      controls(count),
      messages(count),
      wanted{count} {
    for (std::size_t i = 0; i < count; ++i) {
        pieces[i] = {.iov_base = slabs.get() + i * (bytes + kSkewBytes), .iov_len = bytes};
    }
    prepare(count);
}

void ReceiveStorage::prepare(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        headers[i].msg_hdr = {.msg_name = &names[i],
                              .msg_namelen = sizeof names[i],
                              .msg_iov = &pieces[i],
                              .msg_iovlen = 1,
                              .msg_control = controls[i].bytes,
                              .msg_controllen = kControlBytes,
                              .msg_flags = 0};
    }
}

ReceiveBatch::ReceiveBatch(std::size_t messages, std::size_t slab_bytes) {
    HAWSER_ASSERT(messages >= 1 && messages <= kMessagesMax && slab_bytes >= 1);
    storage_ = std::make_unique<ReceiveStorage>(messages, slab_bytes);
    messages_ = storage_->messages.data();
}

ReceiveBatch::ReceiveBatch(ReceiveBatch&&) noexcept = default;
ReceiveBatch& ReceiveBatch::operator=(ReceiveBatch&&) noexcept = default;
ReceiveBatch::~ReceiveBatch() = default;

} // namespace hawser::net
