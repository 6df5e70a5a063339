import numpy as np
import pytest
from scipy import special
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessRegressor

import riskcast.features.convolutional_kernel as module
from riskcast.features import NTK, ConvolutionalNTK
from riskcast.path import risk_path

SHAPE = (4, 5, 2)
IMAGES = np.random.default_rng(0).standard_normal((3, 40))
READOUTS = ["flatten", "global_average"]


def relu_duals(k, q, r):
    """Cho and Saul (2009), entry by entry."""
    if q * r == 0:
        return 0.0, 0.25
    c = np.clip(k / np.sqrt(q * r), -1, 1)
    theta = np.arccos(c)
    value = np.sqrt(q * r) * (np.sin(theta) + (np.pi - theta) * c) / (2 * np.pi)
    return value, (np.pi - theta) / (2 * np.pi)


def erf_duals(k, q, r):
    """Williams (1997), entry by entry."""
    D = (1 + 2 * q) * (1 + 2 * r)
    return 2 / np.pi * np.arcsin(2 * k / np.sqrt(D)), 4 / np.pi / np.sqrt(D - 4 * k * k)


def looped_kernel(x, y, duals, depth, filter_size, wv, bv, readout):
    """The convolutional NTK of two images by loops over pairs of pixels, from its definition."""
    H, W, C = x.shape
    pixels = [(i, j) for i in range(H) for j in range(W)]
    reach = range(-(filter_size // 2), filter_size // 2 + 1)

    def conv(A):
        out = {}
        for p in pixels:
            for s in pixels:
                total = 0.0
                for a in reach:
                    for b in reach:
                        total += A.get(((p[0] + a, p[1] + b), (s[0] + a, s[1] + b)), 0.0)
                out[p, s] = wv / filter_size**2 * total
        return out

    def products(u, v):
        return {(p, s): u[p] @ v[s] / C for p in pixels for s in pixels}

    def add(A, constant):
        return {key: value + constant for key, value in A.items()}

    Ks = [add(conv(products(u, v)), bv) for u, v in ((x, y), (x, x), (y, y))]
    T = Ks[0]
    for layer in range(depth):
        K, Kx, Ky = Ks
        dual = {(p, s): duals(K[p, s], Kx[p, p], Ky[s, s]) for p, s in K}
        V = {key: value[0] for key, value in dual.items()}
        VT = {key: value[1] * T[key] for key, value in dual.items()}
        if layer == depth - 1:
            seen = [(p, p) for p in pixels] if readout == "flatten" else list(V)
            return wv * np.mean([V[key] + VT[key] for key in seen]) + bv
        Vx = {(p, s): duals(Kx[p, s], Kx[p, p], Kx[s, s])[0] for p, s in K}
        Vy = {(p, s): duals(Ky[p, s], Ky[p, p], Ky[s, s])[0] for p, s in K}
        Ks = [add(conv(A), bv) for A in (V, Vx, Vy)]
        through = conv(VT)
        T = {key: Ks[0][key] + through[key] for key in through}
    raise AssertionError


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize(("activation", "duals"), [("relu", relu_duals), ("erf", erf_duals)])
@pytest.mark.parametrize(("depth", "filter_size", "bv"), [(1, 3, 0.0), (2, 3, 0.3), (2, 5, 0.0)])
def test_kernel_equals_loops_over_pixels(readout, activation, duals, depth, filter_size, bv):
    kernel = ConvolutionalNTK(
        SHAPE,
        depth,
        activation=activation,
        filter_size=filter_size,
        readout=readout,
        weight_variance=1.7,
        bias_variance=bv,
    )
    K = kernel(IMAGES)
    for i in range(2):
        for j in range(2):
            pair = [IMAGES[k].reshape(SHAPE) for k in (i, j)]
            expected = looped_kernel(*pair, duals, depth, filter_size, 1.7, bv, readout)
            # The loops take arccosines of rounded correlations: half the digits are lost.
            assert K[i, j] == pytest.approx(expected, rel=1e-11 if i != j else 3e-8)
    np.testing.assert_allclose(kernel(IMAGES[:2], IMAGES), K[:2], rtol=1e-13)


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("activation", ["relu", "erf", "gelu"])
def test_a_single_pixel_is_the_fully_connected_kernel(readout, activation):
    given = {"activation": activation, "depth": 3, "bias_variance": 0.2}
    data = np.random.default_rng(1).standard_normal((6, 7))
    kernel = ConvolutionalNTK((1, 1, 7), readout=readout, filter_size=1, **given)
    np.testing.assert_allclose(kernel(data), NTK(**given)(data), rtol=1e-11)
    np.testing.assert_allclose(kernel.diag(data), NTK(**given).diag(data), rtol=1e-12)


def patches(h, size):
    """Map (C, H, W) to (C·size², H·W), with zero padding."""
    C, H, W = h.shape
    r = size // 2
    padded = np.pad(h, ((0, 0), (r, r), (r, r)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2))
    return views.transpose(0, 3, 4, 1, 2).reshape(C * size * size, H * W)


def unpatch(G, shape, size):
    """The transpose of `patches`."""
    C, H, W = shape
    r = size // 2
    out = np.zeros((C, H + 2 * r, W + 2 * r))
    G = G.reshape(C, size, size, H, W)
    for a in range(size):
        for b in range(size):
            out[:, a : a + H, b : b + W] += G[:, a, b]
    return out[:, r : r + H, r : r + W]


def empirical_gradient(image, weights, phi, dphi, wv, bv, readout, size):
    """Gradient with respect to all parameters of a random two-layer convolutional network."""
    W1, b1, W2, b2, v = weights
    x = image.reshape(SHAPE).transpose(2, 0, 1)
    H, W = SHAPE[:2]
    N, P = len(W1), H * W
    x1 = np.sqrt(wv / (size**2 * x.shape[0])) * patches(x, size)
    z1 = W1 @ x1 + np.sqrt(bv) * b1[:, None]
    x2 = np.sqrt(wv / (size**2 * N)) * patches(phi(z1).reshape(N, H, W), size)
    z2 = W2 @ x2 + np.sqrt(bv) * b2[:, None]
    h2 = phi(z2)
    if readout == "flatten":
        by_readout = np.sqrt(wv / (P * N)) * h2
        back = np.sqrt(wv / (P * N)) * v * dphi(z2)
    else:
        by_readout = np.sqrt(wv / N) * h2.mean(axis=1)
        back = np.sqrt(wv / N) / P * v[:, :1] * dphi(z2)
    by_hidden = np.sqrt(wv / (size**2 * N)) * (W2.T @ back)
    back1 = unpatch(by_hidden, (N, H, W), size).reshape(N, P) * dphi(z1)
    parts = [by_readout, back @ x2.T, np.sqrt(bv) * back.sum(axis=1), back1 @ x1.T]
    parts += [np.sqrt(bv) * back1.sum(axis=1), np.array([np.sqrt(bv)])]
    return np.concatenate([part.ravel() for part in parts])


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize(
    ("activation", "phi", "dphi"),
    [
        ("relu", lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
        ("erf", special.erf, lambda z: 2 / np.sqrt(np.pi) * np.exp(-z * z)),
    ],
)
def test_kernel_equals_random_convolutional_networks(readout, activation, phi, dphi):
    wv, bv, width, networks = 1.7, 0.2, 200, 40
    rng, found = np.random.default_rng(5), []
    for _ in range(networks):
        weights = (
            rng.standard_normal((width, 18)),
            rng.standard_normal(width),
            rng.standard_normal((width, 9 * width)),
            rng.standard_normal(width),
            rng.standard_normal((width, 20)),
        )
        gradients = [
            empirical_gradient(image, weights, phi, dphi, wv, bv, readout, 3) for image in IMAGES
        ]
        found.append(np.array(gradients) @ np.array(gradients).T)
    limit = ConvolutionalNTK(
        SHAPE, 2, activation=activation, readout=readout, weight_variance=wv, bias_variance=bv
    )(IMAGES)
    error = np.std(found, axis=0, ddof=1) / np.sqrt(networks)
    assert np.all(error < 0.05 * np.max(limit))
    # At width 200 the network deviates by half a percent.
    assert np.all(np.abs(np.mean(found, axis=0) - limit) < 4 * error + 0.005 * np.max(limit))


@pytest.mark.parametrize("readout", READOUTS)
def test_gram_is_symmetric_positive_and_has_its_diagonal(readout):
    rng = np.random.default_rng(2)
    data = rng.standard_normal((20, 12)) * (rng.random((20, 12)) < 0.6)
    data = np.vstack([data, data[:3], np.zeros((1, 12))])
    kernel = ConvolutionalNTK((3, 4), 2, readout=readout)
    K = kernel(data)
    np.testing.assert_array_equal(K, K.T)
    np.testing.assert_array_equal(np.diag(K), kernel.diag(data))
    values = np.linalg.eigvalsh(K)
    assert values[0] > -1e-13 * values[-1]
    np.testing.assert_allclose(K[0, 20], K[0, 0], rtol=1e-12)
    np.testing.assert_array_equal(K[-1], 0.0)


def test_works_as_a_scikit_learn_kernel_and_in_a_risk_path():
    data = np.random.default_rng(2).standard_normal((12, 9))
    y = data[:, 0]
    kernel = ConvolutionalNTK((3, 3), 2)
    assert clone(kernel) == kernel
    assert kernel.n_dims == 0
    model = GaussianProcessRegressor(kernel, alpha=0.1).fit(data, y)
    K = kernel(data)
    expected = K @ np.linalg.solve(K + 0.1 * np.eye(12), y)
    np.testing.assert_allclose(model.predict(data), expected, rtol=1e-8)
    assert np.isfinite(risk_path(data, y, kernel=kernel).best_risk)


def test_an_interrupted_computation_goes_on(tmp_path, monkeypatch):
    data = np.random.default_rng(2).standard_normal((40, 9))
    plain = ConvolutionalNTK((3, 3), 2)(data)
    stored = ConvolutionalNTK((3, 3), 2, store=tmp_path / "gram")
    compute, calls = module.image_kernel_block, []

    def failing(network, left, rows, right, columns):
        if rows.start >= 20 and columns != rows:
            raise KeyboardInterrupt
        return compute(network, left, rows, right, columns)

    monkeypatch.setattr(module, "image_kernel_block", failing)
    with pytest.raises(KeyboardInterrupt):
        stored(data)
    done = {f: f.stat().st_mtime_ns for f in (tmp_path / "gram").glob("block-*.npy")}
    assert done
    assert not list((tmp_path / "gram").glob(".unfinished-*"))

    def counting(network, left, rows, right, columns):
        calls.append((rows, columns))
        return compute(network, left, rows, right, columns)

    monkeypatch.setattr(module, "image_kernel_block", counting)
    np.testing.assert_array_equal(stored(data), plain)
    assert all(f.stat().st_mtime_ns == then for f, then in done.items())
    first = len(calls)
    np.testing.assert_array_equal(stored(data), plain)
    assert len(calls) - first == len(data)  # the diagonal alone


def test_a_changed_configuration_is_refused(tmp_path):
    data = np.random.default_rng(2).standard_normal((10, 9))
    ConvolutionalNTK((3, 3), 2, store=tmp_path / "gram")(data)
    for other, X, Y in [
        (ConvolutionalNTK((3, 3), 3, store=tmp_path / "gram"), data, None),
        (ConvolutionalNTK((3, 3), 2, bias_variance=0.1, store=tmp_path / "gram"), data, None),
        (ConvolutionalNTK((3, 3), 2, store=tmp_path / "gram"), data + 1e-12, None),
        (ConvolutionalNTK((3, 3), 2, store=tmp_path / "gram"), data, data + 1.0),
    ]:
        with pytest.raises(ValueError, match="holds blocks of another computation"):
            other(X, Y)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(ValueError, match="is not empty and does not contain a Gram matrix"):
        ConvolutionalNTK((3, 3), 2, store=tmp_path / "mine")(data)
    with pytest.raises(ValueError, match="cannot be recognized in a later run"):
        ConvolutionalNTK((3, 3), activation=lambda z: z, store=tmp_path / "new")(data)


def test_bad_arguments_are_refused():
    for given, message in [
        ({"image_shape": (3,)}, "give \\(height, width\\)"),
        ({"image_shape": (4, 4)}, "X has 9 columns"),
        ({"filter_size": 2}, "give an odd number"),
        ({"readout": "max"}, "give 'flatten' or 'global_average'"),
        ({"depth": 0}, "depth: got 0"),
        ({"image_shape": 4}, "give \\(height, width\\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            ConvolutionalNTK(**{"image_shape": (3, 3), **given})(np.zeros((2, 9)))
    with pytest.raises(ValueError, match="gradient needs Y=None"):
        ConvolutionalNTK((3, 3))(np.zeros((2, 9)), np.zeros((2, 9)), eval_gradient=True)
