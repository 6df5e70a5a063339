"""How each study is sabotaged: its claim or claims, what is replaced in its file, and by what."""

from dataclasses import replace

from riskcast.spectra import Population


def without_noise(train):
    """Students of a teacher without noise, whatever the population says."""

    def sabotaged(rng, population, *arguments):
        clean = Population(population.eigenvalues, population.coefficients, 0.0)
        return train(rng, clean, *arguments)

    return sabotaged


def forgetful(train):
    """Students that start from zero, whatever initial weights were asked for."""

    def sabotaged(rng, population, n_samples, filter, draws, init_variance=0.0):
        return train(rng, population, n_samples, filter, draws, 0.0)

    return sabotaged


def of_one_layer(train):
    """Deep students replaced by shallow ones."""

    def sabotaged(rng, draws, features, load, snr, power, layers, times):
        return train(rng, draws, features, load, snr, power, 1, times)

    return sabotaged


def noiseless_teacher(task):
    """Tasks without noise, whatever was asked for."""

    def sabotaged(inputs, n_train, **settings):
        return task(inputs, n_train, **{**settings, "snr": None})

    return sabotaged


def not_to_the_best_ridge(optimum):
    """A ridge far too small in place of the best one."""

    def sabotaged(population, n_samples, width):
        from riskcast.filters import Ridge
        from riskcast.theory import Optimum, random_feature_risk_curve

        curve = random_feature_risk_curve(population, n_samples, width, Ridge([1e-9]))
        return Optimum(1e-9, float(curve.risk[0]))

    return sabotaged


def orthogonal_for_gaussian(weights):
    """Orthogonal weights where Gaussian ones were asked for."""

    def sabotaged(rng, layers, orthogonal, *outputs):
        return weights(rng, layers, True, *outputs)

    return sabotaged


def shallow(network):
    """Networks of one layer in place of deep ones."""

    def sabotaged(activation, between, within, depth, y):
        return network(activation, between, within, 1, y)

    return sabotaged


def with_strong_features(student):
    """Networks that leave the kernel regime, the more the wider: outputs scaled down."""

    def sabotaged(width, depth):
        return student(width, depth, output_scale=1.0 / width)

    return sabotaged


def always_flat(prior):
    """The flat prior in place of the decaying one."""

    def sabotaged(kind, size):
        return prior(0, size)

    return sabotaged


class NothingFlipped:
    """Digits with right labels, whatever share of wrong ones was asked for."""

    def __init__(self, data):
        self.data = data

    def digits(self, samples, flip_rate=0.0):
        return self.data.digits(samples)


def broader_with_width(student):
    """Networks whose prior is the broader the more weights they have."""

    def sabotaged(width):
        return replace(student(width), output_scale=width / 4.0)

    return sabotaged


def in_the_kernel_regime(student):
    """Networks in the NTK parametrization, whatever was asked for."""

    def sabotaged(width, depth, parametrization):
        return student(width, depth, parametrization="ntk")

    return sabotaged


def by_squared_residuals(rule):
    """Steps down the squared residuals in place of the absolute ones."""

    def sabotaged(residuals, share):
        return 0.1 * residuals

    return sabotaged


def on_all_rows(errors):
    """Networks trained on all rows, however few were asked for."""

    def sabotaged(task, rows, *arguments):
        return errors(task, task.n_train, *arguments)

    return sabotaged


def with_as_many_columns_as_the_rank(descend):
    """Exact factorizations in place of those with too many columns."""

    def sabotaged(truth, gram, factor, at):
        return descend(truth, gram, factor[:, :2], at)

    return sabotaged


def never_shuffled(digits):
    """True labels where shuffled ones were asked for."""

    def sabotaged(classes, rows, shuffled):
        return digits(classes, rows, False)

    return sabotaged


def from_a_large_start(student):
    """Networks whose start hides what the first steps add."""

    def sabotaged(width, **settings):
        return student(width, **{**settings, "init_scale": 1.0, "readout_scale": 1.0})

    return sabotaged


def of_one_output_scale(student):
    """Networks as lazy as those of output scale one, whatever was asked for."""

    def sabotaged(width, **settings):
        return student(width, **{**settings, "output_scale": 1.0})

    return sabotaged


class AllRandom:
    """Digits with random labels, whatever share of them was asked for."""

    def __init__(self, data):
        self.data = data

    def digits(self, samples, flip_rate=0.0):
        return self.data.digits(samples, flip_rate=0.9)


def of_one_batch(trained):
    """Every regime that of the small batch."""

    def sabotaged(regime, *scale, **watched):
        from riskcast.studies.papers.train_longer import RATE, SMALL

        small = regime._replace(batch=SMALL, rate=RATE, long=True)
        return trained(small, *scale, **watched)

    return sabotaged


SABOTAGES = {
    "benign-overfitting-xor": (
        ("catastrophic_after_one_step", "features_come_late"),
        "FullyConnected",
        from_a_large_start,
    ),
    "deep-linear-dynamics": ("gaussian_slow", "_weights", orthogonal_for_gaussian),
    "deep-linear-generalization": (
        "deep_networks_follow_theory",
        "_deep_students",
        of_one_layer,
    ),
    "early-stopping-and-weight-decay": (
        "initial_weights_cost_for_ever",
        "mean_trained",
        forgetful,
    ),
    "gradient-coherence": (
        ("true_labels_more_coherent", "noise_lowers_coherence", "right_labels_first"),
        "GivenData",
        AllRandom,
    ),
    "grokking-lazy-to-rich": (
        "delay_grows_with_laziness",
        "FullyConnected",
        of_one_output_scale,
    ),
    "high-dimensional-dynamics": ("overtraining_peaks", "train_linear", without_noise),
    "feature-learning": (
        "maximal_update_learns_features",
        "FullyConnected",
        in_the_kernel_regime,
    ),
    "intrinsic-dimension": ("random_labels_need_more", "_digits", never_shuffled),
    "more-is-better": (
        "more_is_better",
        "optimal_random_feature_ridge",
        not_to_the_best_ridge,
    ),
    "neural-tangent-kernel": ("constant_in_training", "FullyConnected", with_strong_features),
    "nonlinear-networks": ("not_with_much_noise", "TeacherStudent", noiseless_teacher),
    "nonlinear-readout": ("random_labels_fitted", "GivenData", NothingFlipped),
    "over-parametrization-slows-descent": (
        "symmetry_slows",
        "_symmetric",
        with_as_many_columns_as_the_rank,
    ),
    "robust-matrix-recovery": ("gross_errors_do_no_harm", "_signs", by_squared_residuals),
    "scaling-is-predictable": ("few_rows_are_a_guess", "_errors", on_all_rows),
    "universality-lens-networks": ("small_as_parameters_grow", "_student", broader_with_width),
    "train-longer": (
        (
            "gap_at_equal_epochs",
            "closed_by_updates",
            "narrowed_by_ghosts",
            "closed_by_ghosts_and_updates",
        ),
        "_trained",
        of_one_batch,
    ),
    "universality-lens": ("prior_matters", "_prior", always_flat),
    "wide-and-deep-classifiers": ("majority", "_network", shallow),
}
