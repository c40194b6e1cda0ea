#include "crypto/pem.hpp"

#include <openssl/pem.h>

#include <optional>

namespace hawser::crypto {
namespace {

/// More than any chain or bundle of authorities has.
constexpr std::size_t kCertificatesMax = 4096;

struct FreeBytes {
    void operator()(void* bytes) const { OPENSSL_free(bytes); }
};

template <class T>
using Allocated = std::unique_ptr<T, FreeBytes>;

/// One block of the text; nullopt at its end.
struct Block {
    bool certificate;
    std::vector<std::byte> der;
};

Result<std::optional<Block>> read_block(BIO* from) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(from, &name, &header, &data, &size) != 1) {
        if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) return std::nullopt;
        return fail(Errc::malformed, "certificates: a PEM block is damaged or cut short");
    }
    const Allocated<char> own_name{name};
    const Allocated<char> own_header{header};
    const Allocated<unsigned char> own_data{data};
    const std::string_view kind{name};
    Block block{.certificate = kind == PEM_STRING_X509 || kind == PEM_STRING_X509_OLD, .der = {}};
    if (block.certificate) {
        const Bytes der = std::as_bytes(std::span{data, static_cast<std::size_t>(size)});
        block.der.assign(der.begin(), der.end());
    }
    OPENSSL_cleanse(data, static_cast<std::size_t>(size)); // a private key may stand beside them
    return block;
}

} // namespace

Bio reader_of(std::string_view text) {
    HAWSER_ASSERT(text.size() <= 0x7fff'ffff);
    const char* const at = text.empty() ? "" : text.data();
    Bio bio{BIO_new_mem_buf(at, static_cast<int>(text.size()))};
    HAWSER_ASSERT(bio != nullptr);
    return bio;
}

Bio make_writer() {
    Bio bio{BIO_new(BIO_s_mem())};
    HAWSER_ASSERT(bio != nullptr);
    return bio;
}

std::string text_of(BIO* writer) {
    char* at = nullptr;
    const long size = BIO_get_mem_data(writer, &at);
    HAWSER_ASSERT(size >= 0);
    return size == 0 ? std::string{} : std::string{at, static_cast<std::size_t>(size)};
}

Result<std::vector<std::vector<std::byte>>> certificates_in(std::string_view text) {
    const DropErrors drop_errors;
    const Bio bio = reader_of(text);
    std::vector<std::vector<std::byte>> found;
    while (true) {
        auto block = read_block(bio.get());
        if (!block) return std::unexpected{block.error()};
        if (!block->has_value()) break;
        if ((*block)->certificate) found.push_back(std::move((*block)->der));
        if (found.size() > kCertificatesMax) {
            return fail(Errc::too_large, "certificates: more than 4096 in one text");
        }
    }
    if (found.empty()) {
        return fail(Errc::malformed,
                    "certificates: none found, PEM with \"BEGIN CERTIFICATE\" is needed");
    }
    return found;
}

} // namespace hawser::crypto
