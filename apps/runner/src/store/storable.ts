/** Text that Postgres cannot hold (NUL, half characters) is replaced, wherever it is in a value: a workstation may send anything. */
export function storable<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
    typeof each === "string" ? each.toWellFormed().replaceAll("\u0000", "\uFFFD") : each,
  ) as Value;
}
