#include "interop/load.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace hawser::interop {

Load::Message Load::next() {
    Message message;
    message.stream = static_cast<std::uint16_t>(count_++ % streams_);
    message.ppid = 1000u + message.stream;
    const std::uint64_t size =
        std::min<std::uint64_t>(1 + random_.below(largest_bytes_), left_bytes_);
    message.payload.resize(size);
    random_.fill(message.payload);
    left_bytes_ -= size;
    return message;
}

void Tally::Hasher::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

void Tally::add(std::uint16_t stream, Bytes some, bool ends_message) {
    OfStream& it = streams_[stream];
    if (!in_order_) {
        std::array<unsigned char, 32> digest{};
        EVP_Digest(some.data(), some.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
        for (std::size_t i = 0; i < digest.size(); ++i)
            it.sum[i] ^= digest[i];
    } else if (!it.sha256) {
        it.sha256.reset(EVP_MD_CTX_new());
        EVP_DigestInit_ex(it.sha256.get(), EVP_sha256(), nullptr);
    }
    if (in_order_) EVP_DigestUpdate(it.sha256.get(), some.data(), some.size());
    it.bytes += some.size();
    bytes_ += some.size();
    if (ends_message) ++it.messages;
}

void Tally::report(std::string_view what) const {
    for (const auto& [stream, it] : streams_) {
        std::array<unsigned char, 32> digest = it.sum;
        if (in_order_) {
            // Of a copy, so that more can be added.
            const std::unique_ptr<evp_md_ctx_st, Hasher> copy{EVP_MD_CTX_new()};
            EVP_MD_CTX_copy_ex(copy.get(), it.sha256.get());
            EVP_DigestFinal_ex(copy.get(), digest.data(), nullptr);
        }
        say(fmt::format("{} stream={} messages={} bytes={} sha256={:02x}", what, stream,
                        it.messages, it.bytes, fmt::join(digest, "")));
    }
}

void say(std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

} // namespace hawser::interop
