/** What the benchmark uses of `pg`, which brings no types of its own. */
declare module "pg" {
  export class Pool {
    constructor(options: { connectionString: string; max: number });
    end(): Promise<void>;
  }
}
