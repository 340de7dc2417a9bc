import type { Unresolved } from "../../contract.ts";
import type { Syntax } from "../syntax-tree.ts";
import { evaluateCall } from "./go-calls.ts";
import { evaluateExpression } from "./go-expressions.ts";
import type { GoDeclared, GoFunction } from "./source/go-files.ts";
import { frameworkOf, type GoFramework } from "./go-frameworks.ts";
import type { GoFrame, GoMachine } from "./go-machine-port.ts";
import { followFields } from "./go-handed-on.ts";
import { bound, routerIn } from "./go-members.ts";
import type { GoProject } from "./source/go-project.ts";
import { executeStatement } from "./go-statements.ts";
import { resolveType, underlying } from "./go-types.ts";
import {
  type GoClosure,
  type GoRouter,
  type GoType,
  type GoValue,
  HOLE,
  isKnown,
  NIL,
  type RouterNode,
  UNKNOWN,
  unmade,
} from "./go-values.ts";

/** What is of interest in a project: the functions that routers go through, and the types that hold or take one. */
export interface Interest {
  hasFunction(one: GoFunction): boolean;
  hasType(name: string): boolean;
  inText(text: string): boolean;
}

export type LearnedFields = ReadonlyMap<GoDeclared, ReadonlyMap<string, GoValue>>;

const MOST_STEPS = 600_000;
const DEEPEST = 60;
const MOST_OF_ONE = 3;
// Longer functions that routers do not go through only make values.
const LONGEST_MAKER = 12_000;

