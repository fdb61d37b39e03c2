"""The scope picker."""

from scopekit.lab.picker import look as look
