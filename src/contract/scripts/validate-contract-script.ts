/**
 * The text of `.claude/skills/orchestrate/scripts/validate-contract.sh CONTRACT BACKEND [FRONTEND]`, where the workflow's own
 * texts call it: it asks allot, wherever that is installed, and ends as allot
 * ends (0 for no finding, 65 for findings).
 */
export const VALIDATE_CONTRACT_SCRIPT = `#!/bin/sh
# Checks an API contract against the code of a back end and a front end.
#
#   validate-contract.sh API_CONTRACT.md BACKEND [FRONTEND] [--json]
#
# Ends with 0 where nothing differs, with 65 where something does; other codes: allot's docs/errors.md.
# The variable ALLOT names the program to use instead of the one that is found.
set -eu

if [ "$#" -lt 2 ]; then
  echo "usage: validate-contract.sh CONTRACT BACKEND [FRONTEND] [options of allot contract validate]" >&2
  exit 64
fi

if [ -n "\${ALLOT:-}" ]; then
  exec "$ALLOT" contract validate "$@"
fi
if command -v allot >/dev/null 2>&1; then
  exec allot contract validate "$@"
fi
folder=$(pwd)
while :; do
  if [ -x "$folder/node_modules/.bin/allot" ]; then
    exec "$folder/node_modules/.bin/allot" contract validate "$@"
  fi
  if [ "$folder" = / ]; then
    break
  fi
  folder=$(dirname "$folder")
done
echo "validate-contract.sh: allot is not installed (npm install --global allot), or set ALLOT to its place" >&2
exit 127
`;
