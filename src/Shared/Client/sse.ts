export interface ServerEvent {
  event: string;
  data: string;
  id: string | null;
}

/**
 * Reads text/event-stream (WHATWG HTML, "Server-sent events") from pieces of text cut anywhere. EventSource is not used because
 * it hides comments, and a heartbeat is a comment.
 */
export class EventStreamParser {
  private rest = "";
  private event = "";
  private id: string | null = null;
  private data: string[] = [];

  /** The events that this piece completes. */
  push(text: string): ServerEvent[] {
    this.rest += text;
    const events: ServerEvent[] = [];
    // A carriage return at the very end may be half of CR LF: it waits for the next piece.
    const line = /\r\n|\n|\r(?!$)/g;
    let start = 0;
    for (let end = line.exec(this.rest); end !== null; end = line.exec(this.rest)) {
      const complete = this.take(this.rest.slice(start, end.index));
      if (complete !== null) {
        events.push(complete);
      }
      start = line.lastIndex;
    }
    this.rest = this.rest.slice(start);
    return events;
  }

  private take(line: string): ServerEvent | null {
    if (line === "") {
      return this.dispatch();
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") {
      this.data.push(value);
    } else if (field === "event") {
      this.event = value;
    } else if (field === "id") {
      this.id = value;
    }
    return null;
  }

  private dispatch(): ServerEvent | null {
    const complete = this.data.length > 0
      ? { event: this.event || "message", data: this.data.join("\n"), id: this.id }
      : null;
    this.event = "";
    this.id = null;
    this.data = [];
    return complete;
  }
}