/** Follows functions as the program would run them, and keeps what it learns of values, fields and routers. */
export class FollowingMachine implements GoMachine {
  readonly project: GoProject;
  readonly nodes: RouterNode[] = [];
  readonly injected: GoRouter[] = [];
  conditions = 0;
  loops = 0;
  statement: Syntax | undefined;
  readonly #interest: Interest;
  readonly #values = new Map<GoDeclared, GoValue>();
  readonly #underWay = new Set<GoDeclared>();
  readonly #fields = new Map<GoDeclared, Map<string, GoValue>>();
  readonly #placeholders = new Map<GoDeclared, Map<string, GoRouter>>();
  readonly #shared = new Map<string, GoRouter>();
  readonly #problems = new Map<string, Unresolved>();
  readonly #followed = new Set<GoFunction>();
  readonly #running: GoClosure[] = [];
  readonly #waiting: {
    readonly run: () => void;
    readonly conditions: number;
    readonly file: string;
    readonly line: number;
  }[] = [];
  #steps = 0;
  #isExhausted = false;
  #standard: GoRouter | undefined;

  readonly #learned: LearnedFields;

  /** `learned`: texts that an earlier machine saw in fields of the same project. */
  constructor(project: GoProject, interest: Interest, learned: LearnedFields = new Map()) {
    this.project = project;
    this.#interest = interest;
    this.#learned = learned;
  }

  /** Texts that were put into fields: what one function reads may be put in by one that is followed later. */
  get learned(): LearnedFields {
    return new Map(
      [...this.#fields].map(([type, fields]) => [type, new Map([...fields].filter(([, { kind }]) => kind === "text"))]),
    );
  }

  get problems(): Unresolved[] {
    return [...this.#problems.values()];
  }

  /** Follows a function from outside; nothing is known of its arguments. */
  start(one: GoFunction): void {
    this.#guarded(one.file.path, one.line, () => this.#startAt(one));
  }

  #startAt(one: GoFunction): void {
    const receiver =
      one.receiver === undefined ? undefined : this.project.packageAt(one.file.folder).declaredNamed(one.receiver.type);
    this.#follow(bound(one, receiver === undefined ? undefined : unmade(receiver)), [], undefined);
  }

  /** Works out a variable of a package for the functions in it: commands, tables of handlers. */
  startValue(declared: GoDeclared): void {
    this.#guarded(declared.file.path, declared.line, () => this.#startValueAt(declared));
  }

  #startValueAt(declared: GoDeclared): void {
    followFields(this, this.valueOf(declared), this.#outside(bound(initializer(declared), undefined)), declared.line);
  }

  /** Does what was left for later. */
  finish(): void {
    for (let one = this.#waiting.shift(); one !== undefined; one = this.#waiting.shift()) {
      const { run, conditions } = one;
      this.conditions = conditions;
      this.#guarded(one.file, one.line, run);
    }
  }

  /** Nesting that no stack holds is told, as is a project that takes more steps than there are. */
  #guarded(file: string, line: number, run: () => void): void {
    try {
      run();
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      this.unresolved(file, line, "the code is nested too deeply to be followed");
      this.#running.length = 0;
    }
    this.conditions = 0;
    this.loops = 0;
    if (this.#steps <= MOST_STEPS || this.#isExhausted) return;
    this.#isExhausted = true;
    this.unresolved(file, line, "there is more code than is followed; what comes behind this is not read");
  }

  later(run: () => void): void {
    const place = this.#running.at(-1);
    this.#waiting.push({
      run,
      conditions: this.conditions,
      file: place?.file.path ?? "",
      line: place?.declared?.line ?? 1,
    });
  }

  wasFollowed(one: GoFunction): boolean {
    return this.#followed.has(one);
  }

  evaluate(syntax: Syntax, frame: GoFrame): GoValue {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS) return UNKNOWN;
    const isCall = syntax.type === "call_expression" || syntax.type === "type_conversion_expression";
    return isCall ? evaluateCall(this, syntax, frame) : evaluateExpression(this, syntax, frame);
  }

  execute(syntax: Syntax, frame: GoFrame): void {
    this.#steps += 1;
    if (this.#steps <= MOST_STEPS) executeStatement(this, syntax, frame);
  }

  call(closure: GoClosure, args: readonly GoValue[], frame: GoFrame, line: number): GoValue {
    return this.#follow(closure, args, { frame, line });
  }

  isOfInterest(text: string): boolean {
    return this.#interest.inText(text);
  }

  isTypeOfInterest(name: string): boolean {
    return this.#interest.hasType(name);
  }

  valueOf(declared: GoDeclared): GoValue {
    const known = this.#values.get(declared);
    if (known !== undefined) return known;
    const value = this.#underWay.has(declared) ? UNKNOWN : this.#firstValue(declared);
    this.#values.set(declared, value);
    return value;
  }

  setValue(declared: GoDeclared, value: GoValue): void {
    this.#values.set(declared, value);
  }

  fieldOf(type: GoDeclared, name: string): GoValue | undefined {
    return this.#fields.get(type)?.get(name) ?? this.#learned.get(type)?.get(name);
  }

  noteField(type: GoDeclared, name: string, value: GoValue): void {
    if (!isKnown(value)) return;
    takeOver(this.#placeholders.get(type)?.get(name), value);
    const known = this.#fields.get(type) ?? new Map<string, GoValue>();
    this.#fields.set(type, known);
    if (!known.has(name)) known.set(name, value);
  }

  placeholder(type: GoDeclared, name: string, framework: GoFramework): GoRouter {
    const known = this.#placeholders.get(type) ?? new Map<string, GoRouter>();
    this.#placeholders.set(type, known);
    const router = known.get(name) ?? this.#newRouter(framework, undefined, false);
    known.set(name, router);
    return router;
  }

  newRouter(framework: GoFramework, frame: GoFrame | undefined): GoRouter {
    return this.#newRouter(framework, frame?.closure, true);
  }

  sharedRouter(name: string, framework: GoFramework): GoRouter {
    const router = this.#shared.get(name) ?? this.#newRouter(framework, undefined, true);
    this.#shared.set(name, router);
    return router;
  }

  defaultRouter(): GoRouter | undefined {
    const http = frameworkOf("net/http");
    if (http !== undefined) this.#standard ??= this.#newRouter(http, undefined, true);
    return this.#standard;
  }

  unresolved(file: string, line: number, reason: string): void {
    this.#problems.set(`${file}:${line}:${reason}`, { file, line, reason });
  }

  valueOfType(type: GoType | undefined, name?: string): GoValue {
    const resolved = resolveType(this.project, type);
    if (resolved.kind === "router") return this.#newRouter(resolved.framework, undefined, false);
    if (resolved.kind === "struct")
      return { kind: "instance", declared: undefined, type, fields: new Map(), isMade: false };
    if (resolved.kind === "declared") {
      const inner = underlying(this.project, resolved.declared);
      if (inner.kind === "router") return this.#newRouter(inner.framework, undefined, false);
      if (inner.kind === "struct") return unmade(resolved.declared);
    }
    return { kind: "unknown", type, name };
  }

  #newRouter(framework: GoFramework, maker: GoClosure | undefined, isMade: boolean): GoRouter {
    const node: RouterNode = {
      framework,
      registered: [],
      mounts: [],
      isMade,
      isMounted: false,
      maker,
      root: this.#running[0]?.declared,
      conditions: this.conditions,
    };
    this.nodes.push(node);
    return { kind: "router", node, prefix: "" };
  }

  #firstValue(declared: GoDeclared): GoValue {
    this.#underWay.add(declared);
    try {
      const { value, file, type, name } = declared;
      if (value === undefined) return this.valueOfType(type === undefined ? undefined : { file, syntax: type }, name);
      const found = this.evaluate(value.syntax, this.#outside(bound(initializer(declared), undefined)));
      const item = found.kind === "tuple" ? (found.items[Math.max(0, value.at)] ?? UNKNOWN) : found;
      // What a variable says first may be changed by a flag.
      if (item.kind === "truth" && !declared.isConstant) return { kind: "unknown", name };
      return item.kind === "unknown" ? { ...item, name: item.name ?? name } : item;
    } finally {
      this.#underWay.delete(declared);
    }
  }

  #outside(closure: GoClosure): GoFrame {
    return {
      closure,
      file: closure.file,
      scope: { names: new Map(), parent: closure.scope },
      caller: undefined,
      returned: [],
      state: { isOver: false },
      conditions: this.conditions,
      loops: this.loops,
    };
  }

  #follow(closure: GoClosure, args: readonly GoValue[], caller: GoFrame["caller"]): GoValue {
    const body = this.#mayFollow(closure, args, caller !== undefined) ? closure.body() : undefined;
    if (body === undefined) return this.#byTypes(closure, args);
    if (closure.declared !== undefined) this.#followed.add(closure.declared);
    const frame: GoFrame = { ...this.#outside(closure), caller };
    this.#bind(closure, args, frame);
    this.#running.push(closure);
    for (const child of body.children) if (!frame.state.isOver) this.execute(child, frame);
    this.#running.pop();
    return this.#result(closure, args, frame);
  }

  #mayFollow(closure: GoClosure, args: readonly GoValue[], isCalled: boolean): boolean {
    if (this.#running.length >= DEEPEST || this.#steps > MOST_STEPS) return false;
    const isSame = (one: GoClosure): boolean =>
      one === closure || (closure.declared !== undefined && one.declared === closure.declared);
    if (this.#running.filter(isSame).length >= MOST_OF_ONE) return false;
    return !isCalled || this.#isWorthIt(closure, args);
  }

  #isWorthIt(closure: GoClosure, args: readonly GoValue[]): boolean {
    const { declared, receiver } = closure;
    if (declared === undefined || this.#interest.hasFunction(declared)) return true;
    if (args.some((value) => routerIn(this, value) !== undefined)) return true;
    if (receiver?.kind === "instance" && receiver.isMade && routerIn(this, receiver) !== undefined) return true;
    return (
      declared.bodyText.length <= LONGEST_MAKER && closure.results.some((type) => this.#isPromising(closure, type))
    );
  }

  /** Whether a result of that type may be a part of a path, a router, or what registers on one. */
  #isPromising(closure: GoClosure, type: Syntax): boolean {
    const resolved = resolveType(this.project, { file: closure.file, syntax: type });
    if (resolved.kind === "router" || resolved.kind === "interface") return true;
    if (resolved.kind === "basic") return resolved.name === "string";
    if (resolved.kind === "external") return resolved.path === "net/http" && resolved.name === "Handler";
    if (resolved.kind === "list")
      return resolved.element !== undefined && this.#isPromising(closure, resolved.element.syntax);
    if (resolved.kind !== "declared") return type.type === "function_type" && /[Rr]oute/.test(type.text);
    const inner = underlying(this.project, resolved.declared);
    if (inner.kind === "interface" || inner.kind === "list" || (inner.kind === "basic" && inner.name === "string"))
      return true;
    return this.#interest.hasType(resolved.declared.name);
  }

  #bind(closure: GoClosure, args: readonly GoValue[], frame: GoFrame): void {
    const { names } = frame.scope;
    const { declared, receiver } = closure;
    if (declared?.receiver !== undefined) names.set(declared.receiver.name, receiver ?? UNKNOWN);
    for (const [at, { name, type, isRest }] of closure.parameters.entries()) {
      const given = args[at];
      if (isRest) names.set(name, { kind: "list", items: args.slice(at) });
      else if (given !== undefined && !(given.kind === "unknown" && given.type === undefined)) names.set(name, given);
      else
        names.set(
          name,
          this.valueOfType(
            type === undefined ? undefined : { file: closure.file, syntax: type },
            given?.kind === "unknown" ? (given.name ?? name) : name,
          ),
        );
    }
  }

  #byTypes(closure: GoClosure, args: readonly GoValue[]): GoValue {
    const items = closure.results.map((syntax) =>
      this.valueOfType({ file: closure.file, syntax }, `${closure.name}()`),
    );
    return this.#handedOn(closure, args, items.length === 1 ? (items[0] ?? UNKNOWN) : { kind: "tuple", items });
  }

  /** Of all that its return statements give, the last that is known; a router that only went through comes out again. */
  #result(closure: GoClosure, args: readonly GoValue[], frame: GoFrame): GoValue {
    const items = closure.results.map((syntax, at) => {
      const given = frame.returned.map((values) => values[at]).filter((value) => value !== undefined);
      const name = closure.declared?.resultNames[at];
      return (
        given.findLast(isKnown) ??
        given.findLast(({ kind }) => kind === "unknown" || kind === "text") ??
        (name === undefined ? undefined : frame.scope.names.get(name)) ??
        given.at(-1) ??
        this.valueOfType({ file: closure.file, syntax })
      );
    });
    if (items.length === 0) return this.#handedOn(closure, args, NIL);
    return this.#handedOn(closure, args, items.length === 1 ? (items[0] ?? UNKNOWN) : { kind: "tuple", items });
  }

  /** A wrapper around a handler hands requests on to it. */
  #handedOn(closure: GoClosure, args: readonly GoValue[], value: GoValue): GoValue {
    if (routerIn(this, value) !== undefined) return value;
    const isHandler = closure.results.some((syntax) => {
      const resolved = resolveType(this.project, { file: closure.file, syntax });
      if (resolved.kind === "external") return resolved.path === "net/http" && /^Handler/.test(resolved.name);
      return resolved.kind === "router";
    });
    return isHandler ? (args.map((one) => routerIn(this, one)).find((found) => found !== undefined) ?? value) : value;
  }
}

/** What was registered on a router that was not known yet stands on the one that is. */
function takeOver(placeholder: GoRouter | undefined, value: GoValue): void {
  if (placeholder === undefined || value.kind !== "router") return;
  if (placeholder.node === value.node || placeholder.node.isMounted) return;
  placeholder.node.isMounted = true;
  value.node.mounts.push({ prefix: value.prefix, router: placeholder, conditional: false, hole: value.hole });
}

/** The function that a variable of a package is worked out in, so to say. */
function initializer(declared: GoDeclared): GoFunction {
  return {
    name: `${declared.name} =${HOLE}`,
    file: declared.file,
    line: 1,
    receiver: undefined,
    parameters: [],
    results: [],
    resultNames: [],
    bodyText: "",
    body: () => undefined,
  };
}
