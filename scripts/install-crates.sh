#!/bin/sh
# Unpacks rustls 0.23 of Debian 13 into .cache/crates where the machine's own Debian has an older one: checked with Debian's own
# keys, and nothing of it is installed. test/pins/compilers.ts builds with it.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
crates=$here/.cache/crates
crate_packages='librust-rustls-dev librust-rustls-webpki-dev librust-rustls-pki-types-dev librust-ring-dev librust-untrusted-dev
librust-getrandom-dev librust-cfg-if-dev librust-libc-dev librust-cc-dev librust-shlex-dev librust-subtle-dev librust-zeroize-dev
librust-once-cell-dev librust-log-dev'

for registry in /usr/share/cargo/registry "$crates"; do
  for rustls in "$registry"/rustls-0.23.*; do [ ! -d "$rustls" ] || exit 0; done
done
echo 'install-crates: unpacking rustls 0.23 of Debian 13'
work=$(mktemp -d)
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/packages"
# From the mirror that this machine uses already.
mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian //p' | head -n 1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$work/sources.list"
set -- -q -o APT::Sandbox::User=root -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
  -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache"
apt-get "$@" update >/dev/null
# shellcheck disable=SC2086 # the list is meant to be split into words
(cd "$work/packages" && apt-get "$@" download $crate_packages >/dev/null)
for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$work/tree"; done
mkdir -p "$crates"
cp -r "$work/tree/usr/share/cargo/registry/." "$crates"
chown --reference="$here" "$here/.cache"
chown -R --reference="$here" "$crates"
rm -rf "$work"

