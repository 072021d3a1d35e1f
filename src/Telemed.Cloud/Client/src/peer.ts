import { Quality, type Level, type Look } from "./quality";

/** What goes to the other side through the cloud. The words of RTCPeerConnection stand in it as the browser gives them. */
export interface Signal {
  description?: RTCSessionDescriptionInit;
  candidate?: RTCIceCandidateInit | null;
  /** The unit asks the specialist's side, which alone makes offers, for a new road. */
  restart?: true;
  /** What this side sends now. */
  level?: Level;
  muted?: boolean;
  dark?: boolean;
}

/** connecting: on the way; broken: the road is lost and a new one is being looked for. */
export type PeerState = "connecting" | "connected" | "broken";

export interface PeerEvents {
  send(signal: Signal): void;
  onState(state: PeerState): void;
  onStream(stream: MediaStream): void;
  onLevel(level: Level): void;
}

const lookEvery = 2_000;
/** A road that is lost for a moment comes back by itself; then another is looked for, again and again. */
const patience = 4_000;

/** The connection to one page on the other side. A page that was loaded again is another page, and gets a new one. */
export class Peer {
  private readonly connection: RTCPeerConnection;
  private readonly quality = new Quality();
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly waiting: RTCIceCandidateInit[] = [];
  private brokenSince: number | null = null;
  private closed = false;

  constructor(private readonly offers: boolean, servers: RTCIceServer[], relayOnly: boolean, private readonly kilobits: number, own: MediaStream, private readonly events: PeerEvents) {
    this.connection = new RTCPeerConnection({ iceServers: servers, iceTransportPolicy: relayOnly ? "relay" : "all" });
    for (const kind of ["audio", "video"] as const) {
      const track = own.getTracks().find((each) => each.kind === kind);
      if (track !== undefined) {
        this.connection.addTrack(track, own);
      } else if (offers) {
        this.connection.addTransceiver(kind, { direction: "recvonly" });
      }
    }
    this.connection.onicecandidate = ({ candidate }) => events.send({ candidate: candidate?.toJSON() ?? null });
    this.connection.ontrack = ({ streams }) => streams[0] !== undefined && events.onStream(streams[0]);
    this.connection.onconnectionstatechange = () => this.onState();
    this.connection.onnegotiationneeded = () => void (offers && this.offer());
    this.timer = setInterval(() => void this.look(), lookEvery);
    events.onState("connecting");
  }

  /** What the other side told. What cannot be used is written to the console and the next try mends it. */
  async take(signal: Signal): Promise<void> {
    try {
      if (signal.description !== undefined) {
        await this.describe(signal.description);
      }
      if (signal.candidate !== undefined && signal.candidate !== null) {
        // Candidates may overtake the description that they belong to.
        if (this.connection.remoteDescription === null) {
          this.waiting.push(signal.candidate);
        } else {
          await this.connection.addIceCandidate(signal.candidate);
        }
      }
      if (signal.restart === true && this.offers) {
        this.connection.restartIce();
      }
    } catch (error) {
      console.warn("telemed: a signal could not be used", error);
    }
  }

  /** Another microphone or camera, in the middle of the call. */
  async replace(track: MediaStreamTrack): Promise<void> {
    const sender = this.connection.getSenders().find((each) => each.track?.kind === track.kind);
    await sender?.replaceTrack(track);
  }

  /** The way to the cloud is back, or the network: a lost road is looked for at once. */
  hurry(): void {
    if (this.connection.connectionState !== "connected") {
      this.renew();
    }
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
    this.connection.close();
  }

  private async offer(): Promise<void> {
    if (this.connection.signalingState === "stable" && !this.closed) {
      await this.connection.setLocalDescription();
      this.describeOwn();
    }
  }

  private async describe(description: RTCSessionDescriptionInit): Promise<void> {
    // The unit never offers, so an answer to an offer that was given up is all that can come out of turn.
    if (description.type === "answer" && this.connection.signalingState !== "have-local-offer") {
      return;
    }
    await this.connection.setRemoteDescription(description);
    for (const candidate of this.waiting.splice(0)) {
      await this.connection.addIceCandidate(candidate);
    }
    if (description.type === "offer") {
      await this.connection.setLocalDescription();
      this.describeOwn();
    }
    await this.apply();
  }

  private describeOwn(): void {
    const { localDescription } = this.connection;
    if (localDescription !== null) {
      this.events.send({ description: localDescription.toJSON() as RTCSessionDescriptionInit });
    }
  }

  private renew(): void {
    this.brokenSince = Date.now();
    if (!this.offers) {
      this.events.send({ restart: true });
    } else if (this.connection.signalingState === "have-local-offer") {
      // The offer, or its answer, was lost on the way: it is told once more.
      this.describeOwn();
    } else {
      this.connection.restartIce();
    }
  }

  private onState(): void {
    const state = this.connection.connectionState;
    if (state === "connected") {
      this.brokenSince = null;
      this.events.onState("connected");
      void this.apply();
    } else if (state === "disconnected" || state === "failed") {
      this.brokenSince ??= Date.now();
      this.events.onState("broken");
    }
  }

  private async look(): Promise<void> {
    if (this.connection.connectionState !== "connected") {
      // An answer that never comes leaves it connecting for ever: then too.
      this.brokenSince ??= Date.now();
      if (Date.now() - this.brokenSince >= patience) {
        this.renew();
      }
      return;
    }
    if (this.quality.take(await this.measure())) {
      this.events.onLevel(this.quality.level);
      this.events.send({ level: this.quality.level });
      await this.apply();
    }
  }

  private async measure(): Promise<Look> {
    const look: Look = { available: null, lost: null, roundTrip: null };
    for (const report of (await this.connection.getStats()).values()) {
      if (report.type === "candidate-pair" && report.nominated) {
        look.available = report.availableOutgoingBitrate ?? look.available;
        look.roundTrip = report.currentRoundTripTime ?? look.roundTrip;
      } else if (report.type === "remote-inbound-rtp" && report.fractionLost !== undefined) {
        look.lost = Math.max(look.lost ?? 0, report.fractionLost);
      }
    }
    return look;
  }

  private async apply(): Promise<void> {
    for (const sender of this.connection.getSenders()) {
      const parameters = sender.getParameters();
      const encoding = parameters.encodings[0];
      if (sender.track === null || encoding === undefined) {
        continue;
      }
      if (sender.track.kind === "video") {
        encoding.active = this.quality.level < 2;
        encoding.scaleResolutionDownBy = this.quality.level === 0 ? 1 : 2;
        encoding.maxBitrate = (this.quality.level === 0 ? this.kilobits : Math.min(150, this.kilobits)) * 1000;
        encoding.maxFramerate = this.quality.level === 0 ? 25 : 12;
      } else {
        encoding.active = this.quality.level < 3;
        encoding.maxBitrate = this.quality.level < 2 ? 32_000 : 16_000;
      }
      await sender.setParameters(parameters).catch((error: unknown) => console.warn("telemed: sending could not be changed", error));
    }
  }
}
