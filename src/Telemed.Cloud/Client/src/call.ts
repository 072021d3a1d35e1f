import { LiveConnection, type Link } from "../../../Shared/Client/connection";
import type { ServerEvent } from "../../../Shared/Client/sse";
import { Peer, type PeerState, type Signal } from "./peer";
import type { Level } from "./quality";
import { Texts } from "./texts";
import { byId } from "./view";

interface CallData {
  texts: Record<string, string>;
  /** Where this side's signals come from and go to, without the page's own key. */
  address: string;
  servers: string;
  side: "specialist" | "unit";
  kilobits: number;
  relayOnly: boolean;
}

interface Told {
  /** Who is on the other side: the key of a page, or null. */
  peer?: string | null;
  from?: string;
  signal?: Signal;
}

const data = JSON.parse(byId("call-data").textContent ?? "") as CallData;
const texts = new Texts(data.texts);
/** This page, until it is left: one that is loaded again is another. */
const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (octet) => octet.toString(16).padStart(2, "0")).join("");
const remembered = `telemed-call-${data.address}`;

let own: MediaStream | null = null;
let line: LiveConnection | null = null;
let link: Link = "connecting";
let peer: Peer | null = null;
let peerKey: string | null = null;
let peerThere = false;
let peerState: PeerState = "connecting";
/** What each side sends; of the other one what it said last. */
let sending: Level = 0;
let theirs: Pick<Signal, "level" | "muted" | "dark"> = {};
let trouble: string | null = null;

async function join(): Promise<void> {
  trouble = null;
  byId("call").dataset["in"] = "";
  byId("call-join").hidden = true;
  own = await capture();
  (byId("call-own") as HTMLVideoElement).srcObject = own;
  sessionStorage.setItem(remembered, "1");
  byId("call-controls").hidden = false;
  await listDevices();
  line = new LiveConnection(`${data.address}/${key}`, { position: () => 0, onOpen: () => undefined, onEvent, onLink });
  void line.run();
  show();
}

function leave(): void {
  sessionStorage.removeItem(remembered);
  line?.stop();
  line = null;
  hangUp();
  own?.getTracks().forEach((track) => track.stop());
  own = null;
  (byId("call-own") as HTMLVideoElement).srcObject = null;
  delete byId("call").dataset["in"];
  byId("call-controls").hidden = true;
  byId("call-join").hidden = false;
  show();
}

function hangUp(): void {
  peer?.close();
  peer = null;
  peerKey = null;
  peerThere = false;
  (byId("call-other") as HTMLVideoElement).srcObject = null;
}

/** Camera and microphone; the microphone alone where there is no camera; nothing where neither may be used: watching and listening goes on. */
async function capture(audio: MediaTrackConstraints | true = true, video: MediaTrackConstraints = {}): Promise<MediaStream> {
  const picture = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 25 }, ...video };
  if (navigator.mediaDevices === undefined) {
    trouble = texts.get("call.trouble.insecure");
    return new MediaStream();
  }
  for (const [wish, without] of [[{ audio, video: picture }, null], [{ audio }, "camera"], [{ video: picture }, "microphone"]] as const) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia(wish);
      trouble = without === null ? trouble : texts.get(`call.trouble.${without}`);
      return stream;
    } catch (error) {
      console.warn("telemed: camera or microphone not to be had", error);
    }
  }
  trouble = texts.get("call.trouble.both");
  return new MediaStream();
}

function onEvent({ event, data: json }: ServerEvent): void {
  if (event !== "call") {
    return;
  }
  const told = JSON.parse(json) as Told;
  if (told.peer !== undefined) {
    void meet(told.peer);
  } else if (told.signal !== undefined && told.from === peerKey) {
    const { signal } = told;
    theirs = { ...theirs, ...(signal.level === undefined ? {} : { level: signal.level }), ...(signal.muted === undefined ? {} : { muted: signal.muted }), ...(signal.dark === undefined ? {} : { dark: signal.dark }) };
    void peer?.take(signal);
    show();
  }
}

/** Somebody is there, or nobody. A line to the cloud that breaks does not end a call: pictures and voices take another road. */
async function meet(found: string | null): Promise<void> {
  peerThere = found !== null;
  if (found !== null && found === peerKey && peer !== null) {
    peer.hurry();
    tellOwn();
  } else if (found !== null) {
    hangUp();
    peerThere = true;
    peerKey = found;
    theirs = {};
    const servers = await iceServers();
    if (peerKey !== found || own === null) {
      return;
    }
    sending = 0;
    peer = new Peer(data.side === "specialist", servers, data.relayOnly, data.kilobits, own, {
      send: (signal) => void tell(signal),
      onState: (state) => {
        peerState = state;
        show();
      },
      onStream: (stream) => {
        (byId("call-other") as HTMLVideoElement).srcObject = stream;
      },
      onLevel: (level) => {
        sending = level;
        show();
      },
    });
    tellOwn();
  }
  show();
}

async function iceServers(): Promise<RTCIceServer[]> {
  try {
    const answer = await fetch(data.servers, { cache: "no-store" });
    return answer.ok ? await answer.json() as RTCIceServer[] : [];
  } catch {
    return [];
  }
}

