import { Backoff } from "./backoff";
import { EventStreamParser, type ServerEvent } from "./sse";

/** How the live stream stands; the last four are final. elsewhere: another page took its place. */
export type Link = "connecting" | "connected" | "reconnecting" | "offline" | "ended" | "elsewhere" | "signedOut" | "gone";

export interface Watcher {
  /** The last position seen, 0 for none: the stream goes on after it. */
  position(): number;
  /** The server answered; its Date header, or null. */
  onOpen(serverTime: number | null): void;
  onEvent(event: ServerEvent): void;
  onLink(link: Link): void;
}

/** The server sends a heartbeat every 10 s; after two and a half of them the line counts as dead, whatever TCP thinks. */
const silenceLimit = 25_000;

/** Reconnecting is said at once; only when it lasts is it called offline. */
const attemptsBeforeOffline = 3;

/**
 * Holds one live stream open and opens it again for as long as the page lives, going on after the last position.
 * Uses fetch, because EventSource neither shows heartbeats nor the status of a refusal.
 */
export class LiveConnection {
  private readonly backoff = new Backoff();
  private attempt: AbortController | null = null;
  private wake: (() => void) | null = null;
  private failures = 0;
  private stopped = false;

  constructor(private readonly url: string, private readonly watcher: Watcher) {}

  /** Runs until a final state; never throws. */
  async run(): Promise<void> {
    this.watcher.onLink("connecting");
    while (!this.stopped) {
      const final = await this.once();
      if (final !== null) {
        this.watcher.onLink(final);
        return;
      }
      this.failures++;
      this.watcher.onLink(this.failures >= attemptsBeforeOffline ? "offline" : "reconnecting");
      await this.pause(this.backoff.next());
    }
  }

  /** Tries again now: the network is said to be back, or the page became visible. */
  hurry(): void {
    this.wake?.();
  }

  /** Drops the line that is open and makes a new one: the device slept, and nobody knows what the line is worth. */
  renew(): void {
    this.attempt?.abort();
    this.hurry();
  }

  /** Ends the stream and the loop (the page is being left). */
  stop(): void {
    this.stopped = true;
    this.attempt?.abort();
    this.wake?.();
  }

  private async once(): Promise<Link | null> {
    const attempt = new AbortController();
    this.attempt = attempt;
    let silence = setTimeout(() => attempt.abort(), silenceLimit);
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => attempt.abort(), silenceLimit);
    };
    try {
      const position = this.watcher.position();
      const response = await fetch(position > 0 ? `${this.url}${this.url.includes("?") ? "&" : "?"}after=${position}` : this.url, {
        headers: { accept: "text/event-stream" }, cache: "no-store", signal: attempt.signal,
      });
      const refusal = refusalOf(response);
      if (refusal !== undefined) {
        return refusal;
      }
      const date = Date.parse(response.headers.get("date") ?? "");
      this.watcher.onOpen(Number.isNaN(date) ? null : date);
      this.watcher.onLink("connected");
      return await this.read(response, heard);
    } catch (error) {
      // Cut, refused, silent or not understood: all the same to the loop, which tries again.
      console.warn("telemed: live stream interrupted", error);
      return null;
    } finally {
      clearTimeout(silence);
      attempt.abort();
    }
  }

  private async read(response: Response, heard: () => void): Promise<Link | null> {
    const parser = new EventStreamParser();
    const decoder = new TextDecoder();
    const reader = response.body!.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      heard();
      // Only what arrives proves the line: a server that accepts and hangs up at once must not be asked without a pause.
      this.failures = 0;
      this.backoff.reset();
      for (const event of parser.push(decoder.decode(piece.value, { stream: true }))) {
        if (event.event === "closed") {
          const reason = reasonOf(event);
          return reason === "ended" || reason === "elsewhere" ? reason : null;
        }
        this.watcher.onEvent(event);
      }
    }
    return null;
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** A final state, null for "try again", undefined when the stream is open. */
function refusalOf(response: Response): Link | null | undefined {
  if (response.status === 401 || response.redirected) {
    return "signedOut";
  }
  if (response.status === 404) {
    return "gone";
  }
  return response.ok && response.body !== null ? undefined : null;
}

function reasonOf(event: ServerEvent): string {
  return (JSON.parse(event.data) as { reason: string }).reason;
}
