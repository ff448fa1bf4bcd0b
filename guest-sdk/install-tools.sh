#!/usr/bin/env bash
# Installs what `mapistore doctor` says is missing for some languages: install-tools.sh MAPISTORE TOOLS_DIR LANGUAGE...
# Or prints the commands that would do it, one a line: install-tools.sh --print MAPISTORE TOOLS_DIR LANGUAGE...
#
# MAPISTORE is the program. Its commands are run as they stand, in TOOLS_DIR in the place of an author's project: what they install is in
# TOOLS_DIR/.venv/bin, TOOLS_DIR/node_modules/.bin and, of Debian, on the machine.
set -euo pipefail

die() { printf 'install-tools: %s\n' "$*" >&2; exit 1; }

print=
if [[ ${1:-} == --print ]]; then print=yes; shift; fi
(($# >= 3)) || die 'usage: install-tools.sh [--print] MAPISTORE TOOLS_DIR LANGUAGE...'
mapistore=$(realpath "$1")
template=$(realpath "$(dirname "${BASH_SOURCE[0]}")/javascript/template/package.json")
mkdir -p "$2"
cd "$2"
shift 2

# A project has the versions of npm's packages in its package.json; here without the SDK, which nobody installs.
pin_packages() {
    sed '/"dependencies": {.*},$/d' "$template" >package.json.new
    if cmp -s package.json.new package.json; then rm package.json.new; return; fi
    rm -rf node_modules package-lock.json
    mv package.json.new package.json
}

# The commands that doctor prints for a language: what it says ends with them, each after two spaces.
missing() { "$mapistore" doctor "$1" | sed -n '/^for /,$s/^  //p'; }

# What the commands run, with what only continuous integration wants: the lists of packages first, and waiting for another installation.
updated=
apt-get() {
    local root=env
    [[ $(id -u) == 0 ]] || root=sudo
    [[ -n $updated ]] || "$root" apt-get -o DPkg::Lock::Timeout=600 update -qq
    updated=yes
    "$root" apt-get -o DPkg::Lock::Timeout=600 -qq "$@"
}
export PIP_QUIET=1 PIP_DISABLE_PIP_VERSION_CHECK=1 npm_config_loglevel=error npm_config_audit=false npm_config_fund=false

pin_packages
for language in "$@"; do
    mapfile -t commands < <(missing "$language")
    for command in "${commands[@]}"; do
        if [[ -n $print ]]; then
            printf '%s\n' "$command"
            continue
        fi
        printf 'install-tools: %s\n' "$command" >&2
        eval "$command" >&2 || die "for $language, \`$command\` failed"
    done
    [[ -n $print ]] || "$mapistore" doctor "$language" >/dev/null || {
        "$mapistore" doctor "$language" >&2 || die "the tools of $language are not complete"
    }
done
