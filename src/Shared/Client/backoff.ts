/** How long to wait before the next attempt: doubling from half a second to 15 s, with jitter so that watchers spread out. */
export class Backoff {
  private failures = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** The wait in milliseconds, between half of the step and the whole of it. */
  next(): number {
    const step = Math.min(15_000, 500 * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 10);
    return step * (0.5 + this.random() / 2);
  }

  /** Something arrived: the next failure starts from the beginning. */
  reset(): void {
    this.failures = 0;
  }
}
