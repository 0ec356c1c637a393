// Training by predictive coding and by backpropagation, apart or as twins: from the same weights, on
// the same mini-batches, with the same optimiser.
//
// An update takes the mean over the batch's samples of the per-sample gradient: of F at the
// activities inference reached (pc), of lambda L (bp). F* -> lambda L as lambda falls, so these
// match; under `kPcSaddles`, the setting published with [S], pc takes the sum over the n samples and
// bp the mean over samples and units without 1/2: at equal eta its step is n d_y/2 times that of bp.
// A short batch weighs as much as it has samples: its mean gradient enters with n over the full
// batch size.
//
// Weight decay and the spectral penalty s/2 sum_l |W_l' W_l - I|^2 (hessian/weight_penalty.hpp) act
// on weights, not on biases, are part of no loss or energy that is reported, and are the same for
// both algorithms, whatever the normalisation: a step's gradient is the batch's plus the
// penalties'. The spectral penalty enters as a gradient under every optimiser, AdamW too.
// Incremental pc updates the weights after every step of inference.
//
// What is recorded is measured at the weights of that moment, for both algorithms alike and with
// labels unclamped. The same options give the same bits for any number of threads (seconds aside),
// also when a run is cut in two by save() and restore().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/data/dataset.hpp"
#include "saddlescope/training/batch_objective.hpp"
#include "saddlescope/training/optimiser.hpp"
#include "saddlescope/training/probes.hpp"
#include "saddlescope/training/schedule.hpp"

namespace saddlescope {

enum class Normalisation { kMatched, kPcSaddles };
[[nodiscard]] Normalisation parse_normalisation(const std::string& name);  // matched | pc-saddles
[[nodiscard]] std::string name(Normalisation normalisation);

struct TwinOptions {
  std::vector<TrainingAlgorithm> algorithms = {TrainingAlgorithm::kPc, TrainingAlgorithm::kBp};
  OptimiserOptions optimiser;   // `decayed` is set to the weights
  double spectral_penalty = 0;  // s >= 0, finite
  ScheduleOptions schedule;
  Normalisation normalisation = Normalisation::kMatched;
  BatchInferenceOptions inference;
  bool incremental = false;
  Index batch = 64;          // 1 .. N
  Index updates = 0;         // K >= 0: mini-batches each run sees
  Index patience = 0;        // epochs without a lower training loss that end a run; 0: any number
  double target_loss = 0;    // a run ends where a record finds the training loss at it or below
  Index probe_samples = 64;  // of the training set, for probes: the first of an order drawn for it
  Index dense_hessian = 1500;  // >= 0: parameters up to which probes form Hessians
  std::uint64_t seed = 0;
};

// Quantities of one run at one moment, numbers or one number a layer, in a fixed order:
//
//   train_loss, train_accuracy, test_loss, test_accuracy   (accuracies where targets are labels)
//   objective      mean of F or lambda L over the batches since the last record, before each update
//   gradient_norm  root mean square of the norm of those batches' gradients (sample means)
//   converged      share of samples whose inference met its tolerance since the last record
//   learning_rate  of the next update
//   seconds        spent on updates so far
//
// and those of training/probes.hpp where probes were asked for.
struct TrainingRecord {
  std::string algorithm;
  Index update = 0;  // how many were done
  double epoch = 0;
  std::vector<std::pair<std::string, Vector>> values;
};

// All that a run is made of at one moment. Numbers of single precision are exact in it.
struct RunState {
  std::string algorithm;
  Vector theta, first, second;  // the last two of the optimiser, as in OptimiserState
  Index optimiser_steps = 0;
  double objective_sum = 0, objective_samples = 0;  // since the last record
  double gradient_sum = 0;                          // of squares
  double converged_sum = 0;
  double seconds = 0;
  double best_loss = 0;  // of records at the ends of epochs; patience
  Index epochs_without = 0;
  Index updates = 0;  // done; fewer than the trainer's where the run has ended
  bool ended = false;
  bool closed = false;  // ended, and its last record is made
  Summary summary;      // not ok: why it ended early
};

struct TrainingState {
  Index update = 0;
  std::vector<RunState> runs;
};

// Not for several threads at once.
class TwinTraining {
 public:
  virtual ~TwinTraining() = default;

  // The quantities that records may hold, in order, each with the number of its layers; 0: one
  // number of the whole network.
  [[nodiscard]] virtual std::vector<std::pair<std::string, Index>> columns(
      const ProbeSelection& probes) const = 0;
  [[nodiscard]] virtual Index updates_per_epoch() const = 0;
  [[nodiscard]] virtual Index update() const = 0;  // done so far
  // The next mini-batch for every run that has not ended; false: there is nothing left to do. A run
  // in which a number is not finite ends with its last finite weights; its summary names the update
  // and the layer.
  virtual bool advance() = 0;
  // A record, measured now, of each run that goes on or has ended since the last record, and whose
  // losses are finite. Ends runs that have met the target or lost patience.
  [[nodiscard]] virtual std::vector<TrainingRecord> record(const ProbeSelection& probes) = 0;
  [[nodiscard]] virtual TrainingState save() const = 0;
  // Throws std::invalid_argument unless the state is one of these runs.
  virtual void restore(const TrainingState& state) = 0;
  // Seconds of a mini-batch of a run: the median since this object was made, the first one left out;
  // 0 before the second.
  [[nodiscard]] virtual double seconds_per_update(std::size_t run) const = 0;
};

// Training in the precision T from `theta`, on `train`, with scores on `test`. Throws
// std::invalid_argument where data, network and options do not fit together, naming which.
template <class T>
[[nodiscard]] std::unique_ptr<TwinTraining> make_twin_training(const NetworkEnergy<T>& energy,
                                                               const TwinOptions& options,
                                                               const Vector& theta,
                                                               const Dataset& train,
                                                               const Dataset& test);

// W_1 .. W_L in theta, without the biases.
[[nodiscard]] std::vector<EntryRange> weight_ranges(const Architecture& architecture);

}  // namespace saddlescope
