#!/bin/sh
# Installs Bun and Deno from the npm registry into .cache/runtimes, 100 MB each: too much for everyone's `npm test`, and no packages
# of Debian. They are the platform packages, which hold nothing but the program; test/programs/runtimes.ts looks for them there.
set -eu

bun=1.4.5
deno=2.9.6
here=$(cd "$(dirname "$0")/.." && pwd)
runtimes=$here/.cache/runtimes
case $(uname -m) in
x86_64) runtime_packages="@oven/bun-linux-x64@$bun @deno/linux-x64-glibc@$deno" ;;
aarch64) runtime_packages="@oven/bun-linux-aarch64@$bun @deno/linux-arm64-glibc@$deno" ;;
*) runtime_packages='' ;;
esac

[ -n "$runtime_packages" ] || { echo "install-runtimes: no Bun and Deno for $(uname -m)"; exit 0; }
[ "$(cat "$runtimes/installed" 2>/dev/null)" != "$runtime_packages" ] || exit 0
echo "install-runtimes: installing $runtime_packages"
mkdir -p "$runtimes"
# shellcheck disable=SC2086 # the list is meant to be split into words
npm install --prefix "$runtimes" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error \
  $runtime_packages >/dev/null
echo "$runtime_packages" >"$runtimes/installed"
# Root runs this, and the owner of the tree goes on writing in .cache.
chown --reference="$here" "$here/.cache"
chown -R --reference="$here" "$runtimes"
