// --log: every packet of a run, in a file or on standard output.
#pragma once

#include "command/asio.hpp"
#include "command/console.hpp"
#include "command/network_options.hpp"
#include "command/outcome.hpp"

#include <hawser/capture/log.hpp>
#include <hawser/capture/sink.hpp>

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>

namespace hawser::command {

/// The file is taken when the run starts, so that what is wrong with it is said at once, and
/// emptied only when all else is right: a mistyped command destroys no log.
class PacketLog {
public:
    PacketLog(const asio::any_io_executor& executor, Console& console,
              const NetworkOptions& options);

    /// Takes the file. Does nothing without --log.
    Outcome<> open();
    /// From now on packets are written. Again: does nothing.
    Outcome<> begin();
    /// Fails when the log is not whole; `is_told` says whether people know already.
    Outcome<> close();
    bool is_told() const { return problem_said_; }

    /// Where packets are shown, before `begin` in vain; nullptr without --log.
    Tap* tap() { return options_.log.empty() ? nullptr : &gate_; }

private:
    /// Passes on what it is shown once there is somewhere to.
    class Gate final : public Tap {
    public:
        void seen(const Sighting& sighting) override {
            if (to) to->seen(sighting);
        }
        void seen_train(const Sighting& train, std::size_t segment_bytes) override {
            if (to) to->seen_train(train, segment_bytes);
        }
        bool wants(Layer layer) const override { return to && to->wants(layer); }
        void secret(std::string_view line) override {
            if (to) to->secret(line);
        }
        std::shared_ptr<capture::Attachment> to;
    };

    Outcome<> open_standard_output();
    capture::AttachOptions views() const;
    void watch();

    Console& console_;
    const NetworkOptions& options_;
    asio::steady_timer timer_;
    std::unique_ptr<capture::Sink> sink_; ///< until `begin`
    std::optional<capture::Log> log_;
    Gate gate_;
    bool problem_said_ = false;
};

} // namespace hawser::command
