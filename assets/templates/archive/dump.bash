set -euo pipefail; umask 077; opt=$1; shift; db() {
  mariadb ${opt:+"--defaults-extra-file=$opt"} @CHARSET@ @ANSWERS@ --init-command="@SESSION@" -N -B "$@"
}
folder=$1 source=$2 schema=$3 table=$4 ledger=$5 end=$6; shift 6
mkdir -p "$folder"; new=$folder/$schema.$table.new
# A row may be older than a condition, and the table than a server that would no longer make it (error 1118): they are to be
# loaded all the same.
opening() { echo '/*M!100201 SET check_constraint_checks = 0, innodb_strict_mode = 0 */;'; }
last=$({ { opening; mariadb-dump ${opt:+"--defaults-extra-file=$opt"} @CHARSET@ @WHOLE@ \
  --single-transaction --skip-comments --skip-add-drop-table --hex-blob --no-tablespaces --max-allowed-packet=1G \
  "$source" "$table"; } | tee /dev/fd/3 | gzip -n | "$@" >"$new"
} 3>&1 | tail -n 2)
[[ $last == *SQL_NOTES=@OLD_SQL_NOTES* ]] || { echo "the dump has no end"; exit 1; }
sum=$(sha256sum "$new"); sum=${sum%% *}; bytes=$(stat -c %s "$new"); file=$folder/$schema.$table.${sum:0:12}$end
sync "$new"; mv "$new" "$file"
db -e "UPDATE $ledger SET copied_1 = IF(sha256 = '$sum', copied_1, NULL),
  copied_2 = IF(sha256 = '$sum', copied_2, NULL), bytes = $bytes, sha256 = '$sum' WHERE name = '$table'"
echo "$file: $bytes bytes, sha256 $sum"
