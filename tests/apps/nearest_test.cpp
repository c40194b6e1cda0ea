#include "command/nearest.hpp"

#include <gtest/gtest.h>

namespace hawser::command {
namespace {

TEST(Edits, CountLettersLeftOutPutInChangedAndSwapped) {
    EXPECT_EQ(edits_between("", ""), 0u);
    EXPECT_EQ(edits_between("", "abc"), 3u);
    EXPECT_EQ(edits_between("connect", "connect"), 0u);
    EXPECT_EQ(edits_between("conect", "connect"), 1u);
    EXPECT_EQ(edits_between("connnect", "connect"), 1u);
    EXPECT_EQ(edits_between("cannect", "connect"), 1u);
    EXPECT_EQ(edits_between("conncet", "connect"), 1u); // two letters that changed places
    EXPECT_EQ(edits_between("sned", "receive"), 6u);
}

TEST(NearestWord, IsTheOneThatWasMeant) {
    const std::vector<std::string> words{"listen", "connect", "send", "receive", "ping", "log"};
    EXPECT_EQ(nearest("lsiten", words), "listen");
    EXPECT_EQ(nearest("recieve", words), "receive");
    EXPECT_EQ(nearest("sned", words), "send");
    EXPECT_EQ(nearest("lg", words), "log");
}

TEST(NearestWord, IsNoneWhenNothingIsNear) {
    const std::vector<std::string> words{"listen", "connect", "send", "log", "ping"};
    EXPECT_EQ(nearest("dance", words), "");
    EXPECT_EQ(nearest("tail", words), "");
    EXPECT_EQ(nearest("ring", words), "ping");
    EXPECT_EQ(nearest("song", words), ""); // two slips make anything of four letters
    EXPECT_EQ(nearest("", words), "");
    EXPECT_EQ(nearest(std::string(100'000, 'a'), words), "");
}

} // namespace
} // namespace hawser::command
