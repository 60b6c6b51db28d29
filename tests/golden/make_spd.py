#!/usr/bin/env python3
"""Generates spd.json with pyRiemann's results for SPD matrices, for tests/golden.rs.

    pip install pyriemann==0.12 && python make_spd.py
"""

import json
import pathlib

import numpy as np
import pyriemann
from pyriemann.geometry.base import expm, invsqrtm, logm, sqrtm
from pyriemann.geometry.distance import distance_riemann
from pyriemann.geometry.mean import mean_logeuclid, mean_riemann
from pyriemann.tangentspace import tangent_space

ORDERS = (2, 5, 9)


def main():
    random = np.random.default_rng(20260102)
    cases = []
    for order in ORDERS:
        factors = random.standard_normal((6, order, 2 * order))
        matrices = factors @ factors.transpose(0, 2, 1) / order
        first = matrices[0]
        mean = mean_riemann(matrices, tol=1e-13, maxiter=200)
        cases.append({
            "order": order,
            "matrices": matrices.reshape(6, -1).tolist(),
            "sqrt": sqrtm(first).ravel().tolist(),
            "inverse_sqrt": invsqrtm(first).ravel().tolist(),
            "log": logm(first).ravel().tolist(),
            "exp_of_log": expm(logm(first)).ravel().tolist(),
            "log_euclidean_mean": mean_logeuclid(matrices).ravel().tolist(),
            "affine_invariant_mean": mean.ravel().tolist(),
            "distance": float(distance_riemann(matrices[0], matrices[1])),
            # Upper triangle of log(R^-1/2 C R^-1/2), off-diagonal times root two, at the log-Euclidean mean.
            "tangent_length": float(np.linalg.norm(tangent_space(matrices, mean_logeuclid(matrices))[2])),
        })
    out = {"made_by": f"pyRiemann {pyriemann.__version__}, NumPy {np.__version__}", "cases": cases}
    path = pathlib.Path(__file__).with_name("spd.json")
    path.write_text(json.dumps(out, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
