#include "interruption.hpp"

#include <atomic>
#include <csignal>
#include <cstring>
#include <deque>

#include <unistd.h>

#include "saddlescope/io/pending_file.hpp"

namespace saddlescope::apps {
namespace {

struct Note {
  std::string file, if_there, otherwise;
};

std::atomic<const Note*> current_note{nullptr};
static_assert(std::atomic<const Note*>::is_always_lock_free);

// Only what a signal's handler may call; what cannot be written is not said.
void say(const char* text) { static_cast<void>(!write(STDERR_FILENO, text, std::strlen(text))); }

extern "C" void end_interrupted(int /*signal*/) {
  remove_pending_files();
  if (isatty(STDERR_FILENO) != 0) say("\r\033[K");  // a line of progress
  say("saddlescope: interrupted; ");
  if (const Note* note = current_note.load(); note != nullptr)
    say(access(note->file.c_str(), F_OK) == 0 ? note->if_there.c_str() : note->otherwise.c_str());
  else
    say(n_committed_files() == 0 ? "nothing was written"
                                 : "some results were written before, each file whole");
  say("\n");
  _exit(kInterrupted);
}

}  // namespace

void watch_interruption() {
  struct sigaction action = {};
  action.sa_handler = end_interrupted;
  sigfillset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction before = {};
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    sigaction(signal, &action, nullptr);
  }
}

void on_interruption(const std::filesystem::path& file, const std::string& if_there,
                     const std::string& otherwise) {
  static std::deque<Note> notes;  // none is ever freed under a handler's feet
  notes.push_back({file.string(), if_there, otherwise});
  current_note.store(&notes.back());
}

}  // namespace saddlescope::apps
