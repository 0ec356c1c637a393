// A block of samples of a mini-batch under inference: their activities, the network's pass there,
// energies and gradient. Internal to inference/; one thread works on a block.
#pragma once

#include <vector>

#include "saddlescope/energy/network_energy.hpp"
#include "saddlescope/inference/gradient_size.hpp"

namespace saddlescope {

template <class T>
class BatchBlock {
 public:
  // Keeps a reference to the energy.
  explicit BatchBlock(const NetworkEnergy<T>& energy) : energy_(energy) {}

  // The forward pass of n samples (columns); all of them move. theta must outlive what follows.
  void start(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y);
  // The same activities at other weights; all samples move again.
  void set_theta(const VectorOf<T>& theta);

  [[nodiscard]] const NetworkEnergy<T>& energy() const { return energy_; }
  [[nodiscard]] const VectorOf<T>& theta() const { return *theta_; }
  [[nodiscard]] Index size() const { return z_.cols(); }
  [[nodiscard]] bool moves(Index j) const { return moves_[static_cast<std::size_t>(j)]; }
  void stop(Index j) { moves_[static_cast<std::size_t>(j)] = false; }
  [[nodiscard]] bool any_moves() const;

  // dim x n. Who changes them evaluates afterwards.
  [[nodiscard]] MatrixOf<T>& z() { return z_; }
  void evaluate();
  // At the activities with the errors e (NetworkEnergy::move_to_errors).
  void evaluate_errors(const MatrixOf<T>& e);
  // After errors and deltas of the pass were written by hand.
  void errors_changed();

  [[nodiscard]] NetworkPass<T>& pass() { return pass_; }
  [[nodiscard]] const NetworkPass<T>& pass() const { return pass_; }
  [[nodiscard]] const MatrixOf<T>& gradient();  // F_z, dim x n; made once for each evaluation
  [[nodiscard]] const MatrixOf<T>& layer_energies() const { return layer_energies_; }  // L x n
  [[nodiscard]] double energy(Index j) const { return energies_[j]; }
  // What rounding can hide of a change of that energy: (dim + 8) eps (F + |z|^2), the terms of the
  // errors e = z - f whose squares it sums being of the size of z.
  [[nodiscard]] double energy_rounding(Index j) const;
  // p' H p of each sample, H the Gauss-Newton matrix of F_zz (hessian/network_curvature.hpp) at the
  // last evaluation, p the columns of `direction`. One tangent pass.
  [[nodiscard]] Vector curvature_along(const MatrixOf<T>& direction);

 private:
  void sum_energies();

  const NetworkEnergy<T>& energy_;
  const VectorOf<T>* theta_ = nullptr;
  MatrixOf<T> z_;
  NetworkPass<T> pass_;
  MatrixOf<T> gradient_;
  bool gradient_is_fresh_ = false;
  MatrixOf<T> layer_energies_;
  Vector energies_;
  std::vector<bool> moves_;
  MatrixOf<T> tangent_in_, tangent_;  // of curvature_along
};

}  // namespace saddlescope
