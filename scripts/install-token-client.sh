#!/bin/sh
# Builds node-webcrypto-p11, which reaches PKCS#11 tokens, into .cache/token-client, and puts @napi-rs/keyring beside it: users install
# either when they want it, and nobody's `npm install` compiles an addon. test/keys points the program there by NODE_PATH.
# The addon is built with this machine's own Node headers, else with those of the package node-api-headers: nothing comes from nodejs.org.
set -eu

client_packages='node-webcrypto-p11@2.8.0 @napi-rs/keyring@2.1.2 node-api-headers@1.9.0'
here=$(cd "$(dirname "$0")/.." && pwd)
client=$here/.cache/token-client
wanted="$client_packages for Node $(node -p process.versions.modules)"

[ "$(cat "$client/installed" 2>/dev/null)" != "$wanted" ] || exit 0
echo "install-token-client: installing $client_packages"
mkdir -p "$client"
# shellcheck disable=SC2086 # the list is meant to be split into words
npm install --prefix "$client" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error \
  $client_packages >/dev/null

headers=$(node -p 'require("node:path").join(process.execPath, "../../include/node")')
[ -f "$headers/node_api.h" ] || headers=$client/node_modules/node-api-headers/include
addon=$client/node_modules/pkcs11js
mkdir -p "$addon/build/Release"
# What its binding.gyp says, without node-gyp, which would fetch headers.
c++ -std=c++17 -O2 -fPIC -shared -DNAPI_DISABLE_CPP_EXCEPTIONS -DNODE_GYP_MODULE_NAME=pkcs11 -DBUILDING_NODE_EXTENSION \
  -I "$headers" -I "$addon/includes" -o "$addon/build/Release/pkcs11.node" \
  "$addon/src/dl.cpp" "$addon/src/common.cpp" "$addon/src/main.cpp" -ldl
NODE_PATH=$client/node_modules node -e 'require("node-webcrypto-p11"); require("@napi-rs/keyring")'
echo "$wanted" >"$client/installed"
# Root may run this, and the owner of the tree goes on writing in .cache.
chown --reference="$here" "$here/.cache"
chown -R --reference="$here" "$client"
