"""The cases, one file for each stretch of a case's life. The numbers are working days before today."""

from . import arriving, closed, refused, working

CASES = (*closed.CASES, *refused.CASES, *working.CASES, *arriving.CASES)
