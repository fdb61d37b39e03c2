"""The playground."""

from scopekit.lab.playground import look as look