async function tell(signal: Signal): Promise<void> {
  try {
    await fetch(`${data.address}/${key}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(signal) });
  } catch (error) {
    // The peer looks for a new road until it has one, and tells then again.
    console.warn("telemed: a signal did not get through", error);
  }
}

function tellOwn(): void {
  void tell({ muted: !isOn("audio"), dark: !isOn("video"), level: sending });
}

function isOn(kind: "audio" | "video"): boolean {
  return own?.getTracks().some((track) => track.kind === kind && track.enabled) ?? false;
}

function toggle(kind: "audio" | "video"): void {
  own?.getTracks().filter((track) => track.kind === kind).forEach((track) => {
    track.enabled = !track.enabled;
  });
  tellOwn();
  show();
}

async function listDevices(): Promise<void> {
  const devices = await navigator.mediaDevices?.enumerateDevices() ?? [];
  for (const [id, kind] of [["call-microphone", "audioinput"], ["call-camera", "videoinput"]] as const) {
    const select = byId(id) as HTMLSelectElement;
    const inUse = own?.getTracks().find((track) => track.kind === (kind === "audioinput" ? "audio" : "video"))?.getSettings().deviceId;
    select.replaceChildren(...devices.filter((device) => device.kind === kind).map((device, index) =>
      new Option(device.label || texts.get("call.device", index + 1), device.deviceId, false, device.deviceId === inUse)));
    byId(`${id}-field`).hidden = select.options.length < 2;
  }
}

async function choose(kind: "audio" | "video", id: string): Promise<void> {
  const device = { deviceId: { exact: id } };
  try {
    const fresh = await navigator.mediaDevices.getUserMedia(kind === "audio" ? { audio: device } : { video: device });
    const [track] = fresh.getTracks();
    if (track === undefined || own === null) {
      return;
    }
    track.enabled = isOn(kind);
    own.getTracks().filter((each) => each.kind === kind).forEach((each) => {
      each.stop();
      own?.removeTrack(each);
    });
    own.addTrack(track);
    await peer?.replace(track);
  } catch (error) {
    console.warn("telemed: the device could not be used", error);
    trouble = texts.get(kind === "audio" ? "call.trouble.microphone" : "call.trouble.camera");
    show();
  }
}

function onLink(next: Link): void {
  link = next;
  if (next === "ended" || next === "elsewhere" || next === "signedOut" || next === "gone") {
    leave();
    trouble = texts.get(`call.closed.${next}`);
  }
  show();
}

/** Everything that has to be said, in words, most important first. */
function words(): string[] {
  if (own === null) {
    return trouble === null ? [] : [trouble];
  }
  const said: string[] = [];
  if (peer === null) {
    said.push(texts.get(link === "connected" ? `call.alone.${data.side}` : "call.connecting"));
  } else if (peerState === "broken") {
    said.push(texts.get("call.broken"));
  } else if (peerState === "connecting") {
    said.push(texts.get("call.connecting"));
  } else {
    if (!peerThere) {
      said.push(texts.get("call.signalLost"));
    }
    if (sending > 0) {
      said.push(texts.get(`call.sending.${sending}`));
    }
    if ((theirs.level ?? 0) > 0) {
      said.push(texts.get(`call.receiving.${theirs.level}`));
    }
    if (theirs.muted === true) {
      said.push(texts.get("call.theirs.muted"));
    }
    if (theirs.dark === true && (theirs.level ?? 0) < 2) {
      said.push(texts.get("call.theirs.dark"));
    }
    if (said.length === 0) {
      said.push(texts.get("call.connected"));
    }
  }
  return trouble === null ? said : [...said, trouble];
}

function show(): void {
  const text = words().join(" ");
  const state = byId("call-state");
  if (state.textContent !== text) {
    state.textContent = text;
  }
  byId("call").dataset["state"] = own === null ? "out" : peer === null ? "alone" : peerState;
  for (const [id, kind, switchOff, switchOn] of [["call-mute", "audio", "call.mute.off", "call.mute.on"], ["call-dark", "video", "call.dark.off", "call.dark.on"]] as const) {
    const button = byId(id) as HTMLButtonElement;
    button.disabled = own?.getTracks().every((track) => track.kind !== kind) ?? true;
    button.setAttribute("aria-pressed", String(!isOn(kind)));
    button.textContent = texts.get(isOn(kind) ? switchOff : switchOn);
  }
}

byId("call-join").addEventListener("click", () => void join());
byId("call-leave").addEventListener("click", leave);
byId("call-mute").addEventListener("click", () => toggle("audio"));
byId("call-dark").addEventListener("click", () => toggle("video"));
byId("call-microphone").addEventListener("change", ({ target }) => void choose("audio", (target as HTMLSelectElement).value));
byId("call-camera").addEventListener("change", ({ target }) => void choose("video", (target as HTMLSelectElement).value));
addEventListener("online", () => {
  line?.hurry();
  peer?.hurry();
});
document.addEventListener("visibilitychange", () => line?.hurry());
addEventListener("pagehide", () => line?.stop());
show();
// A page that was loaded again in the middle of a call goes back into it by itself.
if (sessionStorage.getItem(remembered) !== null) {
  void join();
}
