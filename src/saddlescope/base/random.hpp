// Seeded random streams whose numbers do not depend on the standard library or on threads.
//
// A stream is a 64-bit Mersenne twister (Boost.Random) seeded from (seed, purpose): streams with
// different purposes are independent, so drawing more data never changes the weights.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <boost/random/mersenne_twister.hpp>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view purpose);

  double uniform(double low, double high);       // on [low, high), or low where they are equal
  double normal();                               // N(0, 1)
  Index index(Index n);                          // on 0 .. n-1; requires n >= 1
  Matrix normal_matrix(Index rows, Index cols);  // iid N(0, 1), filled column by column
  // Haar-distributed: orthonormal columns when rows >= cols, orthonormal rows otherwise.
  Matrix orthogonal_matrix(Index rows, Index cols);
  // A seeded draw of k distinct indices of 0 .. n-1 in random order; requires k <= n.
  std::vector<Index> sample(Index n, Index k);

 private:
  boost::random::mt19937_64 engine_;
};

}  // namespace saddlescope
