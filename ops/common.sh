# What ops/up and ops/test share: Debian packages, a Python of at least 3.11, uv, the environment in .venv.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
uv_version=0.13.9
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:$root/.work/tools/bin"
# uv never downloads a Python unasked; no dialogue of apt ever waits for an answer.
export UV_PYTHON_DOWNLOADS=manual UV_PROJECT_ENVIRONMENT="$root/.venv" DEBIAN_FRONTEND=noninteractive
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME

say() { printf -- '- %s\n' "$*"; }
fail() { printf 'Can'\''t go on: %s\n' "$*" >&2; exit 1; }

# Run a command with its output kept back, say what it does and how long it took; show the output when it fails.
step() {
    local what=$1 start log; shift
    start=$(date +%s.%N); log=$(mktemp)
    printf -- '- %s ... ' "$what"
    if ! "$@" >"$log" 2>&1; then
        printf 'failed\n'; tail -n 40 "$log" >&2; rm -f "$log"; return 1
    fi
    rm -f "$log"
    printf '%.1f s\n' "$(echo "$(date +%s.%N) $start" | awk '{print $1 - $2}')"
}

# Install a package list; the package index is fetched only when it is missing or too old to know them.
apt_install() { apt-get install -y --no-install-recommends "$@" || { apt-get update && apt-get install -y --no-install-recommends "$@"; }; }

# need_packages PACKAGE:PROGRAM ... installs the packages whose programs are missing (Debian, as root) or names them.
# A program is a name, or a pattern of paths for one that is not in PATH.
need_packages() {
    local missing=() item
    for item in "$@"; do
        command -v "${item#*:}" >/dev/null || compgen -G "${item#*:}" >/dev/null || missing+=("${item%%:*}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        step "Debian packages: ${missing[*]}" apt_install "${missing[@]}" || fail "apt-get could not install ${missing[*]}"
    else
        fail "these are missing; run:  sudo apt-get install ${missing[*]}"
    fi
}

# Set $python to one that really runs and is new enough (a pyenv shim may be there and not run).
find_python() {
    local candidate
    for candidate in "${WIDGETRY_PYTHON:-}" python3.13 python3.12 python3.11 python3 python3.14 /usr/bin/python3; do
        [ -n "$candidate" ] || continue
        python=$("$candidate" -c 'import sys; assert sys.version_info >= (3, 11); print(sys.executable)' 2>/dev/null) && return 0
    done
    return 1
}

need_python() {
    if ! find_python; then
        need_packages python3:no-such-program-so-install-it
        find_python || fail "no Python of at least 3.11 here; Debian 12's python3 is one:  sudo apt-get install python3 python3-venv"
    fi
    "$python" -c 'import ensurepip, venv' 2>/dev/null || need_packages python3-venv:no-such-program-so-install-it
}

# A redis-server new enough to use (6.2)?
find_redis() {
    local version
    version=$(redis-server --version 2>/dev/null | sed -n 's/.* v=\([0-9]*\)\.\([0-9]*\).*/\1 \2/p') || return 1
    # shellcheck disable=SC2086  # two words
    set -- $version
    [ $# = 2 ] && { [ "$1" -gt 6 ] || { [ "$1" = 6 ] && [ "$2" -ge 2 ]; }; }
}

# Set $uv: the pinned one of an environment of its own, so that whatever uv is around does not matter.
need_uv() {
    local tools=$root/.work/tools
    uv=$tools/bin/uv
    [ "$("$uv" --version 2>/dev/null | cut -d' ' -f2)" = "$uv_version" ] && return 0
    if [ "$(uv --version 2>/dev/null | cut -d' ' -f2)" = "$uv_version" ]; then uv=$(command -v uv); return 0; fi
    step "uv $uv_version, which installs the Python packages" make_uv "$tools" || fail "uv could not be installed from PyPI"
}

make_uv() { "$python" -m venv "$1" && "$1/bin/pip" install --quiet --disable-pip-version-check "uv==$uv_version"; }

# sync_environment ARGUMENTS of `uv sync`: nothing happens when lock, project and arguments are those of the last time.
sync_environment() {
    local mark=$root/.venv/.synced state
    state="$python $* $(cat "$root/uv.lock" "$root/pyproject.toml" | sha256sum) $(built_sources | sha256sum)"
    if [ -x "$root/.venv/bin/python" ] && [ "$(cat "$mark" 2>/dev/null)" = "$state" ]; then return 0; fi
    need_uv
    step "Python packages of uv.lock, and the browser's files" \
        "$uv" sync --project "$root" --frozen --compile-bytecode --python "$python" "$@" || fail "uv sync did not succeed"
    "$root/.venv/bin/python" -m compileall -q -x 'node_modules|site/client' "$root/site" "$root/runner" "$root/widgets" "$root/ops" || true
    printf '%s' "$state" >"$mark"
}

# What the build hook turns into the browser's files: when it changes they are built again.
built_sources() { [ ! -d "$root/site/browser" ] || find "$root/site/browser" \( -name node_modules -o -name __pycache__ \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum; }
