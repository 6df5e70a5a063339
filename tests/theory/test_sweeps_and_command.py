"""Sweeps over load and noise, figures, and the command that plots them."""

import json

import matplotlib as mpl
import numpy as np
import pytest

import riskcast as rc
from riskcast import theory
from riskcast.cli import main

mpl.use("Agg")
FLOW = rc.GradientFlow(np.append(np.geomspace(0.05, 100.0, 15), np.inf))
LOADS = [0.3, 0.9, 1.0, 1.1, 3.0]


@pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")
def test_load_curve_shows_double_descent_which_stopping_cures():
    population = rc.Population.isotropic(400, 3.0)
    curve = theory.load_curve(population, LOADS, FLOW)
    wanted = [theory.final_risk(load, 3.0) for load in LOADS]
    np.testing.assert_allclose(curve.final_risk, wanted, rtol=1e-8)
    assert (np.diff(curve.best_risk) < 0).all()
    single = theory.risk_curve(population, 120, FLOW)
    assert curve.best_risk[0] == single.best_risk
    assert curve.plot().ax_.get_xscale() == "log"


@pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")
def test_phase_diagram_is_a_curve_at_each_point():
    population = rc.Population.power_law(200, 1.0, 0.5, 1.0)
    diagram = theory.phase_diagram(population, [0.5, 2.0], [0.5, 8.0], FLOW)
    for row, snr in enumerate((0.5, 8.0)):
        for column, samples in enumerate((100, 400)):
            single = theory.risk_curve(rc.Population.power_law(200, 1.0, 0.5, snr), samples, FLOW)
            assert diagram.best_risk[row, column] == pytest.approx(single.best_risk, rel=1e-10)
            assert diagram.best_time[row, column] == single.best_time
            assert diagram.overtraining[row, column] == pytest.approx(single.overtraining)
    assert "overtraining" in diagram.plot().figure_.axes[1].get_ylabel()
    with pytest.raises(ValueError, match="quantity"):
        diagram.plot(quantity="risk")


def test_one_warning_for_a_whole_sweep():
    population = rc.Population.isotropic(50, 1.0)
    with pytest.warns(theory.FiniteSizeWarning) as caught:
        theory.load_curve(population, LOADS, FLOW)
    assert len(caught) == 1
    assert "100%" in str(caught[0].message)


def test_one_warning_for_a_curve_with_the_size_of_the_error():
    population = rc.Population.isotropic(500, 1.0)
    with pytest.warns(theory.FiniteSizeWarning, match="4%") as caught:
        curve = theory.risk_curve(population, 525, rc.GradientFlow([1e6]))
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert curve.finite_size_error == pytest.approx(0.04, rel=0.01)


def test_the_finite_size_error_is_that_of_the_exact_mean():
    # E tr S⁻¹ of a Wishart matrix is p/(n - p - 1), its limit p/(n - p).
    rng = np.random.default_rng(0)
    found = [
        np.sum(1.0 / np.linalg.eigvalsh((lambda X: X.T @ X)(rng.standard_normal((60, 50)))))
        for _ in range(2500)
    ]
    excess = np.mean(found) / (50 / 10) - 1.0
    with pytest.warns(theory.FiniteSizeWarning):
        curve = theory.risk_curve(rc.Population.isotropic(50, 1.0), 60, rc.GradientFlow([1e9]))
    assert excess == pytest.approx(curve.finite_size_error, rel=0.3)


def test_curves_are_drawn_with_their_best_time():
    curve = theory.risk_curve(rc.Population.isotropic(200, 1.0), 400, FLOW)
    ax = curve.plot().ax_
    assert ax.get_xscale() == "log"
    again = curve.plot(ax)
    assert again.ax_ is ax


@pytest.fixture
def run(capsys):
    """Run the command; return its exit status, stdout and stderr."""

    def command(*arguments):
        status = main(["theory", *arguments])
        return status, *capsys.readouterr()

    return command


def test_command_prints_a_table(run):
    status, out, _ = run("--load", "0.5", "--load", "2", "--snr", "4")
    assert status == 0
    header, first, second = out.strip().splitlines()
    assert header.split()[:1] == ["load"]
    assert float(first.split()[3]) == pytest.approx(theory.final_risk(0.5, 4.0), rel=1e-3)
    assert float(second.split()[3]) == pytest.approx(theory.final_risk(2.0, 4.0), rel=1e-3)


@pytest.mark.parametrize("kind", ["isotropic", "power-law", "spiked"])
def test_command_writes_json_without_infinities(run, kind):
    status, out, err = run("--population", kind, "--load", "1", "--features", "50", "--json")
    assert status == 0
    answer = json.loads(out, parse_constant=lambda name: pytest.fail(name))
    assert answer["rows"][0]["final_risk"] == "Infinity"
    assert len(answer["curves"][0]["risk"]) == 122
    assert len(err.strip().splitlines()) == 1  # one warning, on stderr


def test_warnings_are_of_the_theory_not_of_its_arithmetic(run):
    status, _, err = run("--snr", "inf", "--load", "2")
    assert (status, err) == (0, "")


@pytest.mark.parametrize(
    ("view", "kind"), [("time", "png"), ("time", "svg"), ("load", "pdf"), ("phase", "png")]
)
def test_command_draws(run, tmp_path, view, kind):
    path = tmp_path / f"figure.{kind}"
    status, _, _ = run("--against", view, "--features", "60", "--figure", str(path))
    assert status == 0
    assert path.stat().st_size > 1000
    assert list(tmp_path.iterdir()) == [path]


def test_a_figure_that_fails_leaves_what_was_there(run, tmp_path, monkeypatch):
    path = tmp_path / "figure.png"
    path.write_text("before")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)  # after writing the file, before renaming it
    status, _, err = run("--load", "2", "--features", "50", "--figure", str(path))
    assert (status, err) == (2, "riskcast: disk full\n")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--snr", "-1"), "snr"),
        (("--load", "0"), "--load"),
        (("--features", "0"), "n_features"),
        (("--weight-decay", "-1"), "weight_decay"),
        (("--init-variance", "-1"), "init_variance"),
        (("--first-time", "5", "--last-time", "1"), "--first-time"),
        (("--figure", "picture.txt"), "--figure"),
        (("--figure", "no/such/folder/picture.png"), "folder"),
        (("--against", "load", "--load", "-2"), "loads"),
    ],
)
def test_bad_input_is_one_line_and_status_two(run, arguments, word):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert word in err


def test_help_has_an_example(run):
    status, out, _ = run("--help")
    assert status == 0
    assert "riskcast theory --load" in out


def test_every_curve_of_finite_size_warns_once_and_alike():
    population, late = rc.Population.isotropic(60, 1.0), rc.GradientFlow([1.0, 1e5])
    with pytest.warns(theory.FiniteSizeWarning) as general:
        first = theory.risk_curve(population, 70, late)
    with pytest.warns(theory.FiniteSizeWarning) as special:
        second = theory.isotropic_risk_curve(60, 70, 1.0, late)
    with pytest.warns(theory.FiniteSizeWarning) as layered:
        theory.random_feature_risk_curve(population, 70, 100, late)
    with pytest.warns(theory.FiniteSizeWarning) as bounded:
        theory.bound_curves(population, 70, late)
    for caught in (general, special, layered, bounded):
        assert len(caught) == 1
        assert caught[0].filename == __file__
    assert first.finite_size_error == pytest.approx(second.finite_size_error, rel=1e-9)
