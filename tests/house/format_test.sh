#!/usr/bin/env bash
# Every C++ source stands as tools/format leaves it.
set -euo pipefail
exec "$2/tools/format" --check
