"""Weights that are positive and sum to one: the least-squares problem of synthetic control."""

import numpy as np
from scipy import optimize

# Part of the columns' mean square that is always added as ridge. Among weights that fit equally
# well it picks the most even ones, so that the order of the columns never matters.
LEAST_RIDGE = 1e-12


def simplex_weights(columns: np.ndarray, target: np.ndarray, ridge: float = 0.0) -> np.ndarray:
    """Return the w that minimises |columns w - target|^2 + ridge |w|^2; w >= 0, sum w = 1.

    Since the weights sum to one the fit is |C w|^2 with C = columns - target: the point of a
    polytope nearest to zero. That point is u / sum u for the u >= 0 that minimises
    |C u|^2 + c^2 (sum u - 1)^2, whatever c: a problem of non-negative least squares, which an
    active-set method solves in finitely many steps, with nothing to tune and no stopping rule.

    Parameters
    ----------
    columns : shape (rows, columns), all finite.
    target : shape (rows,).
    ridge : penalty on the sum of squared weights.

    Source: Lawson & Hanson (1974), Solving Least Squares Problems, chapter 23; Wolfe (1976),
    Mathematical Programming 11.
    """
    distance = columns - target[:, None]
    n = distance.shape[1]
    scale = float(np.sqrt(np.mean(np.sum(distance**2, axis=0)))) or 1.0
    penalty = np.sqrt(max(ridge, LEAST_RIDGE * scale**2)) * np.eye(n)
    stacked = np.vstack([distance, penalty, np.full((1, n), scale)]) / scale
    u, _ = optimize.nnls(stacked, np.append(np.zeros(len(stacked) - 1), 1.0), maxiter=50 * n)
    return u / u.sum()
