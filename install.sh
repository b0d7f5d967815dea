#!/bin/sh
# Installs escalate for the user who runs it, from the checkout this file stands in. Run it again to upgrade.
# Everything it makes is the user's own: no root, no shell profile edited, no network but the package index.

set -eu
umask 077
unset CDPATH PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX PIP_USER PIP_REQUIRE_VIRTUALENV

usage() {
  cat <<'END'
Usage: ./install.sh [--drill]             install or upgrade; --drill runs a whole exercise before it takes over
       ./install.sh --test [ARGUMENT...]  run the tests in .venv of this checkout; arguments go to pytest
       ./install.sh --uninstall [--purge] remove the program; --purge removes the record and settings too

PYTHON=/path/to/python3.12 ./install.sh takes that Python; it must be 3.11 or newer.
END
}

say() { printf '%s\n' "$*"; }

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '%s\n' "$line" >&2; done
  exit 1
}

# The first that is new enough and can make an environment. It is run to find out: a shim can exist and not run.
find_python() {
  python=
  without_venv=
  for candidate in "${PYTHON:-python3}" ${PYTHON:+-} python3.13 python3.12 python3.11 python3.14 python; do
    if [ "$candidate" = - ]; then break; fi # PYTHON was given: that one or none
    if "$candidate" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      if "$candidate" -I -c 'import ensurepip, venv' >/dev/null 2>&1; then
        python=$candidate
        return
      fi
      without_venv=${without_venv:-$candidate}
    fi
  done
  if [ -n "$without_venv" ]; then
    package=$("$without_venv" -I -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    fail "$without_venv cannot make environments: its venv or ensurepip module is missing." \
      "On Debian and Ubuntu an administrator adds it with: apt install $package" \
      "Or take another Python: PYTHON=/path/to/python3 ./install.sh"
  fi
  if [ -n "${PYTHON:-}" ]; then
    fail "PYTHON=$PYTHON does not run, or is older than 3.11." "Leave PYTHON out to have one looked for."
  fi
  fail "no Python 3.11 or newer was found that runs." \
    "Install one (https://www.python.org/downloads/), or name it: PYTHON=/path/to/python3 ./install.sh"
}

places() {
  [ -n "${HOME:-}" ] || fail "HOME is not set." "Set it to your home folder."
  case ${XDG_DATA_HOME:-} in /*) data=$XDG_DATA_HOME ;; *) data=$HOME/.local/share ;; esac
  case ${XDG_CONFIG_HOME:-} in /*) settings=$XDG_CONFIG_HOME ;; *) settings=$HOME/.config ;; esac
  program=$data/escalate-program
  record=${ESCALATE_HOME:-$data/escalate}
  bin=$HOME/.local/bin
  link=$bin/escalate
  bash_completion=$data/bash-completion/completions/escalate
  zsh_completion=$data/zsh/site-functions/_escalate
  fish_completion=$settings/fish/completions/escalate.fish
}

exists() { [ -e "$1" ] || [ -L "$1" ]; }

link_is_ours() {
  [ -L "$link" ] || return 1
  case $(readlink "$link") in */escalate-program/current/bin/escalate) return 0 ;; *) return 1 ;; esac
}

completion_is_ours() { [ -f "$1" ] && grep -q _ESCALATE_COMPLETE "$1"; }

# ln and mv cannot put a link over a link to a folder in one step everywhere; rename(2) can.
point() {
  rm -f "$2.new"
  ln -s "$1" "$2.new"
  "$python" -I -c 'import os, sys; os.replace(sys.argv[1], sys.argv[2])' "$2.new" "$2"
}

# ── install ─────────────────────────────────────────────────────────────────────────────────────────────────────────

stopped() {
  code=$?
  trap - EXIT
  if [ -n "$new" ]; then
    rm -rf "$new"
    if [ -n "$old" ]; then
      say "The new version was removed again; $old is still in place." >&2
    else
      say "Nothing was installed." >&2
    fi
  fi
  if [ -n "$scratch" ]; then rm -rf "$scratch"; fi
  exit "$code"
}

