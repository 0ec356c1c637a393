#include "saddlescope/network/activation.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>
#include <type_traits>
#include <utility>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/network/fast_tanh.hpp"

namespace saddlescope {
namespace {

constexpr std::array<std::pair<const char*, Activation>, 9> kNames{{
    {"identity", Activation::kIdentity},
    {"tanh", Activation::kTanh},
    {"hard-tanh", Activation::kHardTanh},
    {"relu", Activation::kRelu},
    {"leaky-relu", Activation::kLeakyRelu},
    {"gelu", Activation::kGelu},
    {"selu", Activation::kSelu},
    {"silu", Activation::kSilu},
    {"softplus", Activation::kSoftplus},
}};

constexpr double kLeak = 0.01;
constexpr double kSeluScale = 1.0507009873554804934193349852946;
constexpr double kSeluAlpha = 1.6732632423543772848170429916717;

// 1/(1 + e^{-u}). e^{-u} may overflow: the quotient is then 0, as it should be.
template <class T>
T logistic(T u) {
  return T(1) / (T(1) + std::exp(-u));
}

// Phi(u) and its density. erfc keeps the lower tail's relative accuracy.
template <class T>
T normal_distribution(T u) {
  return std::erfc(-u / std::numbers::sqrt2_v<T>) / T(2);
}
template <class T>
T normal_density(T u) {
  return std::exp(-u * u / T(2)) * std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;
}

struct Identity {
  template <class T>
  static T value(T u) {
    return u;
  }
  template <class T>
  static T slope(T /*u*/) {
    return T(1);
  }
  template <class T>
  static T curvature(T /*u*/) {
    return T(0);
  }
};

struct Tanh {
  template <class T>
  static T value(T u) {
    if constexpr (std::is_same_v<T, long double>) {
      return std::tanh(u);
    } else {
      return fast_tanh(u);
    }
  }
  template <class T>
  static T slope(T u) {
    const T t = value(u);
    return (T(1) - t) * (T(1) + t);
  }
  template <class T>
  static T curvature(T u) {
    return T(-2) * value(u) * slope(u);
  }
};

struct HardTanh {
  template <class T>
  static T value(T u) {
    return std::clamp(u, T(-1), T(1));
  }
  template <class T>
  static T slope(T u) {
    return u > T(-1) && u < T(1) ? T(1) : T(0);
  }
  template <class T>
  static T curvature(T /*u*/) {
    return T(0);
  }
};

struct Relu {
  template <class T>
  static T value(T u) {
    return std::max(u, T(0));
  }
  template <class T>
  static T slope(T u) {
    return u > T(0) ? T(1) : T(0);
  }
  template <class T>
  static T curvature(T /*u*/) {
    return T(0);
  }
};

struct LeakyRelu {
  template <class T>
  static T value(T u) {
    return slope(u) * u;
  }
  template <class T>
  static T slope(T u) {
    return u > T(0) ? T(1) : T(kLeak);
  }
  template <class T>
  static T curvature(T /*u*/) {
    return T(0);
  }
};

struct Gelu {
  // Where |u| > 40 the density is below the smallest subnormal; u * u need not be formed.
  template <class T>
  static bool in_tail(T u) {
    return std::abs(u) > T(40);
  }
  template <class T>
  static T value(T u) {
    return u * normal_distribution(u);
  }
  template <class T>
  static T slope(T u) {
    const T step = normal_distribution(u);
    return in_tail(u) ? step : step + u * normal_density(u);
  }
  template <class T>
  static T curvature(T u) {
    return in_tail(u) ? T(0) : normal_density(u) * (T(2) - u * u);
  }
};

struct Selu {
  template <class T>
  static T value(T u) {
    return u > T(0) ? T(kSeluScale) * u : T(kSeluScale * kSeluAlpha) * std::expm1(u);
  }
  template <class T>
  static T slope(T u) {
    return u > T(0) ? T(kSeluScale) : T(kSeluScale * kSeluAlpha) * std::exp(u);
  }
  template <class T>
  static T curvature(T u) {
    return u > T(0) ? T(0) : T(kSeluScale * kSeluAlpha) * std::exp(u);
  }
};

struct Silu {
  template <class T>
  static T value(T u) {
    return u * logistic(u);
  }
  template <class T>
  static T slope(T u) {
    return logistic(u) * (T(1) + u * logistic(-u));
  }
  template <class T>
  static T curvature(T u) {
    const T s = logistic(u);
    const T c = logistic(-u);
    return s * c * (T(2) + u * (c - s));
  }
};

struct Softplus {
  template <class T>
  static T value(T u) {
    return std::max(u, T(0)) + std::log1p(std::exp(-std::abs(u)));
  }
  template <class T>
  static T slope(T u) {
    return logistic(u);
  }
  template <class T>
  static T curvature(T u) {
    return logistic(u) * logistic(-u);
  }
};

// f(phi) for the functions of `activation`.
template <class F>
void with_functions(Activation activation, const F& f) {
  switch (activation) {
    case Activation::kIdentity:
      return f(Identity{});
    case Activation::kTanh:
      return f(Tanh{});
    case Activation::kHardTanh:
      return f(HardTanh{});
    case Activation::kRelu:
      return f(Relu{});
    case Activation::kLeakyRelu:
      return f(LeakyRelu{});
    case Activation::kGelu:
      return f(Gelu{});
    case Activation::kSelu:
      return f(Selu{});
    case Activation::kSilu:
      return f(Silu{});
    case Activation::kSoftplus:
      return f(Softplus{});
  }
}

// out = f(u), entry by entry, columns in plain loops that compilers can turn into vectors.
template <class T, class F>
void map_entries(ConstMatrixRefOf<T> u, MatrixRefOf<T> out, const F& f) {
  assert(u.rows() == out.rows() && u.cols() == out.cols());
  for (Index j = 0; j < u.cols(); ++j) {
    const T* const from = u.data() + j * u.outerStride();
    T* const to = out.data() + j * out.outerStride();
    for (Index i = 0; i < u.rows(); ++i) to[i] = f(from[i]);
  }
}

}  // namespace

template <class T>
void apply_activation(Activation activation, ConstMatrixRefOf<T> u, MatrixRefOf<T> out) {
  with_functions(activation,
                 [&](auto phi) { map_entries<T>(u, out, [phi](T v) { return phi.value(v); }); });
}

template <class T>
void activation_slope(Activation activation, ConstMatrixRefOf<T> u, MatrixRefOf<T> out) {
  with_functions(activation,
                 [&](auto phi) { map_entries<T>(u, out, [phi](T v) { return phi.slope(v); }); });
}

template <class T>
void activation_curvature(Activation activation, ConstMatrixRefOf<T> u, MatrixRefOf<T> out) {
  with_functions(activation, [&](auto phi) {
    map_entries<T>(u, out, [phi](T v) { return phi.curvature(v); });
  });
}

template <class T>
void activation_with_slope(Activation activation, ConstMatrixRefOf<T> u, MatrixRefOf<T> value,
                           MatrixRefOf<T> slope) {
  if (activation != Activation::kTanh) {
    apply_activation<T>(activation, u, value);
    activation_slope<T>(activation, u, slope);
    return;
  }
  apply_activation<T>(activation, u, value);
  map_entries<T>(value, slope, [](T t) { return (T(1) - t) * (T(1) + t); });
}

std::vector<Kink> kinks(Activation activation) {
  switch (activation) {
    case Activation::kHardTanh:
      return {{-1, 0, 1}, {1, 1, 0}};
    case Activation::kRelu:
      return {{0, 0, 1}};
    case Activation::kLeakyRelu:
      return {{0, kLeak, 1}};
    case Activation::kSelu:
      return {{0, kSeluScale * kSeluAlpha, kSeluScale}};
    default:
      return {};
  }
}

bool is_positively_homogeneous(Activation activation) {
  return activation == Activation::kIdentity || activation == Activation::kRelu ||
         activation == Activation::kLeakyRelu;
}

double value_at_zero(Activation activation) {
  double value = 0;
  with_functions(activation, [&](auto phi) { value = phi.value(0.0); });
  return value;
}

Activation parse_activation(const std::string& name) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const auto& entry) { return name == entry.first; });
  std::vector<std::string> names;
  names.reserve(kNames.size());
  for (const auto& entry : kNames) names.emplace_back(entry.first);
  require_known("activation", names, name);
  return found->second;
}

