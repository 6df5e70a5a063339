"""How each study is sabotaged: a claim, what is replaced in its file, and by what."""

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


SABOTAGES = {
    "high-dimensional-dynamics": ("overtraining_peaks", "train_linear", without_noise),
    "early-stopping-and-weight-decay": (
        "initial_weights_cost_for_ever",
        "mean_trained",
        forgetful,
    ),
    "deep-linear-generalization": (
        "deep_networks_follow_theory",
        "_deep_students",
        of_one_layer,
    ),
}