install() {
  places
  if exists "$link" && ! link_is_ours; then
    fail "$link is there already and is not from this installer." "Move it away, then run ./install.sh again."
  fi
  version=$(sed -n 's/^__version__ = "\([0-9A-Za-z.+-]*\)"$/\1/p' "$here/src/escalate/__init__.py" 2>/dev/null) || true
  [ -n "$version" ] || fail "$here is not a whole checkout of escalate." "Clone it again, and run install.sh from there."
  find_python

  old=
  if [ -L "$program/current" ]; then old=$(readlink "$program/current"); fi
  scratch=
  new=$program/$version-$(date -u +%Y%m%dT%H%M%SZ)-$$
  trap stopped EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/escalate-install.XXXXXX")

  say "Building escalate $version with $("$python" -I -V) in $new"
  mkdir -p "$new"
  say $$ >"$new/.building"
  "$python" -I -m venv "$new" || fail "$python could not make an environment in $new." "Is the disk full?"
  "$new/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-input "${here}[postgres]" ||
    fail "pip could not install escalate and what it needs." "Is the package index reachable? Then: ./install.sh"

  check
  if [ "$drill" = yes ]; then
    say "Now a drill with the new version:"
    say
    (cd / && "$new/bin/escalate" drill) || fail "the drill failed (exit $?)."
    say
  fi

  mkdir -p "$bin"
  point "${new##*/}" "$program/current"
  rm -f "$new/.building"
  built=$new
  new=
  point "$program/current/bin/escalate" "$link"
  completions
  remove_old
  if [ -n "$old" ]; then say "Before it was $old, which is kept."; fi
  say "escalate $version is in place: $link"
  path_advice
}

# In a home of its own, so that a damaged record or setting does not stop the upgrade that mends it.
check() {
  for try in --version --help; do
    ESCALATE_HOME=$scratch "$new/bin/escalate" "$try" >"$scratch/said" 2>&1 || {
      cat "$scratch/said" >&2
      fail "the new version does not run (escalate $try)."
    }
  done
}

path_advice() {
  case ":${PATH:-}:" in
    *":$bin:"*)
      first=$(command -v escalate 2>/dev/null) || first=
      case $first in
        "" | "$link") ;;
        *) say "Another escalate comes first in PATH: $first" ;;
      esac
      ;;
    *)
      say "$bin is not in PATH. Put this line into your shell's profile, then open a new terminal:"
      # shellcheck disable=SC2016 # to be expanded by the reader's shell
      case ${SHELL:-} in
        */fish) say '  fish_add_path "$HOME/.local/bin"        # ~/.config/fish/config.fish' ;;
        */zsh) say '  export PATH="$HOME/.local/bin:$PATH"    # ~/.zshrc' ;;
        *) say '  export PATH="$HOME/.local/bin:$PATH"    # ~/.profile or ~/.bashrc' ;;
      esac
      ;;
  esac
}

completions() {
  completion bash "$bash_completion"
  completion zsh "$zsh_completion"
  completion fish "$fish_completion"
  case ${SHELL:-} in
    */zsh) say "For completion in zsh, before compinit in ~/.zshrc: fpath=('${zsh_completion%/*}' \$fpath)" ;;
  esac
}

completion() {
  if exists "$2" && ! completion_is_ours "$2"; then
    say "$2 is not from this installer; it is left as it is."
    return
  fi
  if _ESCALATE_COMPLETE=$1_source ESCALATE_HOME=$scratch "$built/bin/escalate" >"$scratch/$1" 2>/dev/null &&
    grep -q _ESCALATE_COMPLETE "$scratch/$1"; then
    mkdir -p "${2%/*}"
    cp "$scratch/$1" "$2.new"
    mv -f "$2.new" "$2"
  else
    say "No completion for $1 could be made here; all else is in place."
  fi
}

