#!/bin/sh
# Guards that an X.509 linter we did not write can judge the certificates we make: builds zlint, with the small command
# of test/lint/zlint-json.go around it, from Debian's packages alone. Nothing is installed into the system.
#
#   scripts/build-zlint.sh [OUT]      OUT: the program to make, by default .cache/zlint in the repository
#
# An OUT that exists is left as it is (remove it to build again). Needs apt, dpkg, a Debian mirror and Debian's Go
# (`apt install golang-go`, 1.19 or later). A release without zlint's library takes it from the release named in SUITE,
# from the same mirror, with apt lists of its own in a temporary folder.
set -eu

PACKAGE=golang-github-zmap-zlint-dev
SUITE=trixie
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
  echo "build-zlint: $1" >&2
  exit 1
}

repository=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$repository/.cache/zlint}
case $out in /*) ;; *) out=$PWD/$out ;; esac

if [ -e "$out" ]; then
  [ -x "$out" ] || fail "$out exists, and is no program: remove it"
  echo "build-zlint: $out is there already"
  exit 0
fi

for tool in apt-get apt-cache dpkg; do
  command -v "$tool" >/dev/null || fail "$tool is missing: this script needs Debian"
done

go=
for candidate in /usr/bin/go /usr/lib/go-*/bin/go; do
  if [ -x "$candidate" ]; then
    go=$candidate
    break
  fi
done
[ -n "$go" ] || fail "Debian's Go is missing: apt install golang-go"

work=$(mktemp -d "${TMPDIR:-/tmp}/build-zlint.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/parts" "$work/preferences" "$work/debs" "$work/tree"
: >"$work/status"
chmod 755 "$work"
if [ "$(id -u)" = 0 ] && id _apt >/dev/null 2>&1; then
  chown _apt "$work/debs" # apt fetches as this user
fi

# The mirror this machine takes its own release from, as apt itself understands its sources. Apt knows the origin only
# of releases whose lists it holds; without them the usual end of a Debian mirror's address must do.
mirror_uri() {
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  set -- 'Created-By: Packages' "Release: $codename" 'Component: main'
  {
    apt-get indextargets --format '$(REPO_URI)' "$@" 'Origin: Debian'
    apt-get indextargets --no-release-info --format '$(REPO_URI)' "$@" | grep -E '/debian/?$' || true
  } | sed -n 1p
}

# An apt that believes nothing is installed, so that it names every package the library needs.
{
  echo "Dir::State::status \"$work/status\";"
  echo "Dir::Cache \"$work/cache\";"
} >"$work/apt.conf"

if ! apt-cache show "$PACKAGE" >/dev/null 2>&1; then
  [ -r "$KEYRING" ] || fail "$KEYRING is missing: apt install debian-archive-keyring"
  uri=$(mirror_uri)
  [ -n "$uri" ] || fail "no Debian mirror among this machine's apt sources"
  {
    echo 'Types: deb'
    echo "URIs: $uri"
    echo "Suites: $SUITE"
    echo 'Components: main'
    echo 'Targets: Packages'
    echo "Signed-By: $KEYRING"
  } >"$work/parts/debian.sources"
  {
    echo "Dir::State \"$work/state\";"
    echo "Dir::State::lists \"$work/state/lists\";"
    echo 'Dir::Etc::sourcelist "/dev/null";'
    echo "Dir::Etc::sourceparts \"$work/parts\";"
    echo "Dir::Etc::preferencesparts \"$work/preferences\";"
    echo 'Dir::Etc::preferences "/dev/null";'
    echo '#clear APT::Default-Release;'
    echo '#clear APT::Update::Pre-Invoke;'
    echo '#clear APT::Update::Post-Invoke;'
    echo '#clear APT::Update::Post-Invoke-Success;'
  } >>"$work/apt.conf"
  apt-get -q=2 -c "$work/apt.conf" -o APT::Update::Error-Mode=any update || fail "cannot read the package lists of $SUITE"
fi

packages=$(apt-get -c "$work/apt.conf" --simulate --no-install-recommends install "$PACKAGE" |
  sed -n 's/^Inst \(golang-[^ ]*\) .*/\1/p')
case $packages in *"$PACKAGE"*) ;; *) fail "apt does not find $PACKAGE in $SUITE" ;; esac
# shellcheck disable=SC2086 # a list of package names
(cd "$work/debs" && apt-get -q=2 -c "$work/apt.conf" download $packages) || fail "cannot download zlint's packages"
for deb in "$work"/debs/*.deb; do
  dpkg -x "$deb" "$work/tree"
done

env -u GOROOT GO111MODULE=off GOFLAGS= GOTOOLCHAIN=local GOPROXY=off CGO_ENABLED=0 \
  GOPATH="$work/tree/usr/share/gocode" GOCACHE="$work/gocache" \
  "$go" build -trimpath -ldflags '-s -w' -o "$work/zlint" "$repository/test/lint/zlint-json.go" ||
  fail "zlint does not compile with $("$go" version)"

mkdir -p "$(dirname "$out")"
cp "$work/zlint" "$out.$$"
mv "$out.$$" "$out"
echo "build-zlint: made $out with $("$go" version), zlint $(cd "$work/debs" && ls "$PACKAGE"_*.deb | cut -d _ -f 2)"
