# What the scripts in this folder share; to be sourced.
#
# In the environment: PROGRAM is measured instead of what this checkout builds; DIR is where
# temporary files and outputs go.
set -euo pipefail
export LC_ALL=C
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")

# Sets $program, and $work to a folder that is removed at the end; outputs are $out.
prepare() {
  if [[ -z ${PROGRAM:-} ]]; then
    (cd "$here" && bazel build --ui_event_filters=-info //cli:corpusmill >&2)
    PROGRAM=$(cd "$here" && bazel info bazel-bin 2>/dev/null)/cli/corpusmill
  fi
  program=$(realpath "$PROGRAM")
  mkdir -p "$1"
  work=$(mktemp -d "$1/bench.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/out"
  out=$work/out/out
}

# Sets what is known of the input: $file, $bytes, $lines (the last may lack its end).
input() {
  file=$(realpath "$1")
  bytes=$(stat -c %s "$file")
  lines=$(grep -c '' "$file")
  rm -f "$work"/*.md5
}

warm() { cat "$file" > /dev/null; }
cold() {
  sync
  if ! { echo 3 > /proc/sys/vm/drop_caches; } 2> /dev/null && [[ -z ${told:-} ]]; then
    told=yes
    echo "bench: may not drop the page cache (needs root): cold runs are NOT cold" >&2
  fi
}

# run NAME COMMAND…: one measurement, checked, and appended to those of NAME.
run() {
  local name=$1 row
  shift
  row=$("$here/measure" "$work/out" "$@")
  [[ $(grep -c '' "$out") == "$lines" ]] || { echo "bench: $name: lines are missing" >&2; exit 1; }
  if [[ $name == corpusmill* ]]; then  # Always the same bytes.
    md5sum < "$out" > "$work/now"
    [[ -e $work/first.md5 ]] || cp "$work/now" "$work/first.md5"
    cmp -s "$work/now" "$work/first.md5" || { echo "bench: $name: other bytes" >&2; exit 1; }
  fi
  rm -f "$out"
  echo "$row" >> "$work/$name.tsv"
}

# corpusmill NAME FLAGS…: as run. Afterwards $passes is 1 if all was in memory.
corpusmill() {
  local name=$1
  shift
  run "$name" "$program" shuffle -q -f --seed 1 --temp-dir "$work" --report "$work/report" \
    "$@" -o "$out" "$file"
  passes=$(grep -o '"passes": *[0-9]*' "$work/report" | grep -o '[0-9]*$')
}

forget() { rm -f "$work"/*.tsv; }

# column NAME N [SCALE]: median, least and most of column N of NAME, times SCALE.
column() {
  cut -f "$2" "$work/$1.tsv" | sort -g | awk -v scale="${3:-1}" '
    { v[NR] = $1 * scale }
    END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[1], v[NR] }'
}

heading() {
  printf '%-18s %-24s %6s %7s %8s %9s\n' "$1" "seconds (min to max)" MB/s 'CPU s' CPU-s/GB 'RSS, MB'
}
row() {
  local seconds cpu rss
  read -ra seconds <<< "$(column "$1" 1)"
  read -ra cpu <<< "$(column "$1" 2)"
  read -ra rss <<< "$(column "$1" 3 1e-6)"
  awk -v name="$1" -v t="${seconds[*]}" -v cpu="${cpu[0]}" -v rss="${rss[2]}" -v bytes="$bytes" '
    BEGIN {
      split(t, s, " ")
      printf "%-18s %-24s %6.0f %7.2f %8.2f %9.0f\n", name,
        sprintf("%.2f (%.2f to %.2f)", s[1], s[2], s[3]), bytes / s[1] / 1e6, cpu, cpu / bytes * 1e9, rss
    }'
}
say_input() { awk -v b="$bytes" -v l="$lines" -v s="$1" 'BEGIN { printf "\n%.2f GB in %d lines, %s\n", b / 1e9, l, s }'; }
