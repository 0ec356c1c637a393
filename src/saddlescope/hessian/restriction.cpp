#include "saddlescope/hessian/restriction.hpp"

#include <algorithm>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

// What holds for the whole point bounds every part of it.
template <class T>
class RestrictedPoint : public Point<T> {
 public:
  explicit RestrictedPoint(std::unique_ptr<const Point<T>> point) : point_(std::move(point)) {}

  [[nodiscard]] T value() const final { return point_->value(); }
  [[nodiscard]] double hessian_magnitude() const final { return point_->hessian_magnitude(); }
  [[nodiscard]] double hessian_error_bound() const final { return point_->hessian_error_bound(); }
  [[nodiscard]] double gradient_error_bound() const final { return point_->gradient_error_bound(); }
  [[nodiscard]] double gradient_magnitude() const final { return point_->gradient_magnitude(); }

 protected:
  [[nodiscard]] const Point<T>& whole() const { return *point_; }

 private:
  std::unique_ptr<const Point<T>> point_;
};

// The weights of some layers: a sparse 0/1 basis, so blocks of theta are copied instead of
// multiplied.
template <class T>
class LayerPoint final : public RestrictedPoint<T> {
 public:
  LayerPoint(std::unique_ptr<const Point<T>> point, Architecture net, std::vector<Index> layers)
      : RestrictedPoint<T>(std::move(point)), net_(std::move(net)), layers_(std::move(layers)) {
    for (const Index l : layers_) dim_ += net_.rows(l) * net_.cols(l);
  }

  [[nodiscard]] Index dim() const override { return dim_; }
  [[nodiscard]] VectorOf<T> gradient() const override { return pick(this->whole().gradient()); }
  void hessian_times(ConstMatrixRefOf<T> V, MatrixRefOf<T> HV) const override {
    MatrixOf<T> full = MatrixOf<T>::Zero(net_.n_parameters(), V.cols());
    Index row = 0;
    for (const Index l : layers_) {
      const Index n = net_.rows(l) * net_.cols(l);
      full.middleRows(net_.offset(l), n) = V.middleRows(row, n);
      row += n;
    }
    MatrixOf<T> image(full.rows(), full.cols());
    this->whole().hessian_times(full, image);
    HV = pick(image);
  }
  [[nodiscard]] MatrixOf<T> hessian() const override {
    return this->whole().layer_hessian(layers_);
  }
  [[nodiscard]] MatrixOf<T> layer_hessian(const std::vector<Index>& layers) const override {
    for (const Index l : layers)
      require(std::ranges::find(layers_, l) != layers_.end(),
              "layers: layer {} is not among those the point is restricted to", l + 1);
    return this->whole().layer_hessian(layers);
  }

 private:
  [[nodiscard]] MatrixOf<T> pick(const MatrixOf<T>& full) const {
    MatrixOf<T> out(dim_, full.cols());
    Index row = 0;
    for (const Index l : layers_) {
      const Index n = net_.rows(l) * net_.cols(l);
      out.middleRows(row, n) = full.middleRows(net_.offset(l), n);
      row += n;
    }
    return out;
  }

  Architecture net_;
  std::vector<Index> layers_;
  Index dim_ = 0;
};

template <class T>
class SubspacePoint final : public RestrictedPoint<T> {
 public:
  SubspacePoint(std::unique_ptr<const Point<T>> point, MatrixOf<T> basis)
      : RestrictedPoint<T>(std::move(point)), basis_(std::move(basis)) {}

  [[nodiscard]] Index dim() const override { return basis_.cols(); }
  [[nodiscard]] VectorOf<T> gradient() const override {
    return product<T>(basis_, Op::kTranspose, this->whole().gradient(), Op::kNone);
  }
  void hessian_times(ConstMatrixRefOf<T> V, MatrixRefOf<T> HV) const override {
    const MatrixOf<T> full = product<T>(basis_, Op::kNone, V, Op::kNone);
    MatrixOf<T> image(full.rows(), full.cols());
    this->whole().hessian_times(full, image);
    gemm<T>(T(1), basis_, Op::kTranspose, image, Op::kNone, T(0), HV);
  }
  [[nodiscard]] MatrixOf<T> hessian() const override {
    MatrixOf<T> H(dim(), dim());
    hessian_times(MatrixOf<T>::Identity(dim(), dim()), H);
    return T(0.5) * (H + H.transpose());
  }
  [[nodiscard]] MatrixOf<T> layer_hessian(const std::vector<Index>& /*layers*/) const override {
    require(false, "layer Hessian: a point restricted to a subspace has no layers");
    return {};
  }

 private:
  MatrixOf<T> basis_;
};

}  // namespace

template <class T>
std::unique_ptr<const Point<T>> restrict_to_layers(std::unique_ptr<const Point<T>> point,
                                                   const Architecture& architecture,
                                                   const std::vector<Index>& layers) {
  require(point != nullptr && point->dim() == architecture.n_parameters(),
          "layers: the point and the architecture differ in the number of parameters");
  Index previous = -1;
  for (const Index l : layers) {
    require(l > previous && l < architecture.depth(),
            "layers: expected distinct layers of 1 .. {} in ascending order, got {}",
            architecture.depth(), l + 1);
    previous = l;
  }
  require(!layers.empty(), "layers: expected at least one");
  return std::make_unique<LayerPoint<T>>(std::move(point), architecture, layers);
}

template <class T>
std::unique_ptr<const Point<T>> restrict_to_subspace(std::unique_ptr<const Point<T>> point,
                                                     MatrixOf<T> basis) {
  require(point != nullptr && point->dim() == basis.rows(),
          "subspace basis: expected as many rows as parameters, got {}", basis.rows());
  const MatrixOf<T> gram = product<T>(basis, Op::kTranspose, basis, Op::kNone);
  const double off =
      static_cast<double>((gram - MatrixOf<T>::Identity(gram.rows(), gram.cols())).norm());
  const double bound =
      static_cast<double>(basis.rows()) * static_cast<double>(Eigen::NumTraits<T>::epsilon());
  require(off <= 10 * bound + bound * static_cast<double>(basis.cols()),
          "subspace basis: expected orthonormal columns, |B'B - I| = {:.3g}", off);
  return std::make_unique<SubspacePoint<T>>(std::move(point), std::move(basis));
}

template std::unique_ptr<const Point<double>> restrict_to_layers(
    std::unique_ptr<const Point<double>>, const Architecture&, const std::vector<Index>&);
template std::unique_ptr<const Point<Quad>> restrict_to_layers(std::unique_ptr<const Point<Quad>>,
                                                               const Architecture&,
                                                               const std::vector<Index>&);
template std::unique_ptr<const Point<double>> restrict_to_subspace(
    std::unique_ptr<const Point<double>>, MatrixOf<double>);
template std::unique_ptr<const Point<Quad>> restrict_to_subspace(std::unique_ptr<const Point<Quad>>,
                                                                 MatrixOf<Quad>);

}  // namespace saddlescope
