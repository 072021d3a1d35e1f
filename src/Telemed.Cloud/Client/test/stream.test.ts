import assert from "node:assert/strict";
import test from "node:test";
import { Backoff } from "../../../Shared/Client/backoff";
import { ServerClock } from "../src/clock";
import { EventStreamParser } from "../../../Shared/Client/sse";

const stream = "event: reading\nid: 7\ndata: {\"a\":1}\n\n: \n\ndata: x\r\ndata: y\r\n\r\nevent: state\n\n";

test("events are read however the stream is cut", () => {
  const whole = new EventStreamParser().push(stream);
  assert.deepEqual(whole, [
    { event: "reading", id: "7", data: "{\"a\":1}" },
    { event: "message", id: null, data: "x\ny" },
  ]);
  for (let cut = 1; cut < stream.length; cut++) {
    const parser = new EventStreamParser();
    assert.deepEqual([...parser.push(stream.slice(0, cut)), ...parser.push(stream.slice(cut))], whole, `cut at ${cut}`);
  }
});

test("half an event is no event", () => {
  assert.deepEqual(new EventStreamParser().push("event: reading\ndata: {}\n"), []);
});

test("waits double up to fifteen seconds, keep half of themselves, and start anew after success", () => {
  const backoff = new Backoff(() => 0);
  assert.deepEqual(Array.from({ length: 7 }, () => backoff.next()), [250, 500, 1000, 2000, 4000, 7500, 7500]);
  backoff.reset();
  assert.equal(backoff.next(), 250);
  assert.equal(new Backoff(() => 1).next(), 500);
});

test("the server's time is the least delayed of its stamps, whatever the tablet's clock says", () => {
  let elapsed = 0;
  const clock = new ServerClock(1_000_000, () => elapsed);
  elapsed = 5000;
  assert.equal(clock.now(), 1_005_000);
  clock.observe(1_004_000);
  assert.equal(clock.now(), 1_005_000);
  clock.observe(1_005_700);
  assert.equal(clock.now(), 1_005_700);
  clock.answered(1_005_000);
  assert.equal(clock.now(), 1_005_700);
  clock.answered(2_000_000);
  assert.equal(clock.now(), 2_000_500);
});
