import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Where a module stands and how its parts are named and imported. Paths are repository-relative with "/". */
export interface ModuleLayout {
  readonly file: string;
  /** Folder of the file; "" for the root. */
  readonly folder: string;
  /** File name without `.py`. */
  readonly stem: string;
  readonly isPackageInit: boolean;
  /** Parts import each other relatively. */
  readonly inPackage: boolean;
  /** How people import the module: `pkg.mod`. */
  readonly importName: string;
  /** Folder that must be on Python's path to import it; "" for the root. */
  readonly importRoot: string;
}

/** Reads the layout; `relative` says that the module itself uses relative imports, so it must be in some package. */
export function readLayout(root: string, file: string, relative: boolean): ModuleLayout {
  const folder = dirname(file) === "." ? "" : dirname(file);
  const stem = basename(file, ".py");
  const isPackageInit = stem === "__init__";
  const has = (inner: string): boolean => existsSync(join(root, inner, "__init__.py"));
  const names = isPackageInit ? [] : [stem];
  let top = folder;
  const packaged = has(folder) || isPackageInit || relative;
  for (let first = true; packaged && top !== "" && (has(top) || first); first = false) {
    names.unshift(basename(top));
    top = dirname(top) === "." ? "" : dirname(top);
  }
  const inPackage = packaged && names.length > (isPackageInit ? 0 : 1);
  return { file, folder, stem, isPackageInit, inPackage, importName: names.join("."), importRoot: top };
}

/** The path of a part. */
export function partPath(layout: ModuleLayout, moduleName: string): string {
  return layout.folder === "" ? `${moduleName}.py` : `${layout.folder}/${moduleName}.py`;
}

/** How a part is imported from the repository's own code: `pkg._part`. */
export function partImportName(layout: ModuleLayout, moduleName: string): string {
  const parent = layout.isPackageInit ? layout.importName : layout.importName.split(".").slice(0, -1).join(".");
  return parent === "" ? moduleName : `${parent}.${moduleName}`;
}
