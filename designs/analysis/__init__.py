"""What can be said about a part's shape when there is time: everything here is plain numpy on meshes."""

from designs.analysis.analysing import analyse
from designs.analysis.hulls import warm_up
from designs.analysis.report import Analysis, BadAnalysis

__all__ = ["Analysis", "BadAnalysis", "analyse", "warm_up"]
