/**
 * A scanner that acts as a keyboard types wherever the focus is. Letters and digits typed at nothing in particular go to the field
 * that waits for them; nothing is asked of the nurse.
 */
export function routeKeys(): void {
  document.addEventListener("keydown", (event) => {
    const field = document.querySelector<HTMLInputElement>("input[data-scan]");
    const printable = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.altKey && !event.metaKey;
    const typing = document.activeElement instanceof HTMLElement && document.activeElement.matches("input, select, textarea");
    if (field !== null && printable && !typing) {
      field.value = "";
      field.focus();
    }
  });
}

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

type DetectorType = new (options: { formats: string[] }) => Detector;

const formats = ["qr_code", "pdf417", "code_128", "code_39", "data_matrix"];

/** The camera as a scanner, where the browser has both a camera (only over https) and the recognition of codes. */
export function cameraScanner(): void {
  const type = (globalThis as { BarcodeDetector?: DetectorType }).BarcodeDetector;
  if (type === undefined || navigator.mediaDevices === undefined) {
    return;
  }
  document.body.dataset["camera"] = "";
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-camera-start]") : null;
    const dialog = document.querySelector<HTMLDialogElement>("#camera");
    if (button !== null && dialog !== null) {
      void look(dialog, new type({ formats }));
    }
  });
}

async function look(dialog: HTMLDialogElement, detector: Detector): Promise<void> {
  const video = dialog.querySelector("video")!;
  const problem = dialog.querySelector<HTMLElement>("[data-camera-problem]")!;
  problem.hidden = true;
  dialog.showModal();
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (error) {
    console.warn("telemed: no camera", error);
    problem.hidden = false;
    return;
  }
  try {
    video.srcObject = stream;
    await video.play();
    while (dialog.open) {
      const [code] = await detector.detect(video);
      if (code !== undefined) {
        take(code.rawValue);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
  } finally {
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
    dialog.close();
  }
}

function take(text: string): void {
  const field = document.querySelector<HTMLInputElement>("input[data-scan]");
  if (field !== null) {
    field.value = text;
    field.form?.requestSubmit();
  }
}
