#!/usr/bin/env bash
# The front door.
#
#   ./run.sh demo       build, then compute and draw the landscape of the handwritten digits (demo/)
#   ./run.sh test       build, then run every test
#   ./run.sh install    only install the missing Debian packages
#   ./run.sh packages   only print the Debian packages, one a line
#
# The last two add with --checks the packages of .ci/run.
# Missing packages are installed with apt (through sudo when not root).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build="$root/build/release"
export LC_ALL=C

# What the program needs; README.md says why.
packages=(
  build-essential cmake ninja-build git
  libeigen3-dev libspectra-dev libboost-dev libopenblas-dev liblapacke-dev libhdf5-dev
  libfmt-dev nlohmann-json3-dev libcli11-dev libtomlplusplus-dev zlib1g-dev libcsv-dev
  libxxhash-dev libsqlite3-dev libkainjow-mustache-dev doctest-dev libbenchmark-dev gnuplot-nox
)
# What .ci/run needs besides.
check_packages=(clang-14 clang-tidy-14 clang-format-14 python3-h5py libopenmpi-dev openmpi-bin
  chromium chromium-driver python3-selenium)

usage() {
  sed -n '2,/^$/{s/^# \{0,1\}//;/^set /d;p}' "${BASH_SOURCE[0]}"
}

missing_of() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      printf '%s\n' "$package"
  done
}

install_packages() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    local tool
    for tool in cmake ninja git c++ gnuplot; do
      command -v "$tool" >/dev/null && continue
      echo "run.sh: this system has no apt, and '$tool' is missing." >&2
      echo "Please install what these Debian packages hold, then run again:" >&2
      echo "  $*" >&2
      exit 2
    done
    return  # cmake names whatever else is missing
  fi
  local missing
  mapfile -t missing < <(missing_of "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "run.sh: neither root nor sudo. Please install: ${missing[*]}" >&2
      exit 2
    fi
    as_root=(sudo)
  fi
  echo "== installing ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install \
    --no-install-recommends "${missing[@]}" </dev/null
}

build_release() {  # target
  install_packages "${packages[@]}"
  echo "== building (release)"
  mkdir -p "$build"
  if ! (cd "$root" && cmake --preset release) >"$build/configure.log" 2>&1; then
    cat "$build/configure.log" >&2
    exit 1
  fi
  cmake --build "$build" --parallel "$(nproc)" --target "$1"
}

step() {  # title, arguments of saddlescope
  printf '\n== %s\n   saddlescope %s\n\n' "$1" "${*:2}"
  "$build/bin/saddlescope" "${@:2}"
}

demo() {
  build_release saddlescope_app
  rm -rf "$root/demo"
  cd "$root"
  local start=$SECONDS
  step "The origin of a three-layer network on all 1,797 digits: flat to the loss, strict to the energy" \
    spectrum --data digits --hidden 10,10 --point origin --out demo/digits-origin
  step "The same network at its random initialisation" \
    spectrum --data digits --hidden 10,10 --point init --seed 1 --out demo/digits-init
  step "A zero-rank saddle of a four-layer network: the energy sees the way out" \
    spectrum --data digits --hidden 10,10,10 --point zero-rank --seed 1 --out demo/digits-zero-rank
  step "The published toy problem at the origin, with both Hessians drawn" \
    spectrum --data toy --hidden 5,5 --point origin --out demo/toy-origin
  step "What kind of point the origin is, with a certificate of its negative curvature" \
    saddle classify --data digits --hidden 10,10 --point origin --out demo/digits-verdict
  step "The certificate, replayed from its file" \
    saddle check demo/digits-verdict/certificate_energy.h5
  step "How long gradient flow takes to leave the origin, under loss and energy" \
    saddle escape --data digits --hidden 10,10 --out demo/digits-escape
  step "An atlas of two thousand critical points" \
    saddle atlas --problems 5 --out demo/atlas
  step "Both landscapes on the plane of their training paths" \
    slice --data digits --hidden 10 --point init --directions pca --trajectory 60 \
    --learning-rate 0.02 --resolution 31 --out demo/slice
  step "How well conditioned inference is, over width and depth, with the prediction over it" \
    inference phase --quick --out demo/phase
  step "The spectrum of an activity Hessian and what random-matrix theory says of it" \
    inference spectrum --hidden 300,200,100 --output 50 --out demo/inference-spectrum
  step "Where predictive coding becomes backpropagation as networks grow" \
    inference limits --part init --widths 4,16,64,256 --hidden-layers 1,3,7 --out demo/limits
  step "A ReLU network trained by predictive coding and by backpropagation, as twins" \
    train --data digits --hidden 64,64 --activation relu --bias --learning-rate 0.003 --epochs 10 \
    --probe-every 23 --out demo/train
  step "How the condition number of inference grows with depth: a sweep and its table" \
    sweep data/kappa.toml --out demo/sweep
  step "Three published experiments, ours beside the published headline" \
    reproduce saddles-fig3 limits-fig1 dmft-1 --quick --out demo/published
  step "The theory behind these pictures, measured" \
    verify --quick --out demo/claims
  step "All of it on one page" \
    report demo
  printf '\n== done: %d s of computing. Figures and tables:\n' $((SECONDS - start))
  find demo -type f \( -name '*.png' -o -name '*.svg' -o -name '*.pdf' -o -name '*.csv' \
    -o -name '*.h5' -o -name '*.json' -o -name '*.html' -o -name '*.md' \) | sort | sed 's/^/  /'
}

run_tests() {
  build_release all
  ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel 2
}

if [ "${2-}" = --checks ]; then
  packages+=("${check_packages[@]}")
fi
case "${1-}" in
  demo) demo ;;
  test) run_tests ;;
  install) install_packages "${packages[@]}" ;;
  packages) printf '%s\n' "${packages[@]}" ;;
  *) usage >&2; exit 2 ;;
esac
