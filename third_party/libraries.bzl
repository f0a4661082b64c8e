"""Every library Corpusmill uses from the system, each once."""

load("//third_party:system_library.bzl", "system_library")

def system_libraries():
    system_library(
        name = "absl",
        package = "libabsl-dev",
        headers = ["absl"],
        libs = [
            "absl_status",
            "absl_statusor",
            "absl_str_format_internal",
            "absl_strings",
            "absl_hash",
            "absl_city",
            "absl_low_level_hash",
            "absl_raw_hash_set",
            "absl_raw_logging_internal",
            "absl_throw_delegate",
            "absl_cord",
            "absl_int128",
            "absl_base",
        ],
    )
    system_library(
        name = "boost_iostreams",
        package = "libboost-iostreams-dev",
        headers = ["boost"],
        libs = ["boost_iostreams"],
    )
    system_library(
        name = "bzip2",
        package = "libbz2-dev",
        headers = ["bzlib.h"],
        libs = ["bz2"],
    )
    system_library(
        name = "cld2",
        package = "libcld2-dev",
        headers = ["cld2"],
        libs = ["cld2"],
    )
    system_library(
        name = "cli11",
        package = "libcli11-dev",
        headers = ["CLI"],
    )
    system_library(
        name = "fasttext",
        package = "libfasttext-dev",
        headers = ["fasttext"],
        libs = ["fasttext"],
    )
    system_library(
        name = "gtest",
        package = "libgtest-dev libgmock-dev",
        headers = ["gtest", "gmock"],
        libs = ["gmock", "gtest", "pthread"],
    )
    system_library(
        name = "icu",
        package = "libicu-dev",
        headers = ["unicode"],
        libs = ["icuuc", "icudata"],
    )
    system_library(
        name = "libarchive",
        package = "libarchive-dev",
        headers = ["archive.h", "archive_entry.h"],
        libs = ["archive"],
    )
    system_library(
        name = "lzma",
        package = "liblzma-dev",
        headers = ["lzma.h", "lzma"],
        libs = ["lzma"],
    )
    system_library(
        name = "nlohmann_json",
        package = "nlohmann-json3-dev",
        headers = ["nlohmann"],
    )
    system_library(
        name = "openssl",
        package = "libssl-dev",
        headers = ["openssl"],
        libs = ["crypto"],
    )
    system_library(
        name = "protobuf",
        package = "libprotobuf-dev",
        headers = ["google/protobuf"],
        libs = ["protobuf-lite"],
    )
    system_library(
        name = "random123",
        package = "librandom123-dev",
        headers = ["Random123"],
    )
    system_library(
        name = "re2",
        package = "libre2-dev",
        headers = ["re2"],
        libs = ["re2"],
    )
    system_library(
        name = "simdjson",
        package = "libsimdjson-dev",
        headers = ["simdjson.h"],
        libs = ["simdjson"],
    )
    system_library(
        name = "tbb",
        package = "libtbb-dev",
        headers = ["oneapi", "tbb"],
        libs = ["tbb"],
    )
    system_library(
        name = "xxhash",
        package = "libxxhash-dev",
        headers = ["xxhash.h", "xxh3.h"],
        libs = ["xxhash"],
    )
    system_library(
        name = "yaml_cpp",
        package = "libyaml-cpp-dev",
        headers = ["yaml-cpp"],
        libs = ["yaml-cpp"],
    )
    system_library(
        name = "zlib",
        package = "zlib1g-dev",
        headers = ["zlib.h", "zconf.h"],
        libs = ["z"],
    )
    system_library(
        name = "zstd",
        package = "libzstd-dev",
        headers = ["zstd.h", "zstd_errors.h"],
        libs = ["zstd"],
    )
