#include "crypto/pem.hpp"

namespace hawser::crypto {

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

} // namespace hawser::crypto