std::string name(Activation activation) {
  const auto* const found = std::find_if(
      kNames.begin(), kNames.end(), [&](const auto& entry) { return activation == entry.second; });
  return found->first;
}

template void apply_activation<double>(Activation, ConstMatrixRef, MatrixRef);
template void activation_slope<double>(Activation, ConstMatrixRef, MatrixRef);
template void activation_curvature<double>(Activation, ConstMatrixRef, MatrixRef);
template void apply_activation<float>(Activation, ConstMatrixRefOf<float>, MatrixRefOf<float>);
template void activation_slope<float>(Activation, ConstMatrixRefOf<float>, MatrixRefOf<float>);
template void activation_curvature<float>(Activation, ConstMatrixRefOf<float>, MatrixRefOf<float>);
template void apply_activation<long double>(Activation, ConstMatrixRefOf<long double>,
                                            MatrixRefOf<long double>);
template void activation_slope<long double>(Activation, ConstMatrixRefOf<long double>,
                                            MatrixRefOf<long double>);
template void activation_with_slope<long double>(Activation, ConstMatrixRefOf<long double>,
                                                 MatrixRefOf<long double>,
                                                 MatrixRefOf<long double>);
template void activation_with_slope<double>(Activation, ConstMatrixRef, MatrixRef, MatrixRef);
template void activation_with_slope<float>(Activation, ConstMatrixRefOf<float>, MatrixRefOf<float>,
                                           MatrixRefOf<float>);

}  // namespace saddlescope
