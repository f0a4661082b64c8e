"""system_library: a C++ library that the operating system's package installs."""

_BUILD = """\
load("@rules_cc//cc:defs.bzl", "cc_library")

cc_library(
    name = "{name}",
    hdrs = glob(["system/**"]),
    linkopts = {linkopts},
    visibility = ["//visibility:public"],
)
"""

def _impl(ctx):
    for header in ctx.attr.headers:
        path = None
        for root in ["/usr/include", "/usr/include/x86_64-linux-gnu", "/usr/include/aarch64-linux-gnu"]:
            candidate = ctx.path(root + "/" + header)
            if candidate.exists:
                path = candidate
                break
        if not path:
            fail("%s: header '%s' is missing; run: scripts/install-packages (or apt-get install %s)" %
                 (ctx.name, header, ctx.attr.package))
        ctx.symlink(path, "system/" + header)
    ctx.file("BUILD.bazel", _BUILD.format(
        name = ctx.name,
        linkopts = repr(["-l" + lib for lib in ctx.attr.libs]),
    ))

system_library = repository_rule(
    implementation = _impl,
    doc = "Exposes headers and link flags of one installed package as @name//:name.",
    attrs = {
        "package": attr.string(mandatory = True, doc = "Debian package that has the headers."),
        "headers": attr.string_list(mandatory = True, doc = "Files or folders below the include folder."),
        "libs": attr.string_list(doc = "Library names for the linker, without -l."),
    },
    local = True,
)
