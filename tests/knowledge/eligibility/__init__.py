"""Tests of the eligibility rules (mirrors knowledge/eligibility)."""
