// The quad type: 113 significant bits (eps = 2^-112, about 1.9e-34), from Boost.Multiprecision,
// with the traits Eigen needs.
//
// Used to re-check numbers computed in double, never in inner loops: an operation costs about a
// hundred of double's.
#pragma once

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/eigen.hpp>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

using Quad = boost::multiprecision::cpp_bin_float_quad;

}  // namespace saddlescope
