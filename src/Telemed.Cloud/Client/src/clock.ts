/**
 * The server's time as this page can know it. A tablet's own clock may be hours wrong, so ages are counted from what the
 * server says and a monotonic clock. Every stamp of the server is a little old when it is seen, so the one that makes the server's
 * clock latest is the least delayed and the best.
 */
export class ServerClock {
  private offset: number;

  constructor(serverNow: number, private readonly monotonic: () => number = () => performance.now()) {
    this.offset = serverNow - monotonic();
  }

  now(): number {
    return this.offset + this.monotonic();
  }

  /** Takes a stamp the server wrote before now; moves the clock only forward. */
  observe(stamp: number): void {
    this.offset = Math.max(this.offset, stamp - this.monotonic());
  }

  /**
   * Takes the Date header of an answer, which knows only seconds. Far from what was believed it wins, because some devices stop the
   * monotonic clock while they sleep; near it, it only corrects.
   */
  answered(date: number): void {
    const middle = date + 500;
    if (Math.abs(middle - this.now()) > 2000) {
      this.offset = middle - this.monotonic();
    } else {
      this.observe(date);
    }
  }
}
