# What the scripts share. Sourced, never run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root

# auth-store and what needs it ask for this Rust; the other crates build with an older one.
readonly min_rust=1.94

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
    say "$*"
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# at_least WANTED FOUND: whether version FOUND is WANTED or newer.
at_least() {
    [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

need_rust() {
    if ! have cargo && [ -x "${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo" ]; then
        PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
        export PATH
    fi
    if ! have cargo || ! have rustc; then
        die "Rust $min_rust or newer is needed; get it from https://rustup.rs"
    fi
    local found
    found=$(cd "$root" && rustc --version | cut -d ' ' -f 2)
    at_least "$min_rust" "$found" \
        || die "Rust $min_rust or newer is needed, this is $found; \`rustup update\`, or see https://rustup.rs"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        die "this needs root and there is no sudo; as root, run: $*"
    fi
}

# Installs system packages. Call it only for packages that are missing, so that a machine that has
# everything is neither changed nor asked for a password.
install_packages() {
    have apt-get || die "install the equivalents of these Debian packages, then start again: $*"
    say "installing $* with apt-get"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
    # Standard output belongs to the program that a script ends in.
    as_root "${apt[@]}" update >&2
    as_root "${apt[@]}" install --no-install-recommends "$@" >&2
}

# What compiling the workspace needs beside Rust: aws-lc and SQLite are C, and josekit links OpenSSL.
need_compiler() {
    local missing=()
    have cc || missing+=(gcc libc6-dev)
    if ! have pkg-config; then
        missing+=(pkg-config libssl-dev)
    elif ! pkg-config --exists openssl; then
        missing+=(libssl-dev)
    fi
    if [ "${#missing[@]}" -gt 0 ]; then
        install_packages "${missing[@]}"
    fi
}

# build_binary PACKAGE NAME [OPTION...]: builds a binary or an example and prints its path, wherever Cargo's
# settings put it.
#
# A debug build: it is ready sooner than a release build, shares everything with the tests, and the
# cryptography in it is optimized all the same (see `profile.dev.package` in Cargo.toml).
build_binary() {
    local package=$1 name=$2 messages binary
    shift 2
    messages=$(cd "$root" && cargo build --locked -p "$package" "$@" --message-format=json-render-diagnostics) \
        || die "the build failed"
    binary=$(sed -n "s/.*\"executable\":\"\([^\"]*\/$name\)\".*/\1/p" <<<"$messages" | tail -n 1)
    [ -x "$binary" ] || die "cargo built no binary called $name"
    printf '%s\n' "$binary"
}

# Builds the demo host and prints the path of its binary.
build_tracker() {
    build_binary tracker tracker
}

# Builds the example of federation-client that signs in, and prints the path of its binary.
build_log_in() {
    build_binary federation-client log_in --example log_in
}
