import type { CriticalityPart, ModuleFacts } from "../facts.ts";
import { packList, unpackList } from "./contents-pack.ts";
import type { PackReader, PackWriter } from "./pack.ts";

const PARTS: readonly CriticalityPart["name"][] = ["imported-by", "churn", "entry-point", "size", "name"];

/** Writes modules; files, modules and parts that occur again are numbers. */
export function packModules(pack: PackWriter, modules: readonly ModuleFacts[], paths: readonly string[]): void {
  const pathNumbers = new Map(paths.map((path, index) => [path, index]));
  const moduleNumbers = new Map(modules.map(({ name }, index) => [name, index]));
  const partNumbers = new Map<CriticalityPart, number>();
  const parts = modules.flatMap(({ criticality }) => criticality.parts);
  for (const part of parts) if (!partNumbers.has(part)) partNumbers.set(part, partNumbers.size);
  packList(pack, [...partNumbers.keys()], packPart);
  packList(pack, modules, (to, { name }) => to.text(name));
  for (const { files, tokens, criticality, imports, importedBy } of modules) {
    packList(pack, files, (to, path) => to.int(pathNumbers.get(path) ?? 0));
    pack.int(tokens);
    pack.float(criticality.score);
    pack.int(criticality.isCritical ? 1 : 0);
    packList(pack, criticality.parts, (to, part) => to.int(partNumbers.get(part) ?? 0));
    packList(pack, imports, (to, name) => to.int(moduleNumbers.get(name) ?? 0));
    packList(pack, importedBy, (to, name) => to.int(moduleNumbers.get(name) ?? 0));
  }
}

/** Reads what `packModules` wrote. */
export function unpackModules(pack: PackReader, paths: readonly string[]): readonly ModuleFacts[] {
  const parts = unpackList(pack, unpackPart);
  const names = unpackList(pack, (from) => from.text());
  const name = (from: PackReader): string => names[from.int()] ?? "";
  return names.map((own): ModuleFacts => {
    const files = unpackList(pack, (from) => paths[from.int()] ?? "");
    const tokens = pack.int();
    const score = pack.float();
    const isCritical = pack.int() === 1;
    const ownParts = unpackList(pack, (from) => parts[from.int()]).filter((part) => part !== undefined);
    const imports = unpackList(pack, name);
    const importedBy = unpackList(pack, name);
    return { name: own, files, tokens, criticality: { score, isCritical, parts: ownParts }, imports, importedBy };
  });
}

function packPart(pack: PackWriter, part: CriticalityPart): void {
  pack.int(PARTS.indexOf(part.name));
  pack.float(part.value);
  pack.float(part.weight);
  pack.text(part.why);
}

function unpackPart(pack: PackReader): CriticalityPart {
  const name = PARTS[pack.int()] ?? "name";
  return { name, value: pack.float(), weight: pack.float(), why: pack.text() };
}
