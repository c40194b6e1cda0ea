// Counts what this program takes from the heap: by operator new, and by libcrypto.
#pragma once

#include <cstdint>

namespace hawser::test {

/// Calls of operator new since the program began.
std::uint64_t allocations();
/// Blocks that libcrypto has taken.
std::uint64_t libcrypto_allocations();

/// On whose account blocks are held. A block stays on the one it was taken on.
enum class Account : std::uint8_t { main, other };

/// Bytes that are held now.
std::int64_t bytes_held(Account account = Account::main);

/// What is taken while this lives goes to another account.
class OnAccount {
public:
    explicit OnAccount(Account account);
    ~OnAccount();
    OnAccount(const OnAccount&) = delete;
    OnAccount& operator=(const OnAccount&) = delete;

private:
    Account before_;
};

} // namespace hawser::test
