// Tests that hold for both versions of DTLS, and how a conversation that fails says why.
#pragma once

#include "dtls/talk.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hawser::dtls::test {

inline Options only(Options options, Version version) {
    options.version_min = version;
    options.version_max = version;
    return options;
}

/// Why the ends closed, as far as they did.
inline std::string why(const Talk& talk) {
    std::string text;
    for (const End* end : {&talk.client, &talk.server}) {
        const auto* const closed = end->last<Closed>();
        text += end == &talk.client ? "client: " : ", server: ";
        text += closed == nullptr ? "not closed" : std::string{closed->reason.what};
    }
    return text;
}

/// A suite whose tests run with DTLS 1.2 alone and with 1.3 alone.
class PerVersion : public testing::TestWithParam<Version> {
protected:
    static Version version() { return GetParam(); }
    static bool is_1_3() { return GetParam() == Version::v1_3; }

    Options client = only(client_options(), GetParam());
    Options server = only(server_options(), GetParam());
    Options client_psk = only(psk_options(), GetParam());
    Options server_psk = only(psk_options(), GetParam());
};

inline std::string version_name(const testing::TestParamInfo<Version>& info) {
    return info.param == Version::v1_2 ? "Version1_2" : "Version1_3";
}

} // namespace hawser::dtls::test

#define HAWSER_BOTH_VERSIONS(suite)                                                                \
    INSTANTIATE_TEST_SUITE_P(Dtls, suite, testing::Values(Version::v1_2, Version::v1_3),           \
                             version_name)
