"""A whole API at a glance: its calls, read from its document, and which token opens which."""

from scopekit.survey.calls import Call, Exchange, read_calls, read_vocabulary
from scopekit.survey.matrix import Cell, Matrix, observe, predict

__all__ = ["Call", "Cell", "Exchange", "Matrix", "observe", "predict", "read_calls", "read_vocabulary"]
