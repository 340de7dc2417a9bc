import { HANDED_OUT, type CodeUnit } from "../reading/occurrences.ts";
import type { Statement } from "../reading/statements.ts";

/** What running one statement at import time reaches. */
export interface Reach {
  /** Names whose statements must have run before. */
  readonly needs: ReadonlySet<string>;
  /** Names whose objects may be changed in place. */
  readonly changes: ReadonlySet<string>;
  /** Pairs [statement whose code runs, name it looks up]. */
  readonly lookups: readonly (readonly [number, string])[];
}

/** Methods that run without being named when an object is made and its attributes are used. */
const CONSTRUCTING = new Set(
  "__init__ __new__ __post_init__ __attrs_post_init__ __init_subclass__ __set_name__ __prepare__ __setattr__ __getattr__ __getattribute__ __get__".split(
    " ",
  ),
);

/**
 * Follows the code that runs while `statement` is executed at import time, through the module's own functions,
 * classes and methods (methods by their name alone), never below the truth for code that Python's syntax shows.
 * `bindersOf` gives the statements that bind a name.
 */
export function reachAtImport(statement: Statement, bindersOf: (name: string) => readonly Statement[]): Reach {
  const walkthrough = new Walkthrough(bindersOf);
  walkthrough.run(statement, statement.names.importUnit);
  if (statement.isClass) walkthrough.defineClass(statement);
  return { needs: walkthrough.needs, changes: walkthrough.changes, lookups: walkthrough.lookups };
}

class Walkthrough {
  readonly needs = new Set<string>();
  readonly changes = new Set<string>();
  readonly lookups: [number, string][] = [];
  readonly #touched = new Set<Statement>();
  readonly #invoked = new Set<Statement>();
  readonly #ran = new Set<CodeUnit>();
  readonly #attributes = new Set<string>();
  readonly #bindersOf: (name: string) => readonly Statement[];

  constructor(bindersOf: (name: string) => readonly Statement[]) {
    this.#bindersOf = bindersOf;
  }

  run(owner: Statement, unit: CodeUnit): void {
    if (this.#ran.has(unit)) return;
    this.#ran.add(unit);
    for (const name of unit.mutates) this.changes.add(name);
    for (const attribute of unit.attributes) this.#reachAttribute(attribute);
    for (const [name, invoked] of unit.loads) {
      this.needs.add(name);
      this.lookups.push([owner.index, name]);
      for (const binder of this.#bindersOf(name)) {
        this.#touch(binder);
        if (invoked) this.#invoke(binder);
      }
    }
  }

  /** Creating a class runs hooks of its bases. */
  defineClass(statement: Statement): void {
    for (const name of statement.names.importUnit.loads.keys()) {
      for (const base of this.#bindersOf(name)) {
        if (!base.isClass || base === statement) continue;
        const hooks = base.names.units.filter(
          (unit) => unit.method === "__init_subclass__" || unit.method === "__set_name__",
        );
        const metaclass =
          base.names.units.some((unit) => unit.method === "mro" || unit.method === "__prepare__") ||
          /\(\s*type\s*\)/.test(base.text.slice(0, 200));
        for (const unit of metaclass ? base.names.units : hooks) this.run(base, unit);
        this.defineClass(base);
      }
    }
  }

  #touch(statement: Statement): void {
    if (this.#touched.has(statement)) return;
    this.#touched.add(statement);
    for (const unit of statement.names.units) {
      if (unit.method !== undefined && this.#attributes.has(unit.method)) this.run(statement, unit);
      if (this.#attributes.has("*operators*") && isProtocol(unit)) this.run(statement, unit);
    }
    if (statement.isFunction && !statement.text.startsWith("@")) return;
    // An object's behaviour is that of the classes and values it was made from.
    for (const name of statement.names.importUnit.loads.keys())
      for (const binder of this.#bindersOf(name)) this.#touch(binder);
  }

  #invoke(statement: Statement): void {
    if (this.#invoked.has(statement)) return;
    this.#invoked.add(statement);
    for (const unit of statement.names.units) {
      if (unit.method === "" || CONSTRUCTING.has(unit.method ?? "")) this.run(statement, unit);
    }
    if (!statement.isClass && !statement.isFunction) this.#reachAttribute("__call__");
    if (statement.isFunction && !statement.text.startsWith("@")) return;
    for (const name of statement.names.importUnit.loads.keys())
      for (const binder of this.#bindersOf(name)) this.#invokeResult(binder);
  }

  /** Calls what `statement` answers when it is called: functions that it hands out run too. */
  #invokeResult(statement: Statement): void {
    this.#invoke(statement);
    for (const unit of statement.names.units) if (unit.method === HANDED_OUT) this.run(statement, unit);
  }

  #reachAttribute(attribute: string): void {
    if (this.#attributes.has(attribute)) return;
    this.#attributes.add(attribute);
    for (const statement of this.#touched) {
      for (const unit of statement.names.units) {
        const matches = unit.method === attribute || (attribute === "*operators*" && isProtocol(unit));
        if (matches) this.run(statement, unit);
      }
    }
  }
}

function isProtocol(unit: CodeUnit): boolean {
  const { method } = unit;
  return method !== undefined && method !== "__call__" && !CONSTRUCTING.has(method) && /^__\w+__$/.test(method);
}
