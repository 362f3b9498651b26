// Which paths the volumes of duplicity(1) hold, as tar(1) lists their members: whether one path is there at the last moment of
// a chain. Its own list (list-current-files) needs the signatures, which no restore does.

// GNU tar's --quoting-style=escape backwards, as bytes.
const unescaped = String.raw`function raw(s,  out, i) {
  while ((i = index(s, "\\")) > 0) {
    out = out substr(s, 1, i - 1); s = substr(s, i + 1)
    if (s ~ /^[0-7][0-7][0-7]/) { out = out sprintf("%c", substr(s, 1, 1) * 64 + substr(s, 2, 1) * 8 + substr(s, 3, 1)); s = substr(s, 4) }
    else { i = index("abtnvfr", substr(s, 1, 1)); out = out (i ? sprintf("%c", i + 6) : substr(s, 1, 1)); s = substr(s, 2) }
  }
  return out s
}
function above(s) { return sub(/\/[^\/]*$/, "", s) ? s : "" }
function last(s) { sub(/.*\//, "", s); return s }`

/**
 * Reads a listing (tar -tv --quoting-style=escape) of a volume, and puts out a line for each member that is of interest: the
 * time of its backup, `there` or `gone`, the bytes that it needs, and whether it is the path itself or something `in` it, or
 * only `kin` (in a folder that leads there) or `like` it (of the same name, elsewhere). Then its name as tar has written it.
 * In the environment: `only`, the path, and `at`, the time.
 */
export const membersOfInterest = `${unescaped}
BEGIN { only = ENVIRON["only"] }
match($0, /^[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ /) {
  name = substr($0, RLENGTH + 1); type = substr($1, 1, 1)
  if (type == "l") sub(/ -> .*/, "", name)
  if (!match(name, /^(multivol_)?(snapshot|diff|deleted)\\//)) next
  is = substr(name, 1, RLENGTH - 1); name = substr(name, RLENGTH + 1)
  if (is ~ /^multivol/) sub(/\\/[0-9]+$/, "", name)
  sub(/\\/$/, "", name)
  if (name == "." || name == "") next
  plain = raw(name); folder = above(plain)
  if (plain == only || index(plain, only "/") == 1) which = "in"
  else if (folder == "" || index(only, folder "/") == 1) which = "kin"
  else if (last(plain) == last(only)) which = "like"
  else next
  print ENVIRON["at"], (is == "deleted" ? "gone" : "there"), (is ~ /snapshot$/ && type !~ /[hl]/ ? $3 + 0 : 0), which, name
}`

/** Near names are looked through for what comes nearest: so many are enough. */
const mostNear = 2000

/**
 * What these lines of all volumes say, in whatever order they are: of a path that is there, what is known of it, else the
 * names that are near. In the environment: \`shown\`, the path for a reader.
 */
export const standOfPath = `{ name = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ [^ ]+ /, "", name) }
$1 >= at[name] { at[name] = $1; is[name] = $2 }
{ which[name] = $4; if ($4 == "in") bytes += $3 }
END {
  for (name in is) if (is[name] == "there") {
    if (which[name] == "in") found++
    if (which[name] == "kin") { depth = gsub(/\\//, "/", name); if (depth > deepest) deepest = depth }
  }
  if (found) { print "fact\\t" ENVIRON["shown"] " is in the dump"; printf "bytes\\t%.0f\\n", bytes; exit }
  print "missing\\t" ENVIRON["shown"]
  for (name in is) if (is[name] == "there" && (which[name] == "like" || gsub(/\\//, "/", name) == deepest) && n++ < ${mostNear}) print "near\\t" name
}`
