set -euo pipefail; opt=$1; shift; db() {
  mariadb ${opt:+"--defaults-extra-file=$opt"} @CHARSET@ @ANSWERS@ --init-command="@SESSION@" -N -B "$@"
}
folder=$1 schema=$2 table=$3 ledger=$4 number=$5 place=$6 end=$7; shift 7
sum=$(db -e "SELECT sha256 FROM $ledger WHERE name = '$table'")
[[ $sum =~ ^[0-9a-f]{64}$ ]] || { echo "the ledger has no digest of $table"; exit 1; }
name=$schema.$table.${sum:0:12}$end
there() { "$@" "${place%%:*}" "sha256sum <'${place#*:}/$name'" 2>/dev/null \
  | sed -nE 's/^([0-9a-f]{64})  -$/\1/p' | tail -n 1 || true; }
if [ "$(there "$@")" != "$sum" ]; then
  "$@" "${place%%:*}" "set -e; umask 077; mkdir -p '${place#*:}'; cd '${place#*:}'; cat >'$name.new'
    sync '$name.new'; mv '$name.new' '$name'; sync ." <"$folder/$name"
fi
[ "$(there "$@")" = "$sum" ] || { echo "the copy at $place is not the same"; exit 1; }
db -e "UPDATE $ledger SET place_$number = '$place', copied_$number = UNIX_TIMESTAMP() WHERE name = '$table'"
echo "$place/$name: sha256 $sum, the same"
