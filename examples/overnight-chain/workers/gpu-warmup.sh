#!/bin/sh
# gpu-warmup: is the model's server there? Loads nothing that is not asked for; fails when the night could not think.
set -eu
if [ -z "${OPENAI_BASE_URL:-}" ]; then
  echo "No model with OpenAI's API is open to this workstation: nothing to warm up."
  exit 0
fi
if ! curl -fsS --max-time 60 "${OPENAI_BASE_URL%/}/models" > /dev/null; then
  echo "The model's server does not answer."
  exit 1
fi
echo "The model's server answers."
