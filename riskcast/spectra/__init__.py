"""Populations and their spectra: specified, from a known law, or estimated from data."""

from riskcast.spectra._estimation import PopulationEstimate
from riskcast.spectra._marchenko_pastur import MarchenkoPastur
from riskcast.spectra._population import Population
from riskcast.spectra._spectrum import Spectrum

__all__ = ["MarchenkoPastur", "Population", "PopulationEstimate", "Spectrum"]
