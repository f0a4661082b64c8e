"""fuzz_target: builds LLVMFuzzerTestOneInput for libFuzzer and for every test run."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")

def fuzz_target(name, deps, size = "small"):
    """Makes two targets of NAME_fuzz.cc.

    NAME_fuzz: the libFuzzer program; builds under --config=fuzz only (scripts/fuzz).
    NAME_fuzz_regression: a test over corpus/NAME and mutations of it, with any compiler.

    Args:
      name: such as "jsonl".
      deps: dependencies of the source.
      size: of the test.
    """
    cc_binary(
        name = name + "_fuzz",
        testonly = True,
        srcs = [name + "_fuzz.cc"],
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = deps,
    )
    cc_test(
        name = name + "_fuzz_regression",
        size = size,
        srcs = [
            "fuzz_regression_main.cc",
            name + "_fuzz.cc",
        ],
        args = ["tests/fuzz/corpus/" + name],
        data = native.glob(["corpus/" + name + "/**"]),
        tags = ["notsan"],
        deps = deps,
    )
