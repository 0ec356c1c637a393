"""Reads the files of `saddlescope spectrum` with h5py and recomputes the loss with NumPy.

    read_with_h5py.py FOLDER

The only code of this project that shares nothing with the library: if the layout of the files, the
orientation of a matrix or the meaning of a scale changed, this fails.
"""

import sys
from pathlib import Path

import h5py
import numpy as np


def main(folder: Path) -> None:
    with h5py.File(folder / "data.h5") as data:
        x, y = data["x"][...].T, data["y"][...].T  # a sample per row in the file
    prediction = x
    parameters = 0
    with h5py.File(folder / "network.h5") as network:
        for index in range(1, len(network["layers"]) + 1):
            layer = network[f"layers/{index}"]
            weight = layer["weight"][...]
            parameters += weight.size
            skip = prediction if layer.attrs.get("skip", 0) else 0
            prediction = layer.attrs.get("scale", 1.0) * weight @ prediction + skip
    loss = 0.5 * np.mean(np.sum((y - prediction) ** 2, axis=0))
    with h5py.File(folder / "spectrum.h5") as spectrum:
        for objective in ("mse", "energy"):
            group = spectrum[objective]
            values = group["eigenvalues"][...]
            assert values.shape == (parameters,), (objective, values.shape, parameters)
            assert np.all(np.diff(values) >= 0), f"{objective}: eigenvalues not ascending"
            counts = [group.attrs[name] for name in ("n_negative", "n_zero", "n_positive")]
            assert sum(counts) == parameters, (objective, counts)
        stored = spectrum["mse"].attrs["value"]
    # Both are sums of the same few terms in another order.
    assert abs(stored - loss) <= 1e-12 * loss, (stored, loss)
    print(f"loss {loss:.15g} recomputed from {parameters} weights and {x.shape[1]} samples")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
