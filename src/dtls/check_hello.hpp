// What is wrong with a ClientHello, whoever is to answer it.
#pragma once

#include "dtls/handshake.hpp"

#include <hawser/wire/dtls/hello.hpp>

namespace hawser::dtls {

/// Looks at nothing but the hello; `is_1_3`: by the rules of 1.3, which it offers.
Step check_hello(const wire::dtls::ClientHello& hello, bool is_1_3);

} // namespace hawser::dtls
