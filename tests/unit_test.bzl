"""unit_test: a test of one GoogleTest source file, with what every test needs."""

load("@rules_cc//cc:defs.bzl", "cc_test")

def unit_test(name, deps, srcs = None, size = "small", **kwargs):
    """Makes a test of NAME.cc.

    Args:
      name: such as "hash_test".
      deps: what the source includes, besides tests/testing.h and GoogleTest.
      srcs: in place of NAME.cc.
      size: of the test.
      **kwargs: of cc_test.
    """
    cc_test(
        name = name,
        size = size,
        srcs = srcs or [name + ".cc"],
        deps = deps + [
            "//tests:test_main",
            "@gtest",
        ],
        **kwargs
    )
