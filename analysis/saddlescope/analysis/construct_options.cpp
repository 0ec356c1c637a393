#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "saddlescope/analysis/construct_study.hpp"
#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

using Names = std::vector<std::string>;

// Flags of a family beyond --out and --orbit-condition.
struct Family {
  bool has_problem = true;  // data and architecture are the user's
  bool draws_weights = false;
  Names flags;
};

const std::map<std::string, Family>& families() {
  static const std::map<std::string, Family> all = {
      {"origin", {}},
      {"zero-rank", {true, true, {}}},
      {"zero-rank-moments", {true, true, {}}},
      {"zero-rank-vanishing", {true, true, {"layers"}}},
      {"zero-rank-kernel", {true, true, {"layers"}}},
      {"residual", {true, true, {"layers"}}},
      {"uncorrelated", {true, true, {}}},
      {"uncorrelated-scalar", {false, false, {"w", "lambda", "hidden-precision"}}},
      {"uncorrelated-target", {false, false, {"t", "w", "sigma", "lambda", "hidden-precision"}}},
      {"rank-r", {true, false, {"subset", "t", "random-rows"}}},
      {"bottleneck-optimum", {}},
      {"bottleneck",
       {false, false, {"d", "lambda-u", "lambda-v", "mu", "lambda", "hidden-precision"}}},
  };
  return all;
}

bool given(const OptionTarget& target) {
  return std::visit(
      [](const auto* member) {
        using Value = std::decay_t<decltype(*member)>;
        if constexpr (requires { member->has_value(); })
          return member->has_value();
        else if constexpr (requires { member->empty(); })
          return !member->empty();
        else
          return *member != Value{};
      },
      target);
}

void refuse_foreign_flags(ConstructOptions& options, const Family& family) {
  OptionTable of_problem;
  describe(options.problem, of_problem);
  const auto is_of_problem = [&](const std::string& name) {
    const auto& fields = of_problem.fields();
    return std::any_of(fields.begin(), fields.end(),
                       [&](const OptionField& field) { return field.name == name; });
  };
  const bool random = family.has_problem || options.orbit_condition.has_value();
  const OptionTable table = describe(options);
  for (const OptionField& field : table.fields()) {
    const std::string& name = field.name;
    if (name == "out" || name == "orbit-condition" || !given(field.target)) continue;
    const bool own = std::count(family.flags.begin(), family.flags.end(), name) > 0;
    bool applies = own || (family.has_problem && is_of_problem(name));
    if (name == "seed") applies = random;
    if (name == "init" || name == "init-scale")
      applies = family.draws_weights && options.problem.network.empty();
    require(applies, "--{}: does not apply to the family {}{}", name, options.family,
            name == "seed"         ? " without --orbit-condition: nothing random is drawn"
            : family.draws_weights ? " with --network, whose weights are used"
                                   : "");
  }
}

template <class T>
void default_to(std::optional<T>& member, const T& value) {
  if (!member) member = value;
}

}  // namespace

const std::vector<std::string>& construct_families() {
  static const Names names = {"origin",
                              "zero-rank",
                              "zero-rank-moments",
                              "zero-rank-vanishing",
                              "zero-rank-kernel",
                              "residual",
                              "uncorrelated",
                              "uncorrelated-scalar",
                              "uncorrelated-target",
                              "rank-r",
                              "bottleneck-optimum",
                              "bottleneck"};
  return names;
}

OptionTable describe(ConstructOptions& options) {
  OptionTable problem;
  describe(options.problem, problem);
  OptionTable table;
  for (const OptionField& field : problem.fields())
    if (field.name != "point") table.add(field.name, field.target, field.help, field.role);
  table.add("layers", &options.layers,
            "layers whose maps vanish (zero-rank-vanishing, residual) or the k of A_{k+1} A_k = 0 "
            "(zero-rank-kernel), the first is 1 [1; residual 2]");
  table.add("subset", &options.subset,
            "rank-r: singular values kept, e.g. 1,3, the largest is 1, or none [1]");
  table.add("t", &options.t, "scale of the last factor (rank-r, uncorrelated-target), not 0 [1]");
  table.add("random-rows", &options.random_rows,
            "rank-r: random extra rows in layers 1 .. L-2 that the next layer kills");
  table.add("w", &options.w, "uncorrelated-scalar and -target: weight of the first layer [2]");
  table.add("sigma", &options.sigma,
            "uncorrelated-target: deviation of the uncorrelated target, in (0, 1] [0.8]");
  table.add("d", &options.d, "bottleneck: weight of the last layer, not 0 [1]");
  table.add("lambda-u", &options.lambda_u, "bottleneck: explained variance kept, > lambda-v [1]");
  table.add("lambda-v", &options.lambda_v, "bottleneck: explained variance left out, > 0 [0.5]");
  table.add("mu", &options.mu, "bottleneck: variance of the second target, > lambda-u [1.5]");
  table.add("hidden-precision", &options.hidden_precision,
            "precision pi_1 of bottleneck and uncorrelated-scalar and -target, > 0 [1]");
  table.add("orbit-condition", &options.orbit_condition,
            "move to a random point of the GL orbit, by matrices of at most this condition, >= 1 "
            "[stay]");
  table.add("out", &options.out, "folder for the results [out/construction]", OptionRole::kRun);
  return table;
}

ConstructOptions effective(ConstructOptions options) {
  const auto found = families().find(options.family);
  require_known("family", construct_families(), options.family);
  const Family& family = found->second;
  refuse_foreign_flags(options, family);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  const std::string& name = options.family;
  const auto has = [&](const char* flag) {
    return std::count(family.flags.begin(), family.flags.end(), flag) > 0;
  };
  if (has("layers")) default_to(options.layers, std::vector<Index>{name == "residual" ? 2 : 1});
  if (has("subset")) default_to(options.subset, std::vector<Index>{1});
  if (has("random-rows")) default_to(options.random_rows, false);
  if (has("t")) default_to(options.t, 1.0);
  if (has("w")) default_to(options.w, 2.0);
  if (has("sigma")) default_to(options.sigma, 0.8);
  if (has("d")) default_to(options.d, 1.0);
  if (has("lambda-u")) default_to(options.lambda_u, 1.0);
  if (has("lambda-v")) default_to(options.lambda_v, 0.5);
  if (has("mu")) default_to(options.mu, 1.5);
  if (has("hidden-precision")) default_to(options.hidden_precision, 1.0);
  if (!family.has_problem) {
    default_to(options.problem.lambda, 1.0);
    return options;
  }
  ProblemOptions& problem = options.problem;
  if (problem.data.source.empty())
    problem.data.source = name == "uncorrelated"                             ? "uncorrelated"
                          : name == "rank-r" || name == "bottleneck-optimum" ? "teacher"
                                                                             : "digits";
  if (name == "residual" && problem.network.empty()) default_to(problem.skips, true);
  problem.point = !family.draws_weights || problem.network.empty()
                      ? (family.draws_weights ? "init" : "origin")
                      : "network";
  problem = effective(problem);
  return options;
}

}  // namespace saddlescope::analysis
