"""Offline stand-in for rules_shell."""

sh_test = native.sh_test
