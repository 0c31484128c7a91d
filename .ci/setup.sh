# SPDX-License-Identifier: GPL-3.0-or-later
# The set-up that quickstart, runtests and .ci/run share; sourced, never run.
#
# A requirement is one line "package|command": the Debian and Ubuntu package, and
# a command that succeeds once what mutau needs of it is there.  Only missing
# packages are installed, so what came from elsewhere (meson through pip, say) counts.

# Debian's interpreter where there is one: its h5py and matplotlib are the packages below.
mutau_python() {
    if [ -x /usr/bin/python3 ]; then
        /usr/bin/python3 "$@"
    else
        python3 "$@"
    fi
}

need_build=(
    'gcc|command -v gcc'
    'libc6-dev|test -e /usr/include/stdio.h || echo "#include <stdio.h>" | gcc -E -'
    'meson|command -v meson'
    'ninja-build|command -v ninja || command -v ninja-build'
    'pkg-config|command -v pkg-config'
    'libgsl-dev|pkg-config --exists gsl'
    'libhdf5-dev|pkg-config --exists hdf5-serial || pkg-config --exists hdf5'
    'libyaml-dev|pkg-config --exists yaml-0.1'
)
need_figures=(
    'python3-numpy|mutau_python -c "import numpy"'
    'python3-h5py|mutau_python -c "import h5py"'
    'python3-matplotlib|mutau_python -c "import matplotlib"'
)
need_tests=(
    'libcmocka-dev|pkg-config --exists cmocka'
    'libopenmpi-dev|command -v mpicc'
    'openmpi-bin|command -v mpirun'
    'python3-emcee|mutau_python -c "import emcee"'
    'python3-scipy|mutau_python -c "import scipy"'
    'groff-base|command -v groff'
    'locales|test -e /usr/share/i18n/locales/de_DE || locale -a | grep -i "^de_DE.utf"'
)
need_checks=(
    'git|command -v git'
    'g++|command -v g++'
    'clang|command -v clang'
    'libomp-dev|echo "#include <omp.h>" | clang -fopenmp -E -'
    'clang-format|command -v clang-format'
    'clang-tidy|command -v clang-tidy'
    'valgrind|command -v valgrind'
    'libc6-dbg|find /usr/lib/debug/.build-id -name "*.debug" -print -quit | grep .'
)

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Prints the packages of the given requirements whose command fails.
missing_packages() {
    local line
    for line in "$@"; do
        eval "${line#*|}" >/dev/null 2>&1 </dev/null || printf '%s ' "${line%%|*}"
    done
}

# Says how to become root here: '' or 'sudo'; fails where neither is possible.
root_prefix() {
    if [ "$(id -u)" -eq 0 ]; then
        return 0
    fi
    if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        printf 'sudo'
        return 0
    fi
    return 1
}

apt_get() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

# Installs what is missing of the given requirements, or says what it is and stops.
install_missing() {
    local missing
    missing=$(missing_packages "$@")
    if [ -z "$missing" ]; then
        say 'Set-up: every package needed is installed.'
        return 0
    fi
    command -v apt-get >/dev/null || die "these are missing (names of the Debian packages): $missing
Install them with this system's package manager, then run this again."
    local as_root
    as_root=$(root_prefix) || die "these packages are missing: $missing
This needs root or sudo. Run, then start this again:
    apt-get install --no-install-recommends $missing"
    say "Set-up: installing the missing packages: $missing"
    apt_get update || say 'Set-up: apt-get update failed; trying the lists that are there.'
    # shellcheck disable=SC2086 # a list of words
    apt_get install -y --no-install-recommends $missing >"${TMPDIR:-/tmp}/mutau-apt.log" 2>&1 </dev/null ||
        { tail -n 20 "${TMPDIR:-/tmp}/mutau-apt.log" >&2; die "apt-get could not install: $missing"; }
    missing=$(missing_packages "$@")
    [ -z "$missing" ] || die "still missing after apt-get install: $missing"
}

# configure DIR [meson options]: sets up a build folder, or brings one up to date.
configure() {
    local dir=$1
    shift
    if [ -f "$dir/build.ninja" ]; then
        meson setup --reconfigure "$@" "$dir" >"$dir/configure.log" 2>&1 && return 0
        say "$dir does not fit any more; starting it afresh."
        rm -rf "$dir"
    fi
    mkdir -p "$dir"
    meson setup "$@" "$dir" >"$dir/configure.log" 2>&1 ||
        { tail -n 20 "$dir/configure.log" >&2; die "meson setup failed: see $dir/configure.log"; }
}

# build DIR [TARGET...]: compiles it, or some of it, quietly where that works.
build() {
    local dir=$1
    shift
    meson compile -C "$dir" "$@" >"$dir/compile.log" 2>&1 ||
        { grep -E -A 8 'error|warning|FAILED' "$dir/compile.log" | head -n 60 >&2
          die "the build failed: see $dir/compile.log"; }
}

# Tests at a time: one more than there are CPUs, for some of them sleep (a slow disk, signals).
test_processes() {
    echo $(($(nproc) + 1))
}

# Makes a locale with a decimal comma in build/ and lets the tests find it: numbers
# must mean the same there.  Where that does not work the test of it is skipped.
use_comma_locale() {
    local folder=$PWD/build/locale
    mkdir -p "$folder"
    if [ -e "$folder/de_DE.UTF-8/LC_NUMERIC" ] ||
        localedef -i de_DE -f UTF-8 "$folder/de_DE.UTF-8" >/dev/null 2>&1; then
        export LOCPATH=$folder
    fi
}