# All but the new and the one before it. One that another installer is building right now is not ours to remove.
remove_old() {
  for each in "$program"/*-*; do
    if [ ! -d "$each" ] || [ "$each" = "$built" ] || [ "${each##*/}" = "$old" ]; then continue; fi
    if [ -f "$each/.building" ] && kill -0 "$(cat "$each/.building")" 2>/dev/null; then continue; fi
    rm -rf "$each"
  done
}

# ── uninstall ───────────────────────────────────────────────────────────────────────────────────────────────────────

uninstall() {
  places
  if [ "$purge" = yes ]; then check_purge; fi
  if link_is_ours; then
    rm -f "$link"
    say "Removed $link"
  elif exists "$link"; then
    say "$link is not from this installer; it is left as it is."
  fi
  for each in "$bash_completion" "$zsh_completion" "$fish_completion"; do
    if completion_is_ours "$each"; then
      rm -f "$each"
      say "Removed $each"
    fi
  done
  if [ -d "$program" ]; then
    rm -rf "$program"
    say "Removed $program"
  fi
  for each in "$settings"/systemd/user/escalate*.service; do
    if exists "$each"; then say "Still there: $each (systemctl --user disable --now ${each##*/}; rm '$each')"; fi
  done
  if [ "$purge" = yes ] && exists "$record"; then
    rm -rf "$record"
    say "Removed $record, with every incident in it."
  elif exists "$record"; then
    say "Kept $record: the record, the settings, your templates and runbooks. --uninstall --purge removes it."
  fi
  say "Secrets in the keyring are kept; the keyring's own program removes what is under escalate."
}

# rm -rf follows what the environment says, so what it says must look like ours.
check_purge() {
  exists "$record" || return 0
  case $record in /*) ;; *) fail "ESCALATE_HOME=$record is not a whole path." "Give it from / on." ;; esac
  if [ -L "$record" ]; then fail "$record is a link." "Remove what it leads to yourself."; fi
  inside=$(cd "$record" && pwd -P) || fail "$record is not a folder that can be entered."
  if [ "$inside" = / ] || [ "$inside" = "$(cd "$HOME" && pwd -P)" ] || [ ! -f "$record/record.db" ]; then
    fail "$record does not look like escalate's own folder: there is no record.db in it, or it is your home." \
      "Nothing was removed. Uninstall without --purge, and remove the folder yourself."
  fi
}

# ── tests ───────────────────────────────────────────────────────────────────────────────────────────────────────────

run_tests() {
  environment=$here/.venv
  wanted=$(cksum <"$here/pyproject.toml")
  if ! "$environment/bin/python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    find_python
    say "Making $environment with $("$python" -I -V)"
    "$python" -I -m venv --clear "$environment"
  fi
  if [ "$(cat "$environment/.escalate-test" 2>/dev/null)" != "$wanted" ]; then
    say "Installing escalate and its tests' needs into $environment"
    "$environment/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-input -e "${here}[test]"
    say "$wanted" >"$environment/.escalate-test"
  fi
  cd "$here"
  exec "$environment/bin/python" -m pytest -q -n auto -m "" "$@"
}

# ── what is asked for ───────────────────────────────────────────────────────────────────────────────────────────────

here=$(cd -- "$(dirname -- "$0")" && pwd -P)
drill=no purge=no task=install
while [ $# -gt 0 ]; do
  case $1 in
    --drill) drill=yes ;;
    --uninstall) task=uninstall ;;
    --purge) purge=yes ;;
    --test)
      shift
      run_tests "$@"
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      fail "there is no option $1."
      ;;
  esac
  shift
done
if [ "$purge" = yes ] && [ "$task" != uninstall ]; then
  fail "--purge goes with --uninstall." "./install.sh --uninstall --purge removes the record too."
fi
if [ "$drill" = yes ] && [ "$task" = uninstall ]; then fail "--drill goes with installing."; fi
"$task"
