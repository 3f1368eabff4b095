#!/bin/sh
# The main job in one command: builds, deploys on this machine, ingests this project's own docs, asks a question.
# Each step is printed as the command that you would type.
set -eu
cd "$(dirname "$0")/.."
root=$PWD

say() {
  printf '\n$'
  for word in "$@"; do
    case $word in
      *' '*) printf ' "%s"' "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  "$@"
}

# Built as for the tests, which is the fastest to build; for daily use: `cargo build --release --locked --bins`.
say cargo build --workspace --locked --bins
PATH="$root/target/debug:$PATH"
export PATH

mkdir -p target/quickstart
printf '\n$ cd target/quickstart\n'
cd target/quickstart
[ -f ragctl.yaml ] || say ragctl init --name quickstart
say ragctl deploy --yes
say ragctl ingest "$root/docs" "$root/README.md"
say ragctl ask "What does the prewarm strategy do?"

cat <<'END'

The stack goes on running. In target/quickstart:
  ragctl status                       how it is doing
  ragctl strategy enable prewarm      switch a cold-start strategy on
  ragctl destroy                      take everything down
END
