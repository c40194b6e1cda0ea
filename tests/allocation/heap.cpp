#include "allocation/heap.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

namespace hawser::test {
namespace {

/// Each block knows its size and account, so that what is held can be told.
struct Header {
    std::uint64_t size;
    std::uint64_t account;
};
static_assert(sizeof(Header) % alignof(std::max_align_t) == 0);

std::atomic<std::uint64_t> taken{0};
std::atomic<std::uint64_t> taken_by_libcrypto{0};
std::array<std::atomic<std::int64_t>, 2> held{};
thread_local Account current = Account::main;

std::atomic<std::int64_t>& held_by(std::uint64_t account) {
    return held[static_cast<std::size_t>(account)];
}

void* take(std::size_t size) {
    auto* const block = static_cast<Header*>(std::malloc(sizeof(Header) + size));
    if (block == nullptr) std::abort();
    *block = {size, static_cast<std::uint64_t>(current)};
    held_by(block->account) += static_cast<std::int64_t>(size);
    return block + 1;
}

void give_back(void* pointer) {
    if (pointer == nullptr) return;
    Header* const block = static_cast<Header*>(pointer) - 1;
    held_by(block->account) -= static_cast<std::int64_t>(block->size);
    std::free(block);
}

void* crypto_take(std::size_t size, const char*, int) {
    if (size == 0) return nullptr;
    ++taken_by_libcrypto;
    return take(size);
}

void crypto_give_back(void* pointer, const char*, int) {
    give_back(pointer);
}

void* crypto_resize(void* pointer, std::size_t size, const char*, int) {
    if (pointer == nullptr) return crypto_take(size, nullptr, 0);
    void* const moved = crypto_take(size, nullptr, 0);
    const Header& before = *(static_cast<const Header*>(pointer) - 1);
    if (moved != nullptr) std::memcpy(moved, pointer, std::min<std::size_t>(size, before.size));
    give_back(pointer);
    return moved;
}

/// Only possible before libcrypto has taken anything.
const bool counts_libcrypto =
    CRYPTO_set_mem_functions(crypto_take, crypto_resize, crypto_give_back) == 1;

} // namespace

std::uint64_t allocations() {
    return taken;
}

std::uint64_t libcrypto_allocations() {
    return taken_by_libcrypto;
}

std::int64_t bytes_held(Account account) {
    if (!counts_libcrypto) std::abort();
    return held_by(static_cast<std::uint64_t>(account));
}

OnAccount::OnAccount(Account account) : before_{current} {
    current = account;
}

OnAccount::~OnAccount() {
    current = before_;
}

} // namespace hawser::test

// Each form by itself: the sanitizers have their own of every form, so none leads to another.

void* operator new(std::size_t size) {
    ++hawser::test::taken;
    return hawser::test::take(size);
}
void* operator new[](std::size_t size) {
    return operator new(size);
}
void operator delete(void* pointer) noexcept {
    hawser::test::give_back(pointer);
}
void operator delete(void* pointer, std::size_t) noexcept {
    hawser::test::give_back(pointer);
}
void operator delete[](void* pointer) noexcept {
    hawser::test::give_back(pointer);
}
void operator delete[](void* pointer, std::size_t) noexcept {
    hawser::test::give_back(pointer);
}
