// What `hawser log` says of a capture.
#include "command/log_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hawser::command {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Of a log of ours that has its end.
capture::Summary whole_log() {
    capture::Summary summary;
    summary.application = "hawser";
    summary.interfaces.push_back({.name = "hawser/wire", .received = 0, .dropped = 0, .lost = 0});
    return summary;
}

TEST(LogReport, NamesWhatAllFramesAre) {
    capture::Summary summary = whole_log();
    summary.frames = 12;
    summary.trains = 1;
    summary.train_packets = 10;
    summary.sctp_packets = 11;
    summary.repeated_packets = 4;
    summary.dtls_frames = 3;
    summary.other_frames = 1;
    summary.dropped_frames = 2;
    const std::string text = log_report(summary);
    EXPECT_THAT(text, HasSubstr("12 frames, 0 B: 11 packets of SCTP in 0 associations, 4 of them "
                                "once more, in the clear, 3 of DTLS, 1 of something else, 2 "
                                "of dropped packets: the table at the end says why\n"));
    EXPECT_THAT(text, HasSubstr("1 of these frames is a row of 10 packets"));
    EXPECT_THAT(text, Not(HasSubstr("malformed")));
}

TEST(LogReport, ClaimsThatNothingWasDroppedOfAWholeLogOfOursAlone) {
    constexpr auto kClaim = "no packet was dropped";
    EXPECT_THAT(log_report(whole_log()), HasSubstr(kClaim));
    capture::Summary lossy = whole_log();
    lossy.lost_packets = 3;
    EXPECT_THAT(log_report(lossy), HasSubstr("3 packets more came faster than they could be "
                                             "written, and are missing"));
    capture::Summary killed = whole_log();
    killed.interfaces[0].lost.reset();
    capture::Summary cut = whole_log();
    cut.problem = Error{Errc::closed, "cut"};
    for (const capture::Summary& summary : {lossy, killed, cut}) {
        EXPECT_THAT(log_report(summary), Not(HasSubstr(kClaim)));
        EXPECT_THAT(log_report(summary), HasSubstr("no packet that is in this log was dropped"));
    }
    capture::Summary foreign = whole_log();
    foreign.application = "tcpdump";
    EXPECT_THAT(log_report(foreign), Not(HasSubstr("dropped")));
}

TEST(LogReport, DoesNotSayThatAWriterWasKilledWhoseDiskWasFull) {
    capture::Summary summary = whole_log();
    summary.interfaces[0].lost.reset();
    EXPECT_THAT(log_report(summary), HasSubstr("whoever wrote it was killed, met a full disk, or "
                                               "still writes"));
}

} // namespace
} // namespace hawser::command
