// What a person reads after Ctrl-C: whether the same command goes on from what is there.
//
// SIGINT and SIGTERM end the program at once with exit code 130, half-written files removed. Nothing
// else needs to be undone: files appear whole (io/pending_file.hpp), and long verbs keep their state
// in such files.
#pragma once

#include <filesystem>
#include <string>

namespace saddlescope::apps {

constexpr int kInterrupted = 130;

// From here on; where the parent has the signal ignored, as nohup does, it stays so.
void watch_interruption();

// What an interruption says from here on, after "interrupted; ": `if_there` where `file` is there at
// that moment, else `otherwise`. Before the first call it says whether files have been written.
void on_interruption(const std::filesystem::path& file, const std::string& if_there,
                     const std::string& otherwise);

}  // namespace saddlescope::apps
