"""Populations and their spectra: specified, from a known law, or estimated from data."""

from riskcast.spectra.estimation import PopulationEstimate
from riskcast.spectra.marchenko_pastur import MarchenkoPastur
from riskcast.spectra.population import Population
from riskcast.spectra.spectrum import Spectrum

__all__ = ["MarchenkoPastur", "Population", "PopulationEstimate", "Spectrum"]
