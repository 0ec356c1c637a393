// saddlescope saddle VERB: critical points, from their construction to their escape. Each verb has
// a file of its own, apps/saddle_<verb>.cpp, and a section [saddle.<verb>] in config files.
#include "verb.hpp"

namespace saddlescope::apps {

std::vector<Verb> add_saddle_verbs(CLI::App& program) {
  CLI::App* saddle = program.add_subcommand(
      "saddle", "critical points: construct, classify, certify, search, escape");
  saddle->require_subcommand(1);
  saddle->fallthrough();
  return {
      add_saddle_atlas_verb(*saddle),    add_saddle_check_verb(*saddle),
      add_saddle_classify_verb(*saddle), add_saddle_construct_verb(*saddle),
      add_saddle_escape_verb(*saddle),   add_saddle_search_verb(*saddle),
  };
}

}  // namespace saddlescope::apps
