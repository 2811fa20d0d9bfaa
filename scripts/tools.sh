#!/usr/bin/env bash
# Installs what the tests need beyond Go: a C compiler for the race detector, and the
# independent tools that judge our PDFs, and a security token in software. With the word soak,
# what the long tests need too. Names what it may not install.
set -eu
missing=""
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need gcc gcc
need pdfsig poppler-utils
need pdftotext poppler-utils
need qpdf qpdf
need openssl openssl
need node nodejs
need softhsm2-util softhsm2
need npm npm
[ "${1:-}" != soak ] || need chromium chromium
# Somebody else's implementation of Data Integrity, pinned by its lock file; no scripts of
# it are run.
library() {
	cd "$(dirname "$0")/../certificate/testdata/npm"
	[ node_modules/.package-lock.json -nt package-lock.json ] && return
	echo "installing the library that judges our credentials"
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
}
if [ -z "$missing" ]; then
	library
	exit 0
fi
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing: $missing"
	apt-get update -qq
	# shellcheck disable=SC2086 # a list of names
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
	library
else
	echo "the tests need these Debian packages (or what holds the same commands elsewhere): $missing" >&2
	exit 1
fi
