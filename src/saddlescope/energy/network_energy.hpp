// The predictive-coding energy of a network, nonlinear or not, in activities and parameters.
//
//   F(z, theta) = < sum_{l<L} pi_l/2 |e_l|^2 + E_L + alpha/2 sum_{free l} |z_l|^2 >,
//   e_l = z_l - f_l(z_{l-1})
//
// with the layer maps f_l of energy/network_layer.hpp, E_L the output's energy in f_L
// (energy/output_loss.hpp) and < . > the mean over samples. With the weighted errors
// eps_l = pi_l e_l (l < L), eps_L = -dE_L/df_L:
//
//   N dF/dz_l = eps_l - (df_{l+1}/dz_l)' eps_{l+1} + alpha z_l      per sample
//   dF/dW_l = -a_l <delta_l h_{l-1}'>,   dF/db_l = -<delta_l>
//
// Which activities are free is the clamping:
//
//   supervised    z_0 = x, z_L = y clamped, z_1 .. z_{L-1} free
//   generative    z_0 free as well when causes are inferred (labels from images), x is then ignored
//   unsupervised  z_L (or z_0) free; a free z_L needs the mean squared error
//
// The free activities of N samples are one dim x N matrix z, stacked in layer order. Samples do not
// interact; a sample's energy and activity gradient do not depend on the others (but for the last
// bits of matrix products).
#pragma once

#include <vector>

#include "saddlescope/energy/network_layer.hpp"
#include "saddlescope/energy/output_loss.hpp"

namespace saddlescope {

struct Clamping {
  bool input = true;   // z_0 = x
  bool output = true;  // z_L = y
  // kObserved: outputs whose entry of y is NaN are free (mse only). Expects `output`.
  Targets targets = Targets::kAll;
  friend bool operator==(const Clamping&, const Clamping&) = default;
};

// Everything of one batch at one (theta, z), layer l at index l - 1; z has the L + 1 entries
// z_0 .. z_L, z_L = y where clamped. Buffers keep their memory from batch to batch. What a solver
// knows better than the formulas (the multiplier at a kink) it may write over delta.
template <class T>
struct NetworkPass {
  std::vector<MatrixOf<T>> z;
  std::vector<LayerValues<T>> layers;
  std::vector<MatrixOf<T>> error;  // eps_l, n_l x N
  std::vector<MatrixOf<T>> delta;  // n_l x N
};

// Read-only after construction; safe to share between threads, each with its own pass.
template <class T>
class NetworkEnergy {
 public:
  // Throws std::invalid_argument for an activity decay that is not finite and >= 0, for a free
  // output or missing targets under cross-entropy, for missing targets of a free output, and where nothing at all is free (L = 1, both clamped) only when
  // activities are asked for: then dim() is 0.
  explicit NetworkEnergy(Architecture architecture, double activity_decay = 0,
                         Clamping clamping = {});

  [[nodiscard]] const Architecture& architecture() const { return architecture_; }
  [[nodiscard]] const Clamping& clamping() const { return clamping_; }
  [[nodiscard]] double activity_decay() const { return activity_decay_; }
  [[nodiscard]] Index dim() const { return offsets_.back(); }
  [[nodiscard]] Index first_free() const { return clamping_.input ? 1 : 0; }
  [[nodiscard]] Index last_free() const {
    return architecture_.depth() - (clamping_.output ? 1 : 0);
  }
  // Of z_l, l = first_free() .. last_free(), in the stacked activities.
  [[nodiscard]] Index offset(Index l) const { return offsets_[at(l - first_free())]; }

  // z_l = f_l(z_{l-1}) from z_0 = x (also where z_0 is free): the start of inference, dim x N.
  [[nodiscard]] MatrixOf<T> forward(const VectorOf<T>& theta, ConstMatrixRefOf<T> x) const;
  // The feed-forward prediction of the output, d_y x N (logits under cross-entropy).
  [[nodiscard]] MatrixOf<T> predict(const VectorOf<T>& theta, ConstMatrixRefOf<T> x) const;

  // x is d_x x N, y is d_y x N, z is dim x N; an x or y that is free may have no columns.
  void evaluate(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y,
                ConstMatrixRefOf<T> z, NetworkPass<T>& pass) const;
  // At the forward pass: z_l = f_l(z_{l-1}) from z_0 = x, so that the hidden errors are exactly 0.
  void evaluate_forward(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y,
                        NetworkPass<T>& pass) const;
  // The same batch at another z. kKeep: theta has not changed since `pass` was evaluated, and the
  // prediction of layer 1 from a clamped input stands.
  enum class LayerOne { kKeep, kPredict };
  void move_to(const VectorOf<T>& theta, ConstMatrixRefOf<T> z, NetworkPass<T>& pass,
               LayerOne layer_one = LayerOne::kKeep) const;
  // The same at the activities whose errors are e (dim x N): z_l = f_l(z_{l-1}) + e_l from below,
  // and z_0 = e_0 where it is free. theta has not changed.
  void move_to_errors(const VectorOf<T>& theta, const MatrixOf<T>& e, NetworkPass<T>& pass) const;
  // eps_l and delta_l of the layer with this index from its prediction and z_l.
  void set_error(Index layer, NetworkPass<T>& pass) const;

  // F_1 .. F_L of each sample, in layer order (L x N), without decay.
  [[nodiscard]] MatrixOf<T> layer_energies(const NetworkPass<T>& pass) const;
  // alpha/2 |z|^2 of each sample, N.
  [[nodiscard]] VectorOf<T> decay_energies(const NetworkPass<T>& pass) const;
  [[nodiscard]] VectorOf<T> energies(const NetworkPass<T>& pass) const;  // their sum, N
  // Of the energy of each sample: column i is N dF/dz of sample i. dim x N.
  [[nodiscard]] MatrixOf<T> activity_gradient(const VectorOf<T>& theta,
                                              const NetworkPass<T>& pass) const;
  [[nodiscard]] VectorOf<T> parameter_gradient(const NetworkPass<T>& pass) const;  // p, the mean
  // The same in place: F and g keep their memory where their size is right. The parameter gradient
  // is made in parallel, in tasks that do not depend on the number of threads.
  void layer_energies(const NetworkPass<T>& pass, MatrixOf<T>& F) const;
  void activity_gradient(const VectorOf<T>& theta, const NetworkPass<T>& pass,
                         MatrixOf<T>& g) const;
  void parameter_gradient(const NetworkPass<T>& pass, VectorOf<T>& g) const;

 private:
  // Sets the sizes of `pass` and what is clamped.
  void prepare(ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y, Index N, NetworkPass<T>& pass) const;
  // From pass.z_0 upwards; null: no errors.
  void follow_errors(const VectorOf<T>& theta, const MatrixOf<T>* e, LayerOne layer_one,
                     NetworkPass<T>& pass) const;
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }

  Architecture architecture_;
  double activity_decay_;
  Clamping clamping_;
  std::vector<Index> offsets_;
};

}  // namespace saddlescope
