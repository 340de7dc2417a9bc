import { isNothingCompared, type ContractReport, type Finding, type Place } from "../../../contract/contract.ts";
import { alignRows } from "../../../foundation/table.ts";
import { formatCount } from "../../../foundation/units.ts";
import type { Paint } from "../colour.ts";
import { fitLine, wrapText } from "../fit.ts";

/** Of what could not be followed so much is shown; --json has all of it. */
const UNRESOLVED_SHOWN = 10;
const INDENT = "    ";

/** What was read, each finding with its places and what to change, what could not be followed. Pure. */
export function contractScreen(
  report: ContractReport,
  form: { readonly paint: Paint; readonly columns: number; readonly contract: string | null },
): string {
  const { paint: p, columns } = form;
  const { unresolved } = report;
  const sides = (["server", "client"] as const).flatMap((side) => sideLines(side, report, form));
  const shown = unresolved.slice(0, UNRESOLVED_SHOWN);
  const rest = unresolved.length - shown.length;
  return [
    ...wrapText(readText(report, form.contract), columns, "", "  "),
    ...sides,
    ...(unresolved.length === 0
      ? []
      : [
          "",
          ...wrapText(
            `${countOf(unresolved.length, "place")} could not be followed; what it serves or calls is not judged`,
            columns,
            "",
            "  ",
          ).map((line) => p.yellow(line)),
        ]),
    ...alignRows(shown.map((one) => [`  ${placeText(one)}`, p.dim(one.reason)])).map((line) => fitLine(line, columns)),
    ...(rest > 0 ? [p.dim(`  and ${formatCount(rest)} more; --json lists them`)] : []),
    "",
    ...endLines(report, form),
    "",
  ].join("\n");
}

function readText({ endpoints, routes, calls }: ContractReport, contract: string | null): string {
  const parts = [
    contract === null
      ? "no contract: server and client are compared"
      : `${contract}: ${countOf(endpoints.length, "endpoint")}`,
    `server: ${countOf(routes.length, "route")}`,
    `client: ${countOf(calls.length, "call")}`,
  ];
  return parts.join("; ");
}

function sideLines(
  side: Finding["side"],
  { findings }: ContractReport,
  { paint: p, columns }: { readonly paint: Paint; readonly columns: number },
): readonly string[] {
  const own = findings.filter((finding) => finding.side === side);
  if (own.length === 0) return [];
  const heads = alignRows(own.map(({ kind, method, path }) => [`  ${p.red(kind)}`, method, p.bold(path)]));
  return [
    "",
    p.bold(side),
    ...own.flatMap(({ contract, code, suggestion }, index) => [
      fitLine(heads[index] ?? "", columns),
      fitLine(`${INDENT}${p.dim(placesText(contract, code))}`, columns),
      ...wrapText(suggestion, columns, INDENT),
    ]),
  ];
}

function placesText(contract: Place | null, code: Place | null): string {
  const parts = [
    code === null ? "" : `code ${placeText(code)}`,
    contract === null ? "" : `contract ${placeText(contract)}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function endLines(
  report: ContractReport,
  { paint: p, columns }: { readonly paint: Paint; readonly columns: number },
): readonly string[] {
  const { endpoints, routes, calls, findings } = report;
  if (isNothingCompared(report))
    return wrapText(
      "nothing was compared: no server and no client was found; name them: --server DIR, --client DIR",
      columns,
      "",
      "  ",
    ).map((line) => p.red(line));
  if (findings.length > 0) return [p.red(countOf(findings.length, "finding"))];
  const isEmpty = endpoints.length + routes.length + calls.length === 0;
  return [isEmpty ? p.yellow("nothing was found to compare") : p.green("no finding")];
}

function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function placeText({ file, line }: Place): string {
  return `${file}:${line}`;
}
